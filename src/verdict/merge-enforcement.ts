import type { Enforcement, NodeEnforcement, RunReport } from "../model/report.ts";
import { gradeOf } from "./enforcement.ts";

const WORST_FIRST: readonly NodeEnforcement["grade"][] = ["failed", "not-proven", "proven"];

/**
 * What the canaries of all shards showed together: of each node the worst that any shard saw. Shards that had nothing
 * to probe had no canary either, and say nothing. Undefined where no shard says anything.
 */
export function mergeEnforcement(reports: readonly RunReport[]): Enforcement | undefined {
  const asked = reports.filter(
    ({ flows, enforcement }) =>
      enforcement?.grade === "failed" || flows.some(({ verdict }) => verdict !== "skipped"),
  );
  const all = (asked.length === 0 ? reports : asked).flatMap(({ enforcement }) => enforcement ?? []);
  const [first] = all;
  if (first === undefined) return undefined;
  const nodes = [
    ...Map.groupBy(
      all.flatMap((one) => one.nodes),
      ({ node }) => node,
    ).values(),
  ]
    .flatMap((alike) => [...alike].sort(worseFirst).slice(0, 1))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  const [namespace, another] = [...new Set(all.map((one) => one.namespace))];
  const reason = all.find((one) => one.reason !== undefined)?.reason;
  return {
    canary: first.canary,
    ...(namespace === undefined || another !== undefined ? {} : { namespace }),
    grade: worstGrade(all, nodes),
    ...(reason === undefined ? {} : { reason }),
    nodes,
  };
}

/** A shard without any canary has a grade, and no node that it hangs on. */
function worstGrade(all: readonly Enforcement[], nodes: readonly NodeEnforcement[]): Enforcement["grade"] {
  const grades = new Set([...all.map(({ grade }) => grade), ...(nodes.length === 0 ? [] : [gradeOf(nodes)])]);
  return WORST_FIRST.find((grade) => grades.has(grade)) ?? "off";
}

/** Of equal grades the one where fresh pods took longest. */
function worseFirst(a: NodeEnforcement, b: NodeEnforcement): number {
  return (
    WORST_FIRST.indexOf(a.grade) - WORST_FIRST.indexOf(b.grade) || (b.heldAfterMs ?? 0) - (a.heldAfterMs ?? 0)
  );
}
