import type { CanaryMode } from "../model/canary.ts";
import { ClusterError } from "../model/errors.ts";
import type { NetworkPolicy } from "../model/kubernetes.ts";
import type { Right } from "../model/right.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { canaryPolicy, canaryTells } from "../plan/plan-canaries.ts";
import { rightsText } from "../plan/rights.ts";
import type { Evaluator } from "../policy/evaluator.ts";

/** Where the canaries are to be, and the world with their policy in it; or why there are none. */
export type CanaryPlace =
  | { readonly namespace: string; readonly policy: NetworkPolicy; readonly evaluator: Evaluator }
  | { readonly reason: string };

export interface CanaryPlaceInputs {
  readonly mode: CanaryMode;
  readonly snapshot: Snapshot;
  /** Namespaces to try, best first. */
  readonly candidates: readonly string[];
  readonly policyName: string;
  readonly createEvaluator: (world: Snapshot) => Evaluator;
  /** What we lack to make canaries in a namespace. */
  readonly missingRights: (namespace: string) => readonly Right[];
}

/**
 * The first namespace where canaries may be made and would tell. Throws ClusterError("forbidden") where there is
 * none and the user requires one.
 */
export function placeCanary(inputs: CanaryPlaceInputs): CanaryPlace {
  const { mode, snapshot, policyName } = inputs;
  if (mode === "off") return { reason: "left out by --canary off" };
  const alive = new Set(
    snapshot.namespaces
      .filter(({ status }) => status?.phase !== "Terminating")
      .map(({ metadata }) => metadata.name),
  );
  const reasons: string[] = [];
  for (const namespace of new Set(inputs.candidates)) {
    if (!alive.has(namespace)) continue;
    const missing = inputs.missingRights(namespace);
    if (missing.length > 0) {
      reasons.push(`no right to ${rightsText(missing)}`);
      continue;
    }
    const policy = canaryPolicy(namespace, policyName);
    const evaluator = inputs.createEvaluator(withPolicy(snapshot, policy));
    if (canaryTells(namespace, evaluator)) return { namespace, policy, evaluator };
    reasons.push(`other policies decide for the canary in namespace ${namespace}`);
  }
  const reason = reasons[0] ?? "there is no namespace for the canary";
  if (mode === "require") {
    throw new ClusterError("forbidden", `the enforcement canary is required, and cannot be made: ${reason}`, {
      hint: "netverdict rbac prints the Roles that grant it; --canary auto runs without it, and is then not green",
    });
  }
  return { reason: `${reason} (netverdict rbac prints what grants it, --canary off does without)` };
}

/** The world with one more policy. */
export function withPolicy(snapshot: Snapshot, policy: NetworkPolicy): Snapshot {
  return { ...snapshot, networkPolicies: [...snapshot.networkPolicies, policy] };
}
