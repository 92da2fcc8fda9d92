import type { Observation } from "../model/observation.ts";

/**
 * Whether two tries of a probe agree. `refused` and `timeout` are one answer: a network that rejects does so by ICMP
 * errors, which Linux rations to about one a second per receiver, so the same rule is seen as either.
 */
export function sameAnswer(a: Observation, b: Observation): boolean {
  return answer(a) === answer(b);
}

function answer({ kind }: Observation): string {
  return kind === "refused" || kind === "timeout" ? "refused or timeout" : kind;
}
