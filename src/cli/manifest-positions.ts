import { isDeepStrictEqual } from "node:util";
import type { NetworkPolicy } from "../model/kubernetes.ts";
import { type Locate, type Snapshot, unreadIn } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";

export interface Positioned {
  /** The cluster's, which now knows where its policies stand in the files. */
  readonly snapshot: Snapshot;
  /** Policies of the files that the cluster has not, or not so. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives a live cluster's NetworkPolicies the positions of those in files with the same namespace, name and spec. One
 * that differs gets none: the lines would be about something else.
 */
export function withPositions(live: Snapshot, files: Snapshot): Positioned {
  const inCluster = new Map(live.networkPolicies.map((policy) => [keyOf(policy), policy]));
  const same = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const policy of files.networkPolicies) {
    const key = keyOf(policy);
    const { namespace = "default", name } = policy.metadata;
    if (unreadIn(live.unread, "networkpolicies", namespace ?? "default") !== undefined) continue;
    const found = inCluster.get(key);
    if (found !== undefined && isDeepStrictEqual(normalised(found.spec), normalised(policy.spec))) {
      same.add(key);
      continue;
    }
    const position = files.locate({ kind: "NetworkPolicy", namespace: namespace ?? "default", name }, []);
    const what = found === undefined ? "is not in the cluster" : "is another one in the cluster";
    diagnostics.push({
      severity: "warning",
      message: `NetworkPolicy ${key} of the manifests ${what}`,
      hint: "the run is about the cluster as it is; apply the manifests to try them",
      ...(position === undefined
        ? {}
        : {
            range: {
              file: position.file,
              start: { line: position.line, column: position.column },
              end: { line: position.line, column: position.column },
            },
          }),
    });
  }
  const locate: Locate = (object, path) =>
    object.kind === "NetworkPolicy" && same.has(`${object.namespace ?? "default"}/${object.name}`)
      ? files.locate(object, path)
      : undefined;
  return { snapshot: { ...live, locate }, diagnostics };
}

function keyOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

type Spec = NonNullable<NetworkPolicy["spec"]>;

/** With the API server's defaults (S3), and without nulls: one policy, whoever wrote it down. */
function normalised(spec: NetworkPolicy["spec"]): unknown {
  const types = spec?.policyTypes ?? [];
  const egress = (spec?.egress ?? []).length > 0;
  const policyTypes = types.length > 0 ? [...types].sort() : egress ? ["Egress", "Ingress"] : ["Ingress"];
  return withoutNulls({
    ...spec,
    policyTypes,
    ingress: rules(spec?.ingress, "from"),
    egress: rules(spec?.egress, "to"),
  });
}

function rules(list: Spec["ingress"] | Spec["egress"], peers: "from" | "to"): unknown {
  return (list ?? []).map((rule) => {
    const given = (rule ?? {}) as Readonly<Record<string, unknown>>;
    const ports = (rule?.ports ?? []).map((port) => ({ ...port, protocol: port?.protocol ?? "TCP" }));
    // An empty list of peers or ports is an absent one; an empty rule is not.
    return { [peers]: given[peers] ?? [], ports };
  });
}

/** Without nulls; empty objects and lists stay, since an empty selector is not an absent one. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
