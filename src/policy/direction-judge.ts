import type { Protocol } from "../model/kubernetes.ts";
import type { Direction, DirectionTrace, PredictionValue } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { contains } from "../selectors/cidr.ts";
import { type AddressFamily, formatAddress } from "../selectors/ip-address.ts";
import {
  type DirectionWords,
  describeAllowance,
  describeDenial,
  describeIsolation,
  describeTraffic,
} from "./direction-text.ts";
import { type EndView, singles } from "./end-view.ts";
import { createNamespaceLabels } from "./namespace-labels.ts";
import { nearestMiss } from "./nearest-miss.ts";
import { createPolicyIndex, type Isolation, type IsolationOf } from "./policy-index.ts";
import { createPolicyRefs, type RefOf } from "./policy-ref.ts";
import { answerOf, type LabelsOfNamespace, type RuleAnswer, type RuleQuestion } from "./rule-match.ts";
import { sampleAddresses } from "./sample-addresses.ts";

/** One direction of a connection, judged at the pod in `subject`. */
export interface DirectionQuestion {
  readonly direction: Direction;
  readonly subject: EndView;
  readonly other: EndView;
  readonly port: number;
  readonly protocol: Protocol;
  /** The family that the connection uses; undefined: any address of the other end will do. */
  readonly family: AddressFamily | undefined;
}

export interface Judgement {
  readonly trace: DirectionTrace;
  /** The rule of semantics.md that leaves an undetermined direction open. */
  readonly openPoint?: string;
}

export interface DirectionJudge {
  judge(question: DirectionQuestion): Judgement;
  /** Whether the other end's address can matter to policies of this pod. */
  readsAddress(subject: EndView, direction: Direction): boolean;
}

interface World {
  readonly isolationOf: IsolationOf;
  readonly labelsOf: LabelsOfNamespace;
  readonly refOf: RefOf;
}

/** What the rules say of one address of the other end. */
interface Sample {
  readonly value: PredictionValue;
  readonly answer: RuleAnswer;
  readonly question: RuleQuestion;
}

export function createDirectionJudge(
  snapshot: Pick<Snapshot, "namespaces" | "networkPolicies" | "unread" | "locate">,
): DirectionJudge {
  const world: World = {
    isolationOf: createPolicyIndex(snapshot),
    labelsOf: createNamespaceLabels(snapshot),
    refOf: createPolicyRefs(snapshot.locate),
  };
  return {
    judge: (question) => judge(question, world),
    readsAddress: ({ pod }, direction) =>
      pod !== undefined && world.isolationOf(pod, direction).blocks.length > 0,
  };
}

function judge(question: DirectionQuestion, world: World): Judgement {
  const { direction, subject, other } = question;
  const { pod } = subject;
  if (pod === undefined) {
    return { trace: { direction, value: "allow", isolatedBy: [], reason: unselected(subject) } };
  }
  const isolation = world.isolationOf(pod, direction);
  const isolatedBy = isolation.policies.map((policy) => world.refOf(policy));
  const base = { direction, subject: subject.display, isolatedBy };
  const ownNode = isOwnNode(pod, question);
  if (isolation.policies.length === 0) {
    // An unread policy could isolate the pod, but not cut it off from its own node.
    return isolation.unread === undefined || (ownNode && direction === "ingress")
      ? {
          trace: {
            ...base,
            value: "allow",
            reason: `no policy isolates ${subject.display} for ${direction}`,
          },
        }
      : undetermined(base, notReadable(isolation.unread, `networkpolicies of namespace ${pod.namespace}`));
  }
  const words = { ...question, subject: subject.display, other: other.display };
  const samples = askRules(isolation, question, pod, world.labelsOf);
  const [first] = samples;
  const missed = samples.find((sample) => sample.value !== "allow");
  if (missed === undefined && first?.answer.match === "yes") {
    const { by } = first.answer;
    const allowedBy = world.refOf(by.policy, by.rule.path);
    return { trace: { ...base, value: "allow", allowedBy, reason: describeAllowance(by, words) } };
  }
  if (ownNode && direction === "ingress") {
    const reason = `${subject.display} always lets its own node in (S35)`;
    return { trace: { ...base, value: "allow", reason } };
  }
  const nearest =
    missed === undefined
      ? undefined
      : nearestMiss(
          isolation,
          { direction, subject: pod, other, question: missed.question },
          world.labelsOf,
          world.refOf,
        );
  const traced = nearest === undefined ? base : { ...base, nearest };
  if (samples.some((sample) => sample.value !== "deny")) {
    return undetermined(traced, whyOpen(samples, isolation, words, other, world.labelsOf));
  }
  const reason = describeDenial(isolation.policies, words);
  return ownNode
    ? undetermined(traced, `${reason}, but networks differ on traffic to a pod's own node (S35)`, "S35")
    : { trace: { ...traced, value: "deny", reason: `${reason}${exemptNode(pod, question)}` } };
}

