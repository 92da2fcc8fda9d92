import type { Protocol } from "../model/kubernetes.ts";
import type { DirectionTrace, Prediction, PredictionValue } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TrafficEnd } from "../model/traffic.ts";
import { type AddressFamily, parseAddress } from "../selectors/ip-address.ts";
import { createDirectionJudge, type DirectionJudge, type Judgement } from "./direction-judge.ts";
import { asNodeAddress, type EndView, familiesOf, isHostNetwork, viewOf } from "./end-view.ts";
import { bothDirections, foldOutcomes, type Outcome } from "./prediction-fold.ts";

/**
 * One connection, as the policies meet it: Services are resolved before, so `to` is where it really arrives (S25, S40),
 * and addresses are those that are seen there (S17). A `cidr` end is no pod: an address that is a pod's is asked about
 * as that pod, since selectors match it too.
 */
export interface ConnectionQuery {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  /** The port at the destination. */
  readonly port: number;
  readonly protocol: Protocol;
  /** The address that is dialled, where it is known: its family is the connection's at both ends. */
  readonly address?: string;
}

export interface Evaluator {
  /** What the NetworkPolicies as written say (semantics.md, profile `upstream`). Never throws for what a world holds. */
  connection(query: ConnectionQuery): Prediction;
}

/** What predictions depend on. */
export type PolicyWorld = Pick<Snapshot, "namespaces" | "networkPolicies" | "unread" | "locate">;

/**
 * Reads the policies once; queries are independent of each other and of the order of the world's objects. Reusing the
 * same `TrafficEnd` objects makes queries cheaper, since what policies select is remembered with them.
 */
export function createEvaluator(world: PolicyWorld): Evaluator {
  const judge = createDirectionJudge(world);
  const views = new WeakMap<TrafficEnd, EndView>();
  const cachedView = (end: TrafficEnd): EndView => {
    const view = views.get(end) ?? viewOf(end);
    views.set(end, view);
    return view;
  };
  return {
    connection: (query) => {
      const from = cachedView(query.from);
      const to = cachedView(query.to);
      const outcome = overHostNetwork(from, to, query, judge);
      return isSelf(query, from, to) ? toSelf(outcome, from, to) : toPrediction(outcome, from, to);
    },
  };
}

/** S36: host-network pods count as pods or as their node's address; what both readings agree on holds. */
function overHostNetwork(from: EndView, to: EndView, query: ConnectionQuery, judge: DirectionJudge): Outcome {
  const asPods = overFamilies(from, to, query, judge);
  if (!isHostNetwork(query.from) && !isHostNetwork(query.to)) {
    return asPods;
  }
  const asNodes = overFamilies(asNodeAddress(from), asNodeAddress(to), query, judge);
  const names = [from, to].filter((view) => view.pod?.spec.hostNetwork === true).map((view) => view.display);
  return foldOutcomes(
    [asPods, asNodes],
    ([pods, nodes]) =>
      `host-network ${[...new Set(names)].join(" and ")}: ${pods} if it counts as a pod, ${nodes} if it counts as its node's address (S36)`,
    "S36",
  );
}

/** A connection uses one address family at both ends; the answer holds if it is the same for every possible one. */
function overFamilies(from: EndView, to: EndView, query: ConnectionQuery, judge: DirectionJudge): Outcome {
  const inFamily = (family: AddressFamily | undefined): Outcome => {
    const { port, protocol } = query;
    return bothDirections(
      judge.judge({ direction: "egress", subject: from, other: to, port, protocol, family }),
      judge.judge({ direction: "ingress", subject: to, other: from, port, protocol, family }),
    );
  };
  const [first, ...rest] = commonFamilies(from, to, query.address);
  if (first === undefined) {
    return withoutCommonFamily(inFamily(undefined), from, to);
  }
  if (rest.length > 0 && !judge.readsAddress(from, "egress") && !judge.readsAddress(to, "ingress")) {
    return inFamily(undefined);
  }
  return foldOutcomes([inFamily(first), ...rest.map(inFamily)], (values) =>
    whyFamiliesDiffer(values, from, to),
  );
}

