import type { Direction } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { EndView } from "./end-view.ts";
import {
  type DirectionQuestion,
  isOwnNode,
  type Judgement,
  lifted,
  notReadable,
  undetermined,
} from "./judgement.ts";
import { createNamespaceLabels } from "./namespace-labels.ts";
import { judgeIsolated, type NetworkPolicySurroundings } from "./network-policy-judge.ts";
import { createPolicyIndex, type Isolation, type IsolationOf } from "./policy-index.ts";
import { createPolicyRefs } from "./policy-ref.ts";
import { type AdminIndex, createAdminIndex } from "./tiers/admin-index.ts";
import { createNodeBook } from "./tiers/nodes.ts";
import { judgeTiers } from "./tiers/tier-judge.ts";

export interface DirectionJudge {
  judge(question: DirectionQuestion): Judgement;
  /** Whether the other end's address can matter to policies of this pod. */
  readsAddress(subject: EndView, direction: Direction): boolean;
  /** Whether any policy says anything of this pod in this direction, or may. */
  isFiltered(subject: EndView, direction: Direction): boolean;
  /** What isolates a pod by NetworkPolicies. */
  readonly isolationOf: IsolationOf;
}

/** What a direction is judged in. */
export interface JudgeWorld extends NetworkPolicySurroundings {
  readonly isolationOf: IsolationOf;
  readonly admin: AdminIndex;
}

export function createDirectionJudge(
  snapshot: Pick<
    Snapshot,
    "namespaces" | "networkPolicies" | "adminPolicies" | "nodes" | "unread" | "locate"
  >,
): DirectionJudge {
  const labelsOf = createNamespaceLabels(snapshot);
  const nodes = createNodeBook(snapshot);
  const world: JudgeWorld = {
    isolationOf: createPolicyIndex(snapshot),
    labelsOf,
    nodes,
    refOf: createPolicyRefs(snapshot.locate),
    admin: createAdminIndex(snapshot, { labelsOf, nodes }),
  };
  return {
    judge: (question) => judge(question, world),
    readsAddress: ({ pod }, direction) =>
      pod !== undefined &&
      (world.isolationOf(pod, direction).blocks.length > 0 || !world.admin.stackOf(pod, direction).isEmpty),
    isFiltered: ({ pod }, direction) => {
      if (pod === undefined) {
        return false;
      }
      const { policies, unread } = world.isolationOf(pod, direction);
      return policies.length > 0 || unread !== undefined || !world.admin.stackOf(pod, direction).isEmpty;
    },
    isolationOf: world.isolationOf,
  };
}

function judge(question: DirectionQuestion, world: JudgeWorld): Judgement {
  const { direction, subject } = question;
  const { pod } = subject;
  if (pod === undefined) {
    return { trace: { direction, value: "allow", isolatedBy: [], reason: unselected(subject) } };
  }
  const stack = world.admin.stackOf(pod, direction);
  // T13: a pod's traffic to its own address is not subject to the admin tiers.
  const judgement =
    stack.isEmpty || question.toSelf === "address"
      ? (judgeNetworkPolicies(question, pod, world) ?? unisolated(question))
      : judgeTiers(question, pod, stack, world);
  const isOpen =
    direction === "egress" &&
    judgement.trace.value === "deny" &&
    isOwnNode(pod, question) &&
    question.knobs.read("podToOwnNode") === "allowed";
  return isOpen ? lifted(judgement, `${subject.display} may always reach its own node (S35)`) : judgement;
}

/** What the NetworkPolicies say; undefined: none isolates the pod, so they have nothing to say (S4). */
export function judgeNetworkPolicies(
  question: DirectionQuestion,
  pod: PodEnd,
  world: JudgeWorld,
): Judgement | undefined {
  const isolation = world.isolationOf(pod, question.direction);
  if (isolation.policies.length > 0) {
    return judgeIsolated(isolation, question, pod, world);
  }
  return isolation.unread === undefined ? undefined : unreadPolicies(isolation, question, pod);
}

/** An unread policy could isolate the pod, but not cut it off from its own node. */
function unreadPolicies(
  isolation: Isolation,
  question: DirectionQuestion,
  pod: PodEnd,
): Judgement | undefined {
  const { direction, subject } = question;
  return direction === "ingress" && isOwnNode(pod, question)
    ? undefined
    : undetermined(
        { direction, subject: subject.display, isolatedBy: [] },
        notReadable(isolation.unread, `networkpolicies of namespace ${pod.namespace}`),
      );
}

export function unisolated({ direction, subject }: DirectionQuestion): Judgement {
  const reason = `no policy isolates ${subject.display} for ${direction}`;
  return {
    trace: { direction, subject: subject.display, isolatedBy: [], value: "allow", tier: "default", reason },
  };
}

function unselected({ display, asNode }: EndView): string {
  return asNode
    ? `${display} shares its node's network, so no policy selects it (S36)`
    : `${display} is no pod, so no policy isolates it`;
}
