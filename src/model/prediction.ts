import type { SourcePosition } from "../source/position.ts";
import type { AdminAction, AdminPolicyKind, AdminTier } from "./admin-policy.ts";
import type { KnobName } from "./profile.ts";

export type PredictionValue = "allow" | "deny" | "undetermined";
export type Direction = "ingress" | "egress";

/** A policy, or a rule or a part of a rule of it. */
export interface PolicyRef {
  readonly kind: "NetworkPolicy" | AdminPolicyKind;
  /** Absent for the admin tiers, which stand outside of namespaces. */
  readonly namespace?: string;
  readonly name: string;
  /** Field path inside the object, such as `spec.ingress[0].from[1]`; absent: the policy as a whole. */
  readonly path?: string;
  /** Only for policies that were read from files. */
  readonly position?: SourcePosition;
}

/** What messages call a policy: `shop/allow-web`; of the admin tiers with its kind: `ClusterNetworkPolicy deny-all`. */
export function policyName({ kind, namespace, name }: PolicyRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${namespace}/${name}`;
}

/** A rule of the Admin or Baseline tier that matched. */
export interface AdminDecision {
  readonly tier: AdminTier;
  /** The rule, with its field path. */
  readonly rule: PolicyRef;
  /** Its place among the policy's rules of this direction, from 0. */
  readonly ruleIndex: number;
  readonly ruleName?: string;
  readonly action: AdminAction;
}

/** Which tier gave the answer; `default`: none did, so the traffic is allowed. */
export type DecidingTier = AdminTier | "NetworkPolicy" | "default";

/**
 * The rule that came nearest to allowing the traffic and the condition that it failed on: a rule of an isolating
 * policy, or one whose policy by one slip (a mistyped label in its podSelector, a missing policyTypes entry) is not in
 * force for the pod; the condition is then that slip.
 */
export interface NearMiss {
  readonly rule: PolicyRef;
  /** The condition's field path, such as `spec.ingress[0].from[0].podSelector.matchLabels.tier`. */
  readonly condition: PolicyRef;
  /** One line for people: `label tier=db wanted, pod has tier=database`. */
  readonly text: string;
}

/** Why one direction of a connection is open or closed. */
export interface DirectionTrace {
  readonly direction: Direction;
  readonly value: PredictionValue;
  /** The pod end that this direction is judged at, `namespace/name` or `namespace/{labels}`; absent: no pod there. */
  readonly subject?: string;
  /** Absent: no pod there, several answers, or what exempts the traffic is no policy. */
  readonly tier?: DecidingTier;
  /** NetworkPolicies that isolate the pod in this direction; empty: not isolated, or decided in the Admin tier. */
  readonly isolatedBy: readonly PolicyRef[];
  /** Rules of the admin tiers that matched, in order: Passes, then the one that decided, if one did. */
  readonly admin?: readonly AdminDecision[];
  /** The rule of a NetworkPolicy or of an admin tier that allows, when `value` is allow and there is one. */
  readonly allowedBy?: PolicyRef;
  /** The rule of an admin tier that denies. */
  readonly deniedBy?: PolicyRef;
  /** When `value` is not allow: the nearest rule, if there is any. */
  readonly nearest?: NearMiss;
  /** When `value` is undetermined: what it depends on. */
  readonly undetermined?: string;
  /** One line for people. */
  readonly reason: string;
}

/** What the policies as written say about one connection. */
export interface Prediction {
  readonly value: PredictionValue;
  /** One line for people, naming the rule that decides. */
  readonly reason: string;
  /** The rule of semantics.md that leaves it open, such as `S33`, when undetermined by the API. */
  readonly openPoint?: string;
  /** The knob of the profile that would decide it, when undetermined by the API or by how network plugins differ. */
  readonly knob?: KnobName;
  /** What is worth knowing though the answer does not hang on it, such as a port name that is ambiguous (S28, S30). */
  readonly notes?: readonly string[];
  readonly egress: DirectionTrace;
  readonly ingress: DirectionTrace;
}
