import type { PredictionValue } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import {
  type DirectionWords,
  describeAllowance,
  describeDenial,
  describeIsolation,
  describeTraffic,
} from "./direction-text.ts";
import type { EndView } from "./end-view.ts";
import {
  type DirectionQuestion,
  exemptNode,
  isOwnNode,
  type Judgement,
  notReadable,
  type TraceBase,
  undetermined,
} from "./judgement.ts";
import { nearestMiss } from "./nearest-miss.ts";
import type { Isolation } from "./policy-index.ts";
import type { RefOf } from "./policy-ref.ts";
import { answerOf, type LabelsOfNamespace, type RuleAnswer, type RuleQuestion } from "./rule-match.ts";
import { sampleAddresses } from "./sample-addresses.ts";
import { describeSplit } from "./sample-split.ts";
import type { NodeBook } from "./tiers/nodes.ts";

/** What NetworkPolicies are judged with. */
export interface NetworkPolicySurroundings {
  readonly labelsOf: LabelsOfNamespace;
  readonly refOf: RefOf;
  readonly nodes: NodeBook;
}

/** What the rules say of one address of the other end. */
interface Sample {
  readonly value: PredictionValue;
  readonly answer: RuleAnswer;
  readonly question: RuleQuestion;
}

/** What the NetworkPolicies say that isolate the pod in this direction; there is at least one. */
export function judgeIsolated(
  isolation: Isolation,
  question: DirectionQuestion,
  pod: PodEnd,
  surroundings: NetworkPolicySurroundings,
): Judgement {
  const { direction, subject, other } = question;
  const { labelsOf, refOf } = surroundings;
  const base: TraceBase = {
    direction,
    subject: subject.display,
    isolatedBy: isolation.policies.map((policy) => refOf(policy)),
  };
  const words = { ...question, subject: subject.display, other: other.display };
  const samples = askRules(isolation, question, pod, surroundings);
  const [first] = samples;
  const missed = samples.find((sample) => sample.value !== "allow");
  if (missed === undefined && first?.answer.match === "yes") {
    const { by } = first.answer;
    return {
      trace: {
        ...base,
        value: "allow",
        tier: "NetworkPolicy",
        allowedBy: refOf(by.policy, by.rule.path),
        reason: describeAllowance(by, words),
      },
    };
  }
  if (missed === undefined) {
    const reason = `${subject.display} may always reach itself through a Service (S34)`;
    return { trace: { ...base, value: "allow", reason } };
  }
  const ownNode = isOwnNode(pod, question);
  if (ownNode && direction === "ingress") {
    const reason = `${subject.display} always lets its own node in (S35)`;
    return { trace: { ...base, value: "allow", reason } };
  }
  const nearest = nearestMiss(
    isolation,
    { direction, subject: pod, other, question: { ...missed.question, knobs: question.knobs.peek } },
    labelsOf,
    refOf,
  );
  const traced = nearest === undefined ? base : { ...base, nearest };
  if (samples.some((sample) => sample.value !== "deny")) {
    return undetermined(traced, whyOpen(samples, isolation, words, other, labelsOf));
  }
  const reason = `${describeDenial(isolation.policies, words)}${exemptNode(pod, question)}`;
  return { trace: { ...traced, value: "deny", tier: "NetworkPolicy", reason } };
}

/** One sample for all addresses that no ipBlock tells apart; stops once two of them differ. */
function askRules(
  isolation: Isolation,
  { direction, other, port, protocol, family, toSelf, knobs }: DirectionQuestion,
  pod: PodEnd,
  { labelsOf, nodes }: NetworkPolicySurroundings,
): readonly Sample[] {
  const destination = direction === "ingress" ? pod.spec : other.pod?.spec;
  // Where blocks may pass over nodes, the nodes' addresses differ from those around them.
  const nodesDiffer = other.address !== "exact" && knobs.may("ipBlockNodes", "no-match");
  const blocks =
    nodesDiffer && isolation.blocks.length > 0 ? [...isolation.blocks, ...nodes.blocks] : isolation.blocks;
  const addresses = blocks.length === 0 ? [undefined] : sampleAddresses(other.ranges, blocks, family);
  const samples: Sample[] = [];
  for (const address of addresses) {
    const ruleQuestion: RuleQuestion = {
      pod: other.pod,
      address,
      port,
      protocol,
      destination,
      knobs,
      isNode: nodes.isNode,
    };
    const answer = answerOf(isolation.rules, ruleQuestion, labelsOf);
    const settled = settledValue(answer, isolation);
    const value = settled === "deny" && toSelf === "exempt-service" ? "allow" : settled;
    samples.push({ value, answer, question: ruleQuestion });
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
    return describeSplit(
      samples.map(({ value, question }) => ({ value, address: question.address })),
      other,
    );
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
