import type { ExecOptions, ExecPort, ExecResult } from "../model/exec.ts";
import type { PodName } from "../model/observation.ts";
import { type BackoffPort, backoffMs } from "./backoff.ts";
import type { ExecTryOptions } from "./exec.ts";
import { abortMessage, type ExecTry } from "./exec-outcome.ts";
import type { ExecStarts } from "./exec-starts.ts";
import { type Limit, limitTo } from "./limit.ts";

/** An exec that waits for a time-out costs nothing but memory. */
export const MAX_OPEN_EXECS = 64;

/**
 * Into one pod. Measured on containerd 1.6: of 40 execs that start in one container at once most wait for 5 to 15 s,
 * 8 do not; spread over 20 pods 100 at once are done in 3 s.
 */
const MAX_EXECS_PER_POD = 4;

const MAX_TRIES = 3;

/** Nothing was started, so all that asking again costs is time: 13 to 26 s in all, or as long as the server says. */
const MAX_THROTTLED_TRIES = 8;
const FIRST_WAIT_MS = 250;

export type ExecOnce = (
  pod: PodName,
  command: readonly string[],
  options: ExecTryOptions,
) => Promise<ExecTry>;

export interface RetryingExecDependencies {
  /** From the start of a try until its upgrade is answered. */
  readonly starts: ExecStarts;
  /** Held for the whole of a try. */
  readonly open: Limit;
  readonly backoff: BackoffPort;
  /** Ends every exec. */
  readonly closed: AbortSignal;
}

/**
 * Tries again, at most three times in all, what a fault of the way has kept from completing, and for longer what was
 * throttled. A completed command is never run again, whatever its exit code. The deadline holds for each try and counts from when it is its turn.
 */
export function retryingExec(once: ExecOnce, dependencies: RetryingExecDependencies): ExecPort {
  const perPod = new Map<string, Limit>();
  const inPod = (pod: PodName): Limit => {
    const key = `${pod.namespace}/${pod.name}`;
    const limit = perPod.get(key) ?? limitTo(MAX_EXECS_PER_POD);
    perPod.set(key, limit);
    return limit;
  };
  return {
    exec: (pod, command, options) =>
      withRetries(once, pod, command, { options, dependencies, inPod: inPod(pod) }),
  };
}

async function withRetries(
  once: ExecOnce,
  pod: PodName,
  command: readonly string[],
  context: {
    readonly options: ExecOptions;
    readonly dependencies: RetryingExecDependencies;
    readonly inPod: Limit;
  },
): Promise<ExecResult> {
  const { options, dependencies, inPod } = context;
  const { backoff, closed, starts, open } = dependencies;
  const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed]);
  let last: ExecResult | undefined;
  try {
    let tries = 0;
    let throttled = 0;
    for (;;) {
      // The pod's own limit first: a slot that all pods share is not for waiting in.
      const tried = await inPod(signal, () =>
        open(signal, () =>
          starts.run(
            signal,
            (onAnswered) => once(pod, command, { ...options, signal, onAnswered }),
            isOverload,
          ),
        ),
      );
      last = tried.result;
      if (last.kind === "completed" || !last.retryable) return last;
      if (tried.throttled === true) throttled += 1;
      else tries += 1;
      if (tries === MAX_TRIES || throttled === MAX_THROTTLED_TRIES) return last;
      const failures = tried.throttled === true ? throttled : tries;
      const waitMs = backoffMs(failures, FIRST_WAIT_MS, backoff.random);
      await backoff.sleep(Math.max(waitMs, tried.retryAfterMs ?? 0), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error; // a bug of ours
    return {
      kind: "failed",
      reason: "aborted",
      message: abortMessage(signal),
      retryable: false,
      stdout: last?.stdout ?? "",
      stderr: last?.stderr ?? "",
    };
  }
}

/** The API server, or what it asks, refuses for now or does not come to answer. */
function isOverload({ result }: ExecTry): boolean {
  if (result.kind === "completed" || !result.retryable) return false;
  return ["upgrade-refused", "unreachable", "timeout"].includes(result.reason);
}
