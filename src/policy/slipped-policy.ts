import type { Labels } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import type { CompiledPolicy } from "./compiled-policy.ts";
import { missesOfLabels } from "./label-miss.ts";
import { DISTANCE, type Miss } from "./miss.ts";

/** A policy that by one slip does not judge a pod in a direction though it has rules for it. */
export interface SlippedPolicy {
  readonly policy: CompiledPolicy;
  readonly miss: Miss;
}

/**
 * Of policies that do not isolate a pod in this direction, those whose podSelector fails on one mistyped label, and
 * those that select the pod but leave the direction out of `policyTypes`, which makes their rules inert (S3).
 */
export function slippedPolicies(
  policies: readonly CompiledPolicy[],
  labels: Labels,
  direction: Direction,
): readonly SlippedPolicy[] {
  return policies.flatMap((policy) => {
    const miss = policy.rules[direction].length > 0 ? slipOf(policy, labels, direction) : undefined;
    return miss === undefined ? [] : [{ policy, miss }];
  });
}

function slipOf(policy: CompiledPolicy, labels: Labels, direction: Direction): Miss | undefined {
  const holder = { labels, name: "pod", what: "label" };
  const [first, ...rest] = missesOfLabels(policy.subject, holder, ["spec", "podSelector"]);
  if (first === undefined) {
    const type = direction === "ingress" ? "Ingress" : "Egress";
    return {
      distance: DISTANCE.notInForce,
      path: ["spec", "policyTypes"],
      text: () => `policyTypes leaves out ${type}, so this rule does nothing`,
    };
  }
  const isSlip = first.distance === DISTANCE.slip && rest.length === 0 && policy.isolates[direction];
  return isSlip
    ? { ...first, distance: DISTANCE.notInForce, text: () => `the policy misses the pod: ${first.text()}` }
    : undefined;
}