function undetermined(
  base: Pick<DirectionTrace, "direction" | "subject" | "isolatedBy" | "nearest">,
  why: string,
  openPoint?: string,
): Judgement {
  const trace: DirectionTrace = { ...base, value: "undetermined", undetermined: why, reason: why };
  return openPoint === undefined ? { trace } : { trace, openPoint };
}

/** One sample for all addresses that no ipBlock tells apart; stops once two of them differ. */
function askRules(
  isolation: Isolation,
  { direction, other, port, protocol, family }: DirectionQuestion,
  pod: PodEnd,
  labelsOf: LabelsOfNamespace,
): readonly Sample[] {
  const destination = direction === "ingress" ? pod.spec : other.pod?.spec;
  const addresses =
    isolation.blocks.length === 0 ? [undefined] : sampleAddresses(other.ranges, isolation.blocks, family);
  const samples: Sample[] = [];
  for (const address of addresses) {
    const question: RuleQuestion = { pod: other.pod, address, port, protocol, destination };
    const answer = answerOf(isolation.rules, question, labelsOf);
    const value = settledValue(answer, isolation);
    samples.push({ value, answer, question });
    if (value !== samples[0]?.value) {
      break;
    }
  }
  return samples;
}

/** Policies only add, so a rule that allows is certain whatever else there may be; everything else is not (S5). */
function settledValue({ match }: RuleAnswer, { unread }: Isolation): PredictionValue {
  if (match === "yes") {
    return "allow";
  }
  return match === "unknown" || unread !== undefined ? "undetermined" : "deny";
}

function whyOpen(
  samples: readonly Sample[],
  isolation: Isolation,
  words: DirectionWords,
  other: EndView,
  labelsOf: LabelsOfNamespace,
): string {
  const last = samples.at(-1);
  if (samples.some((sample) => sample.value !== last?.value)) {
    return describeSplit(samples, other);
  }
  if (last?.answer.match === "unknown" && other.pod !== undefined) {
    const { namespace } = other.pod;
    return notReadable(labelsOf(namespace).unread, `labels of namespace ${namespace}`);
  }
  const unread = notReadable(
    isolation.unread,
    `networkpolicies of namespace ${isolation.policies[0]?.namespace}`,
  );
  return `${describeIsolation(isolation.policies, words)}; what allows ${describeTraffic(words)} may be ${unread}`;
}

function notReadable(reason: string | undefined, what: string): string {
  return `not readable (${reason}): ${what}`;
}

function unselected({ display, asNode }: EndView): string {
  return asNode
    ? `${display} shares its node's network, so no policy selects it (S36)`
    : `${display} is no pod, so no policy isolates it`;
}

/** The other end is an address of the node that the pod runs on, and nothing else (S35). */
function isOwnNode(pod: PodEnd, { other, family }: DirectionQuestion): boolean {
  if (other.pod !== undefined || other.address !== "exact" || pod.nodeIps === undefined) {
    return false;
  }
  const nodes = singles(pod.nodeIps);
  return other.ranges
    .filter((range) => family === undefined || range.family === family)
    .every((range) => nodes.some((node) => node.family === range.family && node.first === range.first));
}

/** A range speaks of its addresses as ordinary ones; that the pod's own node is among them is only said. */
function exemptNode(pod: PodEnd, { other }: DirectionQuestion): string {
  if (other.address !== "range") {
    return "";
  }
  const node = singles(pod.nodeIps ?? [])
    .map(({ family, first }) => ({ family, value: first }))
    .find((address) => other.ranges.some((range) => contains(range, address)));
  return node === undefined ? "" : `, its own node ${formatAddress(node)} aside (S35)`;
}

function describeSplit(samples: readonly Sample[], other: EndView): string {
  if (other.address === "unknown") {
    return `address of ${other.display} not known yet, and ipBlock rules decide by it`;
  }
  const [first, last] = [samples[0], samples.at(-1)].map((sample) => {
    const address = sample?.question.address;
    return `${address === undefined ? other.display : formatAddress(address)} ${sample?.value}`;
  });
  return `addresses of ${other.display} are treated differently: ${first}, ${last}`;
}
