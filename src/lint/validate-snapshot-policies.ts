import type { KubernetesObject } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { FieldError } from "./field-error.ts";
import { type ApiServerVersion, NEWEST } from "./kubernetes-version.ts";
import { type AdminKind, validateAdminPolicy } from "./validate-admin-policy.ts";
import { validateNetworkPolicy } from "./validate-network-policy.ts";

/**
 * The policies of a snapshot that the API server would refuse, one error for each reason, in its own words. A
 * prediction from such a policy would be about a cluster that can't exist.
 */
export function validateSnapshotPolicies(
  snapshot: Snapshot,
  version: ApiServerVersion = NEWEST,
): readonly Diagnostic[] {
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
    snapshot.adminPolicies;
  const admin = (kind: AdminKind, policies: readonly KubernetesObject[]) =>
    policies.flatMap((policy) => diagnosticsOf(kind, policy, validateAdminPolicy(kind, policy), snapshot));
  return [
    ...snapshot.networkPolicies.flatMap((policy) =>
      diagnosticsOf("NetworkPolicy", policy, validateNetworkPolicy(policy, version), snapshot),
    ),
    ...admin("ClusterNetworkPolicy", clusterNetworkPolicies),
    ...admin("AdminNetworkPolicy", adminNetworkPolicies),
    ...admin("BaselineAdminNetworkPolicy", baselineAdminNetworkPolicies),
  ];
}

function diagnosticsOf(
  kind: string,
  { metadata: { name, namespace } }: KubernetesObject,
  errors: readonly FieldError[],
  { locate }: Snapshot,
): Diagnostic[] {
  const where = namespace ? { kind, namespace, name } : { kind, name };
  const place = namespace ?? (kind === "NetworkPolicy" ? "default" : undefined);
  return errors.map((error): Diagnostic => {
    const position = locate(where, error.at);
    const message = `${kind} ${place === undefined ? name : `${place}/${name}`}: ${error.message}`;
    if (position === undefined) return { severity: "error", message };
    const { file, line, column } = position;
    const start = { line, column };
    return { severity: "error", message, range: { file, start, end: start } };
  });
}
