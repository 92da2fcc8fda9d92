import type { Snapshot } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { CidrOptions } from "./validate-cidr.ts";
import { validateNetworkPolicy } from "./validate-network-policy.ts";

/**
 * The NetworkPolicies of a snapshot that the API server would refuse, one error for each reason, in its own words. A
 * prediction from such a policy would be about a cluster that can't exist.
 */
export function validateSnapshotPolicies(
  snapshot: Snapshot,
  options: CidrOptions = { strictCidr: true },
): readonly Diagnostic[] {
  return snapshot.networkPolicies.flatMap((policy) => {
    const { name, namespace } = policy.metadata;
    const where = namespace ? { kind: "NetworkPolicy", namespace, name } : { kind: "NetworkPolicy", name };
    return validateNetworkPolicy(policy, options).map((error): Diagnostic => {
      const position = snapshot.locate(where, error.at);
      const message = `NetworkPolicy ${namespace ?? "default"}/${name}: ${error.message}`;
      if (position === undefined) return { severity: "error", message };
      const { file, line, column } = position;
      const start = { line, column };
      return { severity: "error", message, range: { file, start, end: start } };
    });
  });
}
