import type { ExecOptions, ExecPort, ExecResult } from "../model/exec.ts";
import type { PodName } from "../model/observation.ts";
import { type BackoffPort, backoffMs } from "./backoff.ts";
import type { ExecTryOptions } from "./exec.ts";
import { abortMessage, type ExecTry } from "./exec-outcome.ts";
import { type Limit, limitTo } from "./limit.ts";

/**
 * Starts cost the API server, the kubelet and the runtime; execs that only wait cost nothing. Upstream's own suite
 * found 3 parallel workers best on small machines (kubernetes PR 97702), so starts are few and open ones many.
 */
export const MAX_EXEC_STARTS = 8;
export const MAX_OPEN_EXECS = 64;

/**
 * Into one pod. Measured on containerd 1.6: of 40 execs that start in one container at once most wait for 5 to 15 s,
 * 8 do not; spread over 20 pods 100 at once are done in 3 s.
 */
const MAX_EXECS_PER_POD = 4;

const MAX_TRIES = 3;
const FIRST_WAIT_MS = 250;

export type ExecOnce = (
  pod: PodName,
  command: readonly string[],
  options: ExecTryOptions,
) => Promise<ExecTry>;

export interface RetryingExecDependencies {
  /** Held from the start of a try until its upgrade is answered. */
  readonly starts: Limit;
  /** Held for the whole of a try; must be another limit than `starts`. */
  readonly open: Limit;
  readonly backoff: BackoffPort;
  /** Ends every exec. */
  readonly closed: AbortSignal;
}

/**
 * Tries again, at most three times in all, what a fault of the way has kept from completing. A completed command is
 * never run again, whatever its exit code. The deadline holds for each try and counts from when it is its turn.
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
    for (let tries = 1; ; tries += 1) {
      // The pod's own limit first: a slot that all pods share is not for waiting in.
      const tried = await inPod(signal, () =>
        open(signal, () =>
          untilAnswered(starts, signal, (onAnswered) =>
            once(pod, command, { ...options, signal, onAnswered }),
          ),
        ),
      );
      last = tried.result;
      if (last.kind === "completed" || !last.retryable || tries === MAX_TRIES) return last;
      await backoff.sleep(tried.retryAfterMs ?? backoffMs(tries, FIRST_WAIT_MS, backoff.random), signal);
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

/** Runs `work` in a slot of `starts`, and gives the slot back when the upgrade is answered. */
function untilAnswered<T>(
  starts: Limit,
  signal: AbortSignal,
  work: (onAnswered: () => void) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const slot = (): Promise<void> =>
      new Promise((release) => {
        work(release).then(resolve, reject).finally(release);
      });
    // Rejects only where the signal came before the slot; after it, `reject` does nothing.
    starts(signal, slot).catch(reject);
  });
}
