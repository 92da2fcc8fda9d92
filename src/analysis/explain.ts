import { createEngine, type Engine } from "../engine/engine.ts";
import type { AdminCandidate } from "../engine/signatures.ts";
import type { DirectionTrace, Prediction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd, TrafficEnd } from "../model/traffic.ts";
import { createEvaluator } from "../policy/evaluator.ts";
import { createPolicyRefs, type RefOf } from "../policy/policy-ref.ts";
import { changesFor } from "./changes.ts";
import type {
  ExplainedCase,
  ExplainedDirection,
  ExplainedEnd,
  Explanation,
  SelectingPolicies,
  TierStep,
} from "./explanation.ts";
import { type Arrival, flowEnds } from "./flow-ends.ts";
import { readingNotes } from "./reading-notes.ts";

/** Ends that no policy tells apart, asked about by one of them. */
interface Alike<T> {
  readonly sample: T;
  readonly all: readonly T[];
}

/** Why the connections that a flow stands for are allowed or denied. */
export function explainFlow(
  resolved: ResolvedFlow,
  snapshot: Snapshot,
  { profile }: { readonly profile: Profile },
): Explanation {
  const { flow } = resolved;
  const { sources, arrivals, hypothetical } = flowEnds(resolved, snapshot);
  const pods = new Map(
    [...sources, ...arrivals.map(({ end }) => end)].flatMap((end) =>
      end.kind === "pod" ? [[end.key, end] as const] : [],
    ),
  );
  const engine = createEngine({ ...snapshot, pods: [...pods.values()] }, { profile });
  const evaluator = createEvaluator(snapshot, { profile });
  const refOf = createPolicyRefs(snapshot.locate);
  const cases = new Map<string, ExplainedCase>();
  const nodesMatter = [...sources, ...arrivals.map(({ end }) => end)].some(mayBeNode);
  const classKey = (end: TrafficEnd): string => {
    if (end.kind !== "pod") return end.display;
    return `${engine.pod(end.key)?.index}${nodesMatter ? ` ${end.nodeIps?.join()}` : ""}`;
  };
  const targets = alike(arrivals, ({ end, port, via }) => `${classKey(end)}:${port} ${via?.name}`);
  for (const source of alike(sources, classKey)) {
    for (const target of targets) {
      for (const { from, to } of pairsOf(source, target)) {
        const [first] = from;
        const [arrival] = to;
        if (first === undefined || arrival === undefined) continue;
        const asked = { from: first, to: arrival.end, port: arrival.port, protocol: flow.protocol };
        const prediction = evaluator.connection({
          ...asked,
          ...(arrival.via === undefined ? {} : { via: arrival.via }),
        });
        const key = `${arrival.port} ${arrival.via?.name} ${traceKey(prediction)}`;
        const known = cases.get(key);
        const own = { from: from.map(endOf), to: to.map(({ end }) => endOf(end)) };
        if (known !== undefined) {
          cases.set(key, { ...known, from: joined(known.from, own.from), to: joined(known.to, own.to) });
          continue;
        }
        cases.set(key, {
          ...own,
          port: arrival.port,
          protocol: flow.protocol,
          ...(arrival.via === undefined ? {} : { service: arrival.via.name }),
          prediction,
          egress: direction(prediction.egress, first, engine, refOf),
          ingress: direction(prediction.ingress, arrival.end, engine, refOf),
          changes: changesFor(prediction, asked),
        });
      }
    }
  }
  const list = [...cases.values()];
  return {
    flow: flow.id,
    profile: profile.name,
    ...answerOf(list, resolved),
    cases: list,
    notes: notesOf(hypothetical, snapshot, list),
  };
}

function alike<T>(ends: readonly T[], keyOf: (end: T) => string): readonly Alike<T>[] {
  return [...Map.groupBy(ends, keyOf).values()].flatMap((all) =>
    all[0] === undefined ? [] : [{ sample: all[0], all }],
  );
}

/** A pod and itself are not like two pods (S33, S34): they are asked about apart. */
function pairsOf(
  source: Alike<TrafficEnd>,
  target: Alike<Arrival>,
): readonly { readonly from: readonly TrafficEnd[]; readonly to: readonly Arrival[] }[] {
  const own = source.all.flatMap((from) =>
    target.all.flatMap((to) => (isOwn(from, to.end) ? [{ from: [from], to: [to] }] : [])),
  );
  const [first] = own;
  if (first === undefined) return [{ from: source.all, to: target.all }];
  if (source.all.length === 1 && target.all.length === 1) return [first];
  const apart = twoOf(source.all, target.all);
  return [...(apart === undefined ? [] : [apart]), first];
}

/** All of both, two that are not one pod in front, which are asked about. */
function twoOf(
  sources: readonly TrafficEnd[],
  targets: readonly Arrival[],
): { readonly from: readonly TrafficEnd[]; readonly to: readonly Arrival[] } | undefined {
  for (const from of sources) {
    const to = targets.find((candidate) => !isOwn(from, candidate.end));
    if (to === undefined) continue;
    return {
      from: [from, ...sources.filter((other) => other !== from)],
      to: [to, ...targets.filter((other) => other !== to)],
    };
  }
  return undefined;
}

