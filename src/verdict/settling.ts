import { type Attempt, classOf } from "../model/observation.ts";
import type { PredictionValue } from "../model/prediction.ts";

/** How much of the same answer is enough. */
export interface SettlingRules {
  /**
   * Until when the pods at the ends may have been open or closed whatever the policies say, on the clock of the
   * attempts: what was answered before says nothing. 0: they are old enough.
   */
  readonly freshUntilMs: number;
  /** Equal answers wanted beyond the one that is enough (`--confirm`). */
  readonly confirm: number;
}

/** Where the policies leave it open, the answer must be the same this much later. */
const UNDETERMINED_APART_MS = 1000;

/** After two changes of mind an answer must be given this often in a row. */
const STEADY_ATTEMPTS = 3;

/** To this the times of pods are known: stand-ins are polled. */
const TICK_MS = 250;

/** A client sends its first packet again after a second, so what stays silent longer was silent then, too. */
const RETRANSMISSION_MS = 1000;

/** Whether another try may change what is known: the answer is none, is not what was predicted, or too early or new. */
export function isSettled(
  prediction: PredictionValue,
  attempts: readonly Attempt[],
  rules: SettlingRules,
): boolean {
  const last = attempts.at(-1);
  if (last === undefined) return false;
  const seen = classOf(last.observation.kind);
  if (seen === "unknown") return true; // faults of the way are retried where they happen
  if (!agrees(prediction, seen)) return false;
  const steady = steadyAttempts(attempts);
  const counted = steady.filter((attempt) => lastPacketMs(attempt) + TICK_MS >= rules.freshUntilMs);
  if (counted.length < 1 + rules.confirm) return false;
  if (isRestless(attempts) && steady.length < STEADY_ATTEMPTS) return false;
  if (prediction !== "undetermined") return true;
  const [first] = counted;
  return first !== undefined && last.atMs - first.atMs >= UNDETERMINED_APART_MS;
}

/** Whether the answers never held still: the last one is no answer. */
export function isFlapping(attempts: readonly Attempt[]): boolean {
  return isRestless(attempts) && steadyAttempts(attempts).length < STEADY_ATTEMPTS;
}

function agrees(prediction: PredictionValue, seen: "open" | "closed" | "name-failed"): boolean {
  if (prediction === "undetermined") return seen !== "name-failed";
  return (prediction === "allow") === (seen === "open");
}

/** The last attempts that gave the same kind of answer. */
function steadyAttempts(attempts: readonly Attempt[]): readonly Attempt[] {
  const seen = attempts.at(-1);
  if (seen === undefined) return [];
  const kind = classOf(seen.observation.kind);
  return attempts.slice(attempts.findLastIndex(({ observation }) => classOf(observation.kind) !== kind) + 1);
}

/** Two changes of mind or more; what could not be tried is no answer. */
function isRestless(attempts: readonly Attempt[]): boolean {
  const answers = attempts.map(({ observation }) => classOf(observation.kind)).filter((c) => c !== "unknown");
  return answers.filter((answer, index) => index > 0 && answer !== answers[index - 1]).length >= 2;
}

function lastPacketMs({ atMs, observation }: Attempt): number {
  const durationMs = observation.durationMs ?? 0;
  return classOf(observation.kind) === "closed" ? atMs + Math.max(0, durationMs - RETRANSMISSION_MS) : atMs;
}
