import type { Labels } from "../model/kubernetes.ts";
import type { Check, StandIn } from "../model/plan.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { predictCheck } from "./predict-check.ts";

/**
 * Stand-ins to which admission added labels that the policies look at: they do not speak for their pods any more. By
 * the plan's id, with the reason. Labels that change nothing (those of a mesh, of a cost report) are left alone.
 */
export function changedByLabels(
  checks: readonly Check[],
  standIns: ReadonlyMap<string, StandIn>,
  evaluator: Evaluator,
): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const standIn of standIns.values()) {
    const { id, template } = standIn.planned;
    const added = Object.entries(standIn.labels).filter(
      ([key]) => key !== STAND_IN_LABEL && template.labels[key] === undefined,
    );
    if (added.length === 0 || standIn.problem !== undefined) continue;
    const meant = withLabels(standIn.end, { ...template.labels, [STAND_IN_LABEL]: "true" });
    const isDifferent = (check: Check): boolean => {
      if (check.source !== id && !(check.to.kind === "stand-in" && check.to.standIn === id)) return false;
      const as = (own: PodEnd) => (other: string) => (other === id ? own : (standIns.get(other)?.end ?? own));
      const value = (own: PodEnd) => predictCheck(check, as(own)(check.source), as(own), evaluator).value;
      return value(standIn.end) !== value(meant);
    };
    if (!checks.some(isDifferent)) continue;
    const texts = added.map(([key, value]) => `${key}=${value}`).join(", ");
    changed.set(
      id,
      `admission added labels to the stand-in (${texts}), and the policies treat it differently with them`,
    );
  }
  return changed;
}

function withLabels(end: PodEnd, labels: Labels): PodEnd {
  return { ...end, labels };
}
