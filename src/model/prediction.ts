import type { SourcePosition } from "../source/position.ts";

export type PredictionValue = "allow" | "deny" | "undetermined";
export type Direction = "ingress" | "egress";

/** A policy, or a rule or a part of a rule of it. */
export interface PolicyRef {
  readonly kind: "NetworkPolicy";
  readonly namespace: string;
  readonly name: string;
  /** Field path inside the object, such as `spec.ingress[0].from[1]`; absent: the policy as a whole. */
  readonly path?: string;
  /** Only for policies that were read from files. */
  readonly position?: SourcePosition;
}

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
  /** Policies that isolate the pod in this direction; empty: not isolated. */
  readonly isolatedBy: readonly PolicyRef[];
  /** The first rule that allows, when `value` is allow and the pod is isolated. */
  readonly allowedBy?: PolicyRef;
  /** When `value` is not allow and the pod is isolated: the nearest rule, if there is any. */
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
  readonly egress: DirectionTrace;
  readonly ingress: DirectionTrace;
}
