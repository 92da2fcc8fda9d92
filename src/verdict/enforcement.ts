import { CANARY_PORTS } from "../model/canary.ts";
import { classOf, type ObservationClass } from "../model/observation.ts";
import type { CheckResult, StandIn } from "../model/plan.ts";
import type { Enforcement, NodeEnforcement } from "../model/report.ts";
import { finalObservation } from "./proofs.ts";

/** When a canary's policy held: from when each of its connections gave the answer that it gave to the end. */
export interface Held {
  /** On the clock of the probing. */
  readonly atMs: number;
  /** From when its pods were seen running until then. */
  readonly afterMs: number;
  /** What fresh pods were until then, where that was seen. */
  readonly fresh?: "open" | "closed";
}

/**
 * Since when the canary of a node holds; undefined: it does not. `probingAtMs`: when the probing began, on the run's
 * clock, which tells when stand-ins were seen running.
 */
export function heldOf(
  results: readonly CheckResult[],
  standIns: ReadonlyMap<string, StandIn>,
  probingAtMs: number,
): Held | undefined {
  const own = results.filter(isCanary);
  let atMs = 0;
  let fresh: Held["fresh"];
  for (const result of own) {
    const attempts = result.history?.attempts ?? [];
    const last = attempts.findLastIndex(({ observation }) => classOf(observation.kind) !== wantedOf(result));
    const first = attempts[last + 1];
    if (first === undefined) return undefined;
    if (last >= 0) fresh = wantedOf(result) === "closed" ? "open" : (fresh ?? "closed");
    atMs = Math.max(atMs, first.atMs);
  }
  if (own.length === 0) return undefined;
  const runningAtMs = Math.max(...pods(own, standIns).map((standIn) => standIn.runningAtMs ?? probingAtMs));
  const afterMs = Math.max(0, Math.round(atMs + probingAtMs - runningAtMs));
  return { atMs, afterMs, ...(fresh === undefined ? {} : { fresh }) };
}

/**
 * What is known of a node's enforcement after the run. `failed` only on packets: a port that the canary's policy
 * denies was reached. Everything else that is not as it should be is `not-proven`.
 * @param held since when the canary held before the flows were judged; undefined: it did not
 */
export function judgeCanary(
  node: string,
  results: readonly CheckResult[],
  held: Held | undefined,
  standIns: ReadonlyMap<string, StandIn>,
): NodeEnforcement {
  const notProven = (detail: string): NodeEnforcement => ({ node, grade: "not-proven", detail });
  const own = results.filter(isCanary);
  if (own.length === 0) return notProven("no canary was made on this node");
  const broken = pods(own, standIns).find(({ problem }) => problem !== undefined);
  if (broken?.problem !== undefined) return notProven(`its canary could not be used: ${broken.problem}`);
  const reached = own.filter((result) => wantedOf(result) === "closed" && seenAtLast(result) === "open");
  if (reached.length > 0) return { node, grade: "failed", detail: failure(reached) };
  const deaf = results.find((result) => !isCanary(result) && seenAtLast(result) !== "open");
  if (deaf !== undefined) {
    return notProven(`the canary's own server did not answer on port ${deaf.check.port}: ${reasonOf(deaf)}`);
  }
  const other = own.find((result) => seenAtLast(result) !== wantedOf(result));
  if (other !== undefined && wantedOf(other) === "open") {
    const detail = `what the canary's policy allows did not work (${reasonOf(other)}), so what it denies proves nothing`;
    // What another policy may deny says nothing of how new pods are.
    const isClosed = seenAtLast(other) === "closed" && other.prediction.value === "allow";
    return { ...notProven(detail), ...(isClosed ? { fresh: "closed" } : {}) };
  }
  if (other !== undefined) {
    return notProven(`whether ${directionOf(other)} is enforced could not be told: ${reasonOf(other)}`);
  }
  if (held === undefined) return notProven("the canary came to hold only after the flows were judged");
  return {
    node,
    grade: "proven",
    detail: "a policy of our own was enforced in both directions, before the flows were judged and after",
    heldAfterMs: held.afterMs,
    ...(held.fresh === undefined ? {} : { fresh: held.fresh }),
  };
}

/** Nodes whose new pods were closed to the end even to what a policy of our own allows. */
export function closedNodes(enforcement: Pick<Enforcement, "nodes">): ReadonlySet<string> {
  const closed = enforcement.nodes.filter(({ grade, fresh }) => grade === "not-proven" && fresh === "closed");
  return new Set(closed.map(({ node }) => node));
}

const WORST_FIRST = ["failed", "not-proven", "proven"] as const;

/** The worst of the nodes. */
export function gradeOf(nodes: readonly NodeEnforcement[]): Exclude<Enforcement["grade"], "off"> {
  return WORST_FIRST.find((grade) => nodes.some((node) => node.grade === grade)) ?? "not-proven";
}

function isCanary({ check }: CheckResult): boolean {
  return check.purpose === "canary";
}

function wantedOf({ check }: CheckResult): "open" | "closed" {
  return check.port === CANARY_PORTS.allowed ? "open" : "closed";
}

function seenAtLast(result: CheckResult): ObservationClass | undefined {
  const observation = finalObservation(result);
  return observation === undefined ? undefined : classOf(observation.kind);
}

function reasonOf(result: CheckResult): string {
  return finalObservation(result)?.reason ?? result.notRun ?? "it was not tried";
}

function directionOf({ check }: CheckResult): string {
  return check.port === CANARY_PORTS.deniedByEgress ? "egress" : "ingress";
}

function failure(reached: readonly CheckResult[]): string {
  const directions = reached.map(directionOf).join(" and ");
  const held = reached.every(({ history }) =>
    history?.attempts.some(({ observation }) => classOf(observation.kind) === "closed"),
  );
  return held
    ? `no longer enforced: ${directions}; a connection that the canary's policy denies was blocked at first and made later`
    : `not enforced: ${directions}; a connection that the canary's policy denies was made`;
}

function pods(results: readonly CheckResult[], standIns: ReadonlyMap<string, StandIn>): readonly StandIn[] {
  const ids = results.flatMap(({ check }) => [
    check.source,
    ...(check.to.kind === "stand-in" ? [check.to.standIn] : []),
  ]);
  return [...new Set(ids)].flatMap((id) => standIns.get(id) ?? []);
}
