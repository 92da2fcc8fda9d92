import type { AdminDecision, DirectionTrace } from "../../model/prediction.ts";
import type { PodEnd } from "../../model/traffic.ts";
import { singleAddress } from "../../selectors/cidr.ts";
import type { IpAddress } from "../../selectors/ip-address.ts";
import { type JudgeWorld, judgeNetworkPolicies, unisolated } from "../direction-judge.ts";
import type { EndView } from "../end-view.ts";
import {
  type DirectionQuestion,
  type Judgement,
  notReadable,
  overSamples,
  type TraceBase,
  undetermined,
} from "../judgement.ts";
import { sampleAddresses } from "../sample-addresses.ts";
import { type AdminStack, resourceOf } from "./admin-index.ts";
import type { AdminQuestion } from "./admin-match.ts";
import { nearestAdminMiss } from "./admin-miss.ts";
import { describeAdminRule } from "./admin-text.ts";
import type { CompiledAdminRule } from "./compiled-admin-policy.ts";
import { askTier, isEnforced, type TierResults } from "./tier-results.ts";

/** A question about one address of the other end. */
export interface TierQuestion {
  readonly question: DirectionQuestion;
  readonly admin: AdminQuestion;
  readonly pod: PodEnd;
  readonly stack: AdminStack;
  readonly world: JudgeWorld;
}

/** Admin tier, then NetworkPolicies, then Baseline tier, then default allow (semantics.md section 2). */
export function judgeTiers(
  question: DirectionQuestion,
  pod: PodEnd,
  stack: AdminStack,
  world: JudgeWorld,
): Judgement {
  const { direction, subject, other, knobs, family } = question;
  const unread = stack.unread.find(({ kind }) => isEnforced(kind, knobs));
  if (unread !== undefined) {
    return undetermined(
      { direction, subject: subject.display, isolatedBy: [] },
      notReadable(unread.reason, resourceOf(unread.kind)),
    );
  }
  const isolation = world.isolationOf(pod, direction);
  const nodesDiffer = other.address !== "exact" && knobs.may("ipBlockNodes", "no-match");
  const blocks = [...stack.blocks, ...isolation.blocks, ...(nodesDiffer ? world.nodes.blocks : [])];
  const addresses = blocks.length === 0 ? [undefined] : sampleAddresses(other.ranges, blocks, family);
  const judged: { value: DirectionTrace["value"]; address: IpAddress | undefined; judgement: Judgement }[] =
    [];
  for (const address of addresses) {
    const judgement = judgeAddress(question, address, pod, stack, world);
    judged.push({ value: judgement.trace.value, address, judgement });
    if (judgement.trace.value !== judged[0]?.value) {
      break;
    }
  }
  return overSamples(judged, other);
}

function judgeAddress(
  question: DirectionQuestion,
  address: IpAddress | undefined,
  pod: PodEnd,
  stack: AdminStack,
  world: JudgeWorld,
): Judgement {
  const { direction, other, port, protocol, knobs } = question;
  const narrowed: EndView = address === undefined ? other : { ...other, ranges: [singleAddress(address)] };
  const asked: TierQuestion = {
    question: { ...question, other: narrowed },
    admin: {
      pod: other.pod,
      address,
      port,
      protocol,
      destination: direction === "ingress" ? pod.spec : other.pod?.spec,
      knobs,
      isNode: world.nodes.isNode,
      host: other.host,
    },
    pod,
    stack,
    world,
  };
  return anyOf(asked, askTier(stack.tiers.Admin, asked.admin, world), () => afterAdmin(asked));
}

/** NetworkPolicies are final for the pods that they select; only for others the Baseline tier is asked (T5). */
function afterAdmin(asked: TierQuestion): Judgement {
  const { question, pod, stack, world } = asked;
  const byPolicies = judgeNetworkPolicies(question, pod, world);
  if (byPolicies !== undefined) {
    return byPolicies;
  }
  const baseline = anyOf(asked, askTier(stack.tiers.Baseline, asked.admin, world), () =>
    unisolated(question),
  );
  if (baseline.trace.value === "allow") {
    return baseline;
  }
  const { direction, subject, knobs } = question;
  const opposite = direction === "ingress" ? "egress" : "ingress";
  const selected = world.isolationOf(pod, opposite).policies.length > 0;
  if (selected && knobs.read("npGatesBaseline") === "any") {
    const reason = `NetworkPolicies select ${subject.display} for ${opposite}, so the Baseline tier is not asked (T5)`;
    return {
      trace: { direction, subject: subject.display, isolatedBy: [], value: "allow", reason },
    };
  }
  return baseline;
}

/** One judgement for all the ways in which a tier may end: theirs, if they agree. */
function anyOf(asked: TierQuestion, { results, why }: TierResults, next: () => Judgement): Judgement {
  const judged = results.map(({ by }) => (by === undefined ? next() : decided(asked, by, next)));
  const [first] = judged;
  if (first === undefined) {
    throw new Error("a tier ended in no way at all");
  }
  if (judged.every(({ trace }) => trace.value === first.trace.value)) {
    return first;
  }
  const { question } = asked;
  const traces = judged.map(({ trace }) => trace);
  const nearest = traces.find((trace) => trace.nearest !== undefined)?.nearest;
  const isolatedBy = traces.find((trace) => trace.isolatedBy.length > 0)?.isolatedBy ?? [];
  const base: TraceBase = {
    direction: question.direction,
    subject: question.subject.display,
    isolatedBy,
    admin: results.flatMap(({ by }) => (by === undefined ? [] : [decisionOf(asked, by)])),
    ...(nearest === undefined ? {} : { nearest }),
  };
  if (why !== undefined) {
    return undetermined(base, why);
  }
  const rules = results.flatMap(({ by }) => (by === undefined ? [] : [describe(asked, by)]));
  return undetermined(base, `policies of the same priority differ (T2): ${rules.join("; ")}`, {
    openPoint: "T2",
    knob: "samePriority",
  });
}

function decided(asked: TierQuestion, by: CompiledAdminRule, next: () => Judgement): Judgement {
  const decision = decisionOf(asked, by);
  const { action, tier, rule } = decision;
  const { direction, subject } = asked.question;
  const base = { direction, subject: subject.display, isolatedBy: [], tier, admin: [decision] } as const;
  switch (action) {
    case "Accept":
      return { trace: { ...base, value: "allow", allowedBy: rule, reason: describe(asked, by) } };
    case "Deny": {
      const nearest = nearestAdminMiss(asked, by);
      return {
        trace: {
          ...base,
          value: "deny",
          deniedBy: rule,
          ...(nearest === undefined ? {} : { nearest }),
          reason: describe(asked, by),
        },
      };
    }
    case "Pass": {
      const judgement = next();
      return {
        ...judgement,
        trace: { ...judgement.trace, admin: [decision, ...(judgement.trace.admin ?? [])] },
      };
    }
    default: {
      const never: never = action;
      throw new Error(`unhandled action ${String(never)}`);
    }
  }
}

function describe({ question }: TierQuestion, by: CompiledAdminRule): string {
  const { subject, other } = question;
  return describeAdminRule(by, { ...question, subject: subject.display, other: other.display });
}

function decisionOf({ world }: TierQuestion, { policy, rule }: CompiledAdminRule): AdminDecision {
  return {
    tier: policy.tier,
    rule: world.refOf(policy, rule.path),
    ruleIndex: rule.index,
    ...(rule.name === undefined ? {} : { ruleName: rule.name }),
    action: rule.action,
  };
}
