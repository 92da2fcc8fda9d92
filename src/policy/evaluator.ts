import type { Prediction, PredictionValue } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { ServiceHop, TrafficEnd, TrafficProtocol } from "../model/traffic.ts";
import { type AddressFamily, parseAddress } from "../selectors/ip-address.ts";
import { Choices } from "./choices.ts";
import { createDirectionJudge, type DirectionJudge } from "./direction-judge.ts";
import { ANYWHERE, asNodeAddress, type EndView, familiesOf, isHostNetwork, viewOf } from "./end-view.ts";
import { type DirectionQuestion, type Judgement, undetermined } from "./judgement.ts";
import { afterNetwork, alwaysAllowed } from "./network-effects.ts";
import { portNotes } from "./port-notes.ts";
import { bothDirections, foldOutcomes, type Outcome } from "./prediction-fold.ts";
import { profileOf } from "./profiles.ts";
import { foldReadings, type Reading } from "./reading-fold.ts";
import { seenAsService } from "./service-view.ts";
import { toPrediction } from "./to-prediction.ts";

/**
 * One connection, as the policies meet it: Services are resolved before, so `to` is where it really arrives (S25, S40);
 * `via` says that it goes by a Service. A `cidr` end is no pod: an address that is a pod's is asked about as that pod,
 * since selectors match it too.
 */
export interface ConnectionQuery {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  /** The port at the destination; of no meaning for ICMP. */
  readonly port: number;
  readonly protocol: TrafficProtocol;
  /** The address that is dialled, where it is known: its family is the connection's at both ends. */
  readonly address?: string;
  /** The Service that the connection goes by, unless it is headless (S43). */
  readonly via?: ServiceHop;
  /** The connection stood before the policies were as they are now (S39). */
  readonly established?: boolean;
}

export interface Evaluator {
  /** What the policies of all tiers say. Never throws for what a world holds. */
  connection(query: ConnectionQuery): Prediction;
  /** How it decides what the API leaves open. */
  readonly profile: Profile;
}

/** What predictions depend on. */
export type PolicyWorld = Pick<
  Snapshot,
  "namespaces" | "networkPolicies" | "adminPolicies" | "nodes" | "unread" | "locate"
>;

interface Context {
  readonly world: PolicyWorld;
  readonly judge: DirectionJudge;
  readonly choices: Choices;
}

/**
 * Reads the policies once; queries are independent of each other and of the order of the world's objects. Reusing the
 * same `TrafficEnd` objects makes queries cheaper, since what policies select is remembered with them.
 */
export function createEvaluator(
  world: PolicyWorld,
  { profile = profileOf("upstream") }: { readonly profile?: Profile } = {},
): Evaluator {
  const context: Context = {
    world,
    judge: createDirectionJudge(world),
    choices: new Choices(profile.knobs),
  };
  const views = new WeakMap<TrafficEnd, EndView>();
  const cachedView = (end: TrafficEnd): EndView => {
    const view = views.get(end) ?? viewOf(end);
    views.set(end, view);
    return view;
  };
  return {
    profile,
    connection: (query) => {
      const from = cachedView(query.from);
      const to = cachedView(query.to);
      const { choices } = context;
      choices.reset();
      const first = underReading(from, to, query, context);
      const notes = notesOn(query, to, context);
      if (choices.isDecided) {
        return toPrediction(first, {}, from, to, notes);
      }
      const readings: Reading[] = [{ outcome: first, choices: choices.taken() }];
      while (choices.next()) {
        const outcome = underReading(from, to, query, context);
        readings.push({ outcome, choices: choices.taken() });
      }
      const folded = foldReadings(readings, from, to);
      return toPrediction(folded.outcome, folded.open, from, to, notes);
    },
  };
}

/** What holds where every open point that comes up is read in one way. */
function underReading(from: EndView, to: EndView, query: ConnectionQuery, context: Context): Outcome {
  const { choices } = context;
  const toSelf = selfOf(query, from, to);
  if (toSelf === "address" && choices.read("self") === "allowed") {
    return alwaysAllowed(from, to, `${from.display} may always reach itself (S33)`);
  }
  const exempt = toSelf === "service" && choices.read("hairpin") === "allowed";
  const hosts = isHostNetwork(query.from) || isHostNetwork(query.to);
  const asNodes = hosts && choices.read("hostNetworkPods") === "node";
  const ends: Ends = {
    from: asNodes ? asNodeAddress(from) : from,
    to: asNodes ? asNodeAddress(to) : to,
    toSelf: toSelf === "address" ? "address" : exempt ? "exempt-service" : undefined,
  };
  const outcome = overClients(ends, query, context);
  return afterNetwork(outcome, query, from, to, choices);
}

