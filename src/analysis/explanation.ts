import type { Labels } from "../model/kubernetes.ts";
import type {
  AdminDecision,
  DirectionTrace,
  PolicyRef,
  Prediction,
  PredictionValue,
} from "../model/prediction.ts";
import type { ProfileName } from "../model/profile.ts";
import type { TrafficProtocol } from "../model/traffic.ts";

/** Which policies speak of a pod in one direction, whether they decide or not. */
export interface SelectingPolicies {
  readonly admin: readonly PolicyRef[];
  /** NetworkPolicies that isolate the pod. */
  readonly networkPolicies: readonly PolicyRef[];
  readonly baseline: readonly PolicyRef[];
}

/** What happens in one tier: `not asked` where one before it has decided. */
export interface TierStep {
  readonly tier: "Admin" | "NetworkPolicy" | "Baseline";
  readonly policies: readonly PolicyRef[];
  /** Rules of an admin tier that matched. */
  readonly matched: readonly AdminDecision[];
  readonly outcome: "none" | "no rule matches" | "passes on" | "decides" | "not asked";
}

/** One end's say: egress at the source, ingress at the target. */
export interface ExplainedDirection {
  readonly trace: DirectionTrace;
  /** Empty where the end is no pod: nothing is judged there. */
  readonly tiers: readonly TierStep[];
}

/** What could be done about an answer; the first is the least. */
export interface Change {
  /** `condition`: what the nearest rule misses by, and nothing else. */
  readonly kind: "condition" | "rule" | "policy" | "profile";
  /** One line for people. */
  readonly text: string;
  readonly at?: PolicyRef;
  /** A rule to add, as it stands in a manifest. */
  readonly rule?: string;
}

export interface ExplainedEnd {
  /** `shop/database-0`, an address, a host. */
  readonly display: string;
  /** The labels of a pod. */
  readonly labels?: Labels;
}

/** Connections that are answered alike, for the same reasons. */
export interface ExplainedCase {
  readonly from: readonly ExplainedEnd[];
  readonly to: readonly ExplainedEnd[];
  /** At the target; behind a Service its target port. */
  readonly port: number;
  readonly protocol: TrafficProtocol;
  /** The Service that it goes by: `shop/db`. */
  readonly service?: string;
  readonly prediction: Prediction;
  readonly egress: ExplainedDirection;
  readonly ingress: ExplainedDirection;
  /** What would have to change for the other answer. */
  readonly changes: readonly Change[];
}

/** Why a connection is allowed or denied. */
export interface Explanation {
  /** `shop/frontend -> shop/database:5432/TCP` */
  readonly flow: string;
  readonly profile: ProfileName;
  /** `mixed`: cases differ. */
  readonly answer: PredictionValue | "mixed";
  /** One line, above all where there is no case, such as a Service without endpoints. */
  readonly reason: string;
  readonly cases: readonly ExplainedCase[];
  /** Worth knowing: a hypothetical source, a policy kind that is not read. */
  readonly notes: readonly string[];
}
