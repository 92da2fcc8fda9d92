import type { NetworkPolicy } from "../model/kubernetes.ts";

/** One change of one NetworkPolicy, by namespace and name. */
export type PolicyChange =
  /** Added, or put in place of the one of its name. */
  | { readonly kind: "set"; readonly policy: NetworkPolicy }
  | { readonly kind: "removed"; readonly namespace: string; readonly name: string };

/** Which policy a change is about. */
export function subjectOf(change: PolicyChange): { readonly namespace: string; readonly name: string } {
  if (change.kind === "removed") return change;
  const { namespace, name } = change.policy.metadata;
  return { namespace: namespace ?? "default", name };
}

/** The policies after a change. */
export function changedPolicies(
  policies: readonly NetworkPolicy[],
  change: PolicyChange,
): readonly NetworkPolicy[] {
  const { namespace, name } = subjectOf(change);
  const others = policies.filter(
    ({ metadata }) => metadata.name !== name || (metadata.namespace ?? "default") !== namespace,
  );
  return change.kind === "set" ? [...others, change.policy] : others;
}
