import { type Attempt, classOf, type ObservationClass } from "../model/observation.ts";
import type { TargetReport } from "../model/report.ts";
import { seconds } from "./duration.ts";

/** Tries in a row that gave the same kind of answer. */
interface Stretch {
  readonly seen: ObservationClass;
  readonly first: Attempt;
  count: number;
}

/**
 * How an answer changed while the network settled: `timeout at 0.1 s, connected at 3.2 s (settled after 3.2 s)`.
 * Undefined where all tries say the same; a refusal and silence do, since rejections are rationed by the kernel.
 */
export function changeOf({ attempts, cause }: Pick<TargetReport, "attempts" | "cause">): string | undefined {
  const stretches: Stretch[] = [];
  for (const attempt of attempts) {
    const seen = classOf(attempt.observation.kind);
    const last = stretches.at(-1);
    if (last?.seen === seen) last.count++;
    else stretches.push({ seen, first: attempt, count: 1 });
  }
  const last = stretches.at(-1);
  if (last === undefined || stretches.length === 1) return undefined;
  const settled = cause === "flapping" ? "did not settle" : `settled after ${seconds(last.first.atMs)}`;
  return `${stretches.map(stretchText).join(", ")} (${settled})`;
}

function stretchText({ first, count }: Stretch): string {
  const text = `${first.observation.kind} at ${seconds(first.atMs)}`;
  return count === 1 ? text : `${text} (${count} times)`;
}