/** The same pod at both ends, or a pod and an address of its own. */
function isOwn(from: TrafficEnd, to: TrafficEnd): boolean {
  if (from.kind === "pod" && to.kind === "pod") return from.key === to.key;
  const [pod, other] = from.kind === "pod" ? [from, to] : [to, from];
  if (pod.kind !== "pod" || other.kind !== "cidr") return false;
  const [address] = other.cidr.split("/");
  return (pod.ips ?? []).some((ip) => ip === address);
}

/** Whether the other end's node can matter (S35). */
function mayBeNode(end: TrafficEnd): boolean {
  return end.kind !== "pod" || end.spec.hostNetwork === true;
}

function endOf(end: TrafficEnd): ExplainedEnd {
  return end.kind === "pod" ? { display: end.display, labels: end.labels } : { display: end.display };
}

function joined(known: readonly ExplainedEnd[], more: readonly ExplainedEnd[]): readonly ExplainedEnd[] {
  const displays = new Set(known.map(({ display }) => display));
  return [...known, ...more.filter(({ display }) => !displays.has(display))];
}

/** The same for answers that are given for the same reasons. */
function traceKey({ value, knob, egress, ingress }: Prediction): string {
  const of = ({ subject: _, reason: __, undetermined: ___, ...rest }: DirectionTrace): object => rest;
  return JSON.stringify([value, knob, of(egress), of(ingress)]);
}

function direction(
  trace: DirectionTrace,
  subject: TrafficEnd,
  engine: Engine,
  refOf: RefOf,
): ExplainedDirection {
  if (subject.kind !== "pod") return { trace, tiers: [] };
  return { trace, tiers: tierSteps(trace, selectingPolicies(trace, subject, engine, refOf)) };
}

function selectingPolicies(
  { direction: way, isolatedBy }: DirectionTrace,
  pod: PodEnd,
  engine: Engine,
  refOf: RefOf,
): SelectingPolicies {
  const end = engine.pod(pod.key);
  if (end === undefined) return { admin: [], networkPolicies: isolatedBy, baseline: [] };
  const { admin, policies } = engine.signature(way, end.index);
  const refs = (candidates: readonly AdminCandidate[]) =>
    candidates.map(({ policy }) => refOf(policy.policy));
  return {
    admin: refs(admin.Admin),
    networkPolicies: policies.map((policy) => refOf(policy)),
    baseline: refs(admin.Baseline),
  };
}

/** The tiers in the order in which they are asked (semantics.md section 2). */
function tierSteps(trace: DirectionTrace, selecting: SelectingPolicies): readonly TierStep[] {
  const { tier, admin = [], value } = trace;
  const decidedIn = tier === undefined && value !== "undetermined" ? "default" : tier;
  const order = ["Admin", "NetworkPolicy", "Baseline"] as const;
  const last = decidedIn === undefined || decidedIn === "default" ? order.length : order.indexOf(decidedIn);
  return order.map((name, at) => {
    const policies =
      name === "Admin"
        ? selecting.admin
        : name === "NetworkPolicy"
          ? selecting.networkPolicies
          : selecting.baseline;
    const matched = admin.filter((decision) => decision.tier === name);
    const passes = matched.some(({ action }) => action === "Pass");
    const outcome: TierStep["outcome"] =
      at > last
        ? "not asked"
        : name === decidedIn
          ? "decides"
          : policies.length === 0
            ? "none"
            : passes
              ? "passes on"
              : "no rule matches";
    return { tier: name, policies, matched, outcome };
  });
}

function answerOf(
  cases: readonly ExplainedCase[],
  { problem }: ResolvedFlow,
): Pick<Explanation, "answer" | "reason"> {
  const [first, ...rest] = cases;
  if (first === undefined) {
    return { answer: "undetermined", reason: problem?.reason ?? "the connection ends nowhere" };
  }
  const { value, reason } = first.prediction;
  if (rest.every(({ prediction }) => prediction.value === value)) return { answer: value, reason };
  const count = (wanted: Prediction["value"]): string | undefined => {
    const number = cases.filter(({ prediction }) => prediction.value === wanted).length;
    return number === 0 ? undefined : `${number} ${wanted}`;
  };
  const counts = [count("allow"), count("deny"), count("undetermined")].filter((text) => text !== undefined);
  return { answer: "mixed", reason: `it depends on the pods: of ${cases.length} cases ${counts.join(", ")}` };
}

function notesOf(
  hypothetical: readonly ("source" | "target")[],
  snapshot: Snapshot,
  cases: readonly ExplainedCase[],
): readonly string[] {
  return [
    ...hypothetical.map((end) => `the ${end} is a pod that does not exist; its address is not known`),
    ...new Set(cases.flatMap(({ prediction }) => prediction.notes ?? [])),
    ...readingNotes(snapshot),
  ];
}