/** The ends under one reading. */
interface Ends {
  readonly from: EndView;
  readonly to: EndView;
  readonly toSelf: DirectionQuestion["toSelf"];
}

/** S45: a Service may put the address of any node in place of an outside client's. */
function overClients(ends: Ends, query: ConnectionQuery, context: Context): Outcome {
  const { via } = query;
  const hidden =
    via !== undefined &&
    !via.keepsClient &&
    query.from.kind !== "pod" &&
    context.judge.isFiltered(ends.to, "ingress") &&
    context.choices.read("serviceClient") === "node";
  if (!hidden) {
    return overFamilies(ends, query, context);
  }
  const display = `a node in place of ${ends.from.display}`;
  const addresses = context.world.nodes.flatMap(({ status }) =>
    (status?.addresses ?? []).flatMap(({ address }) => {
      const parsed = parseAddress(address);
      return parsed === undefined ? [] : [{ address, family: parsed.family }];
    }),
  );
  const families = commonFamilies(ends.from, ends.to, query.address ?? via.address);
  const views = addresses
    .filter(({ family }) => families.includes(family))
    .map(({ address }) => viewOf({ kind: "cidr", cidr: `${address}/${bitsOf(address)}`, display }));
  const [first, ...rest] = views.map((from) => overFamilies({ ...ends, from }, query, context));
  if (first === undefined) {
    const from: EndView = { display, pod: undefined, ranges: ANYWHERE, address: "unknown", asNode: false };
    return overFamilies({ ...ends, from }, query, context);
  }
  return foldOutcomes(
    [first, ...rest],
    () => `it depends on which node's address stands for the client (S45)`,
  );
}

function bitsOf(address: string): number {
  return address.includes(":") ? 128 : 32;
}

/** A connection uses one address family at both ends; the answer holds if it is the same for every possible one. */
function overFamilies(ends: Ends, query: ConnectionQuery, { judge, choices }: Context): Outcome {
  const { from, to, toSelf } = ends;
  const { port, protocol, via } = query;
  const inFamily = (family: AddressFamily | undefined): Outcome => {
    const seen =
      via === undefined || !judge.isFiltered(from, "egress")
        ? { other: to, port }
        : seenAsService(to, port, via, choices.read("serviceSeenAs"));
    const ingress: DirectionQuestion = {
      direction: "ingress",
      subject: to,
      other: from,
      port,
      protocol,
      family,
      via,
      toSelf,
      knobs: choices,
    };
    const egress: DirectionQuestion = {
      ...ingress,
      direction: "egress",
      subject: from,
      other: seen.other,
      port: seen.port,
    };
    return bothDirections(judge.judge(egress), judge.judge(ingress));
  };
  const [first, ...rest] = commonFamilies(from, to, query.address ?? via?.address);
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

function reopened({ trace }: Judgement, why: string): Judgement {
  const { allowedBy: _, ...rest } = trace;
  return undetermined(rest, why);
}

function whyFamiliesDiffer(values: readonly PredictionValue[], from: EndView, to: EndView): string {
  const unknown = [from, to].filter((view) => view.address === "unknown").map((view) => view.display);
  return unknown.length === 0
    ? `families differ: ${values[0]} over IPv4, ${values[1]} over IPv6`
    : `address of ${unknown.join(" or ")} not known yet, and ipBlock rules decide by it`;
}

/** The same pod at both ends, or a pod and an address of its own; by way of a Service, or not (S33, S34). */
function selfOf(query: ConnectionQuery, from: EndView, to: EndView): "address" | "service" | undefined {
  if (!isSelf(query, from, to)) {
    return undefined;
  }
  return query.via === undefined ? "address" : "service";
}

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

const NO_NOTES: readonly string[] = [];

/** S28, S30 */
function notesOn(query: ConnectionQuery, to: EndView, { judge }: Context): readonly string[] {
  const { pod } = to;
  const { from, port, protocol } = query;
  if (pod === undefined || protocol === "ICMP") {
    return NO_NOTES;
  }
  const into = judge.isolationOf(pod, "ingress");
  const out = from.kind === "pod" ? judge.isolationOf(from, "egress") : into;
  if (into.portNames.length + out.portNames.length === 0) {
    return NO_NOTES;
  }
  const notes = portNotes(into, pod, port, protocol);
  return out === into ? notes : [...new Set([...notes, ...portNotes(out, pod, port, protocol)])];
}
