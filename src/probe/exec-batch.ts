import type { ExecPort, ExecResult } from "../model/exec.ts";
import type { Observation, PodName, Probe } from "../model/observation.ts";
import { classify, printable } from "./classify.ts";
import { longestMs } from "./probe-lines.ts";
import { type ProbeResults, parseResults } from "./result-lines.ts";
import { probeCommand, probeStdin } from "./script.ts";

/** Beyond the script's own deadline: for the exec to start and for the last output to arrive. */
const EXEC_MARGIN_MS = 15_000;

/** The longest line that the script prints: a nonce, numbers, and four lines of the tool. */
const LINE_BYTES = 1200;

/** A probe and its line as `encodeProbe` made it. */
export interface BatchProbe {
  readonly probe: Probe;
  readonly line: string;
}

/** What one probe of a batch came to. `lost`: no line of the script tells. */
export interface BatchAnswer {
  readonly observation: Observation;
  /** When the probe was started, on the clock of the caller. */
  readonly startedAtMs: number;
  readonly lost: boolean;
}

/** The answers in the order of the probes, and how the exec ended. */
export interface BatchOutcome {
  readonly answers: readonly BatchAnswer[];
  readonly end:
    | "completed"
    | "failed"
    | "hopeless" // the next exec will fail, too: no such pod, not allowed
    | "aborted"; // by our own signal
}

export interface ExecBatchOptions {
  readonly exec: ExecPort;
  readonly now: () => number;
  readonly nonce: string;
  readonly parallelInPod: number;
  readonly signal?: AbortSignal;
}

/** Asks some probes of one pod in one exec. Complete lines count even where the exec failed afterwards. */
export async function execBatch(
  pod: PodName,
  batch: readonly BatchProbe[],
  options: ExecBatchOptions,
): Promise<BatchOutcome> {
  const { exec, now, nonce, parallelInPod, signal } = options;
  if (!/^[A-Za-z0-9]{8,64}$/.test(nonce))
    throw new Error(`not a nonce of 8 to 64 letters and digits: ${nonce}`);
  const deadlineSeconds = inPodDeadlineSeconds(
    batch.map(({ probe }) => probe),
    parallelInPod,
  );
  const calledAtMs = now();
  const result = await exec.exec(pod, probeCommand({ nonce, parallel: parallelInPod, deadlineSeconds }), {
    stdin: probeStdin(batch.map(({ line }) => line)),
    deadlineMs: deadlineSeconds * 1000 + EXEC_MARGIN_MS,
    maxOutputBytes: LINE_BYTES * (batch.length + 4),
    ...(signal === undefined ? {} : { signal }),
  });
  const endedAtMs = now();
  const parsed = parseResults(result.stdout, nonce);
  const lost: Observation = { kind: "exec-error", reason: whyLost(result, parsed) };
  const answers = batch.map(({ probe }, index): BatchAnswer => {
    const raw = parsed.results.get(index);
    if (raw === undefined) {
      const observation = parsed.contradicted.has(index) ? CONTRADICTED : lost;
      return { observation, startedAtMs: calledAtMs, lost: true };
    }
    // The end of the script is known better than its start, which waits for its turn and for the runtime.
    const scriptAtMs = parsed.end === undefined ? calledAtMs : endedAtMs - parsed.end.totalMs;
    const startedAtMs = Math.max(calledAtMs, scriptAtMs + raw.startMs);
    return { observation: classify(probe, raw), startedAtMs, lost: false };
  });
  return { answers, end: endOf(result) };
}

function endOf(result: ExecResult): BatchOutcome["end"] {
  if (result.kind === "completed") return "completed";
  if (result.reason === "aborted") return "aborted";
  return result.retryable ? "failed" : "hopeless";
}

/** When the script ends itself: well after the probes of a batch can take in the worst case. */
export function inPodDeadlineSeconds(probes: readonly Probe[], parallel: number): number {
  const longest = probes.map(longestMs);
  const sum = longest.reduce((total, ms) => total + ms, 0);
  return Math.ceil(((sum / parallel + Math.max(...longest)) * 1.5) / 1000) + 5;
}

const CONTRADICTED: Observation = { kind: "exec-error", reason: "the pod answered twice for this probe" };

function whyLost(result: ExecResult, { end, strays }: ProbeResults): string {
  if (result.kind === "failed") return result.message;
  const said = firstError(result.stderr);
  const aside = said === "" ? "" : `: ${said}`;
  if (result.overflow) return "the pod's output was longer than expected and was cut";
  if (end !== undefined) return `the pod gave no answer for this probe${aside}`;
  if (result.exitCode === 137)
    return `the probes were killed in the pod, by their deadline or for want of memory${aside}`;
  const foreign = strays > 0 ? `, with ${strays} lines that are not ours` : "";
  return `the pod's output ended early, exit status ${result.exitCode}${foreign}${aside}`;
}

/** The shell reports each tool that it killed; that is no error. */
function firstError(stderr: string): string {
  const line = stderr.split("\n").find((text) => !/^\s*(?:Killed|Terminated)?\s*$/.test(text));
  return line === undefined ? "" : printable([line]);
}