function commonFamilies(from: EndView, to: EndView, dialled: string | undefined): readonly AddressFamily[] {
  const wanted = dialled === undefined ? undefined : parseAddress(dialled)?.family;
  const sources = familiesOf(from.ranges);
  return familiesOf(to.ranges).filter(
    (family) => sources.includes(family) && (wanted === undefined || wanted === family),
  );
}

/** There is no such connection: a denial still holds, but nothing can be said to be allowed. */
function withoutCommonFamily(outcome: Outcome, from: EndView, to: EndView): Outcome {
  if (outcome.value !== "allow") {
    return outcome;
  }
  const why = `${from.display} and ${to.display} have no address family in common`;
  return {
    ...outcome,
    value: "undetermined",
    egress: reopened(outcome.egress, why),
    ingress: reopened(outcome.ingress, why),
  };
}

function whyFamiliesDiffer(values: readonly PredictionValue[], from: EndView, to: EndView): string {
  const unknown = [from, to].filter((view) => view.address === "unknown").map((view) => view.display);
  return unknown.length === 0
    ? `families differ: ${values[0]} over IPv4, ${values[1]} over IPv6`
    : `address of ${unknown.join(" or ")} not known yet, and ipBlock rules decide by it`;
}

/** The same pod at both ends, or a pod and an address of its own. */
function isSelf(query: ConnectionQuery, from: EndView, to: EndView): boolean {
  if (query.from.kind === "pod" && query.to.kind === "pod") {
    return query.from.key === query.to.key;
  }
  const [pod, other] = from.pod === undefined ? [to, from] : [from, to];
  const [address] = other.ranges;
  if (pod.pod === undefined || pod.pod.spec.hostNetwork === true) {
    return false;
  }
  if (pod.address !== "exact" || other.address !== "exact") {
    return false;
  }
  return pod.ranges.some(({ family, first }) => address?.family === family && address.first === first);
}

/** S33: the API says that a pod cannot be cut off from itself, and networks differ; only an allowance is certain. */
function toSelf(outcome: Outcome, from: EndView, to: EndView): Prediction {
  if (outcome.value === "allow") {
    return toPrediction(outcome, from, to);
  }
  const why =
    "the rules do not allow it, but networks differ on whether they apply to a pod's traffic to itself (S33)";
  const reopen = (judgement: Judgement): Judgement =>
    judgement.trace.value === "allow" ? judgement : reopened(judgement, why, "S33");
  return toPrediction(
    { value: "undetermined", egress: reopen(outcome.egress), ingress: reopen(outcome.ingress) },
    from,
    to,
  );
}

function reopened({ trace }: Judgement, why: string, openPoint?: string): Judgement {
  const { allowedBy: _, ...rest } = trace;
  const open: DirectionTrace = { ...rest, value: "undetermined", undetermined: why, reason: why };
  return openPoint === undefined ? { trace: open } : { trace: open, openPoint };
}

function toPrediction({ value, egress, ingress }: Outcome, from: EndView, to: EndView): Prediction {
  const directions = [egress, ingress];
  const openPoint =
    value === "undetermined"
      ? directions.find((judgement) => judgement.openPoint !== undefined)?.openPoint
      : undefined;
  return {
    value,
    reason:
      value === "allow" ? whyAllowed(egress.trace, ingress.trace, from, to) : reasonsFor(directions, value),
    ...(openPoint === undefined ? {} : { openPoint }),
    egress: egress.trace,
    ingress: ingress.trace,
  };
}

/** The reasons of the directions that decide. */
function reasonsFor(directions: readonly Judgement[], value: PredictionValue): string {
  const deciding = directions.filter(({ trace }) => trace.value === value);
  const [first, second] = deciding.map(({ trace }) => trace.reason);
  return second === undefined || first === second ? `${first}` : `${first}; ${second}`;
}

function whyAllowed(egress: DirectionTrace, ingress: DirectionTrace, from: EndView, to: EndView): string {
  const isolated = [egress, ingress].filter((trace) => trace.isolatedBy.length > 0);
  if (isolated.length > 0) {
    return isolated.map((trace) => trace.reason).join("; ");
  }
  const open = [
    ...(egress.subject === undefined ? [] : [`${from.display} for egress`]),
    ...(ingress.subject === undefined ? [] : [`${to.display} for ingress`]),
  ];
  return open.length === 0
    ? "neither end is a pod that policies select"
    : `no policy isolates ${open.join(" or ")}`;
}
