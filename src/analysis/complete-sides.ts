import type { KubernetesObject, Namespace, Pod } from "../model/kubernetes.ts";
import type { Snapshot, Unread } from "../model/snapshot.ts";
import { withLivePods, writtenSlices } from "./live-pods.ts";
import { createWorkloadFinder, workloadKey } from "./workload-of.ts";

/** What two sets of policies are compared on, and what was taken from one side for the other. */
export interface CompletedSides {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly notes: readonly string[];
}

/** A side that holds no pods, only policies, is about those of the other side. */
export function completeSides(before: Snapshot, after: Snapshot): CompletedSides {
  const note = (to: string, from: string): string =>
    `${to} holds no workloads: those of ${from} stand for both sides`;
  if (before.pods.length === 0 && after.pods.length > 0) {
    return { before: withWorldOf(before, after), after, notes: [note("BEFORE", "AFTER")] };
  }
  if (after.pods.length === 0 && before.pods.length > 0) {
    return { before, after: withWorldOf(after, before), notes: [note("AFTER", "BEFORE")] };
  }
  return {
    before: withSurroundings(before, after),
    after: withSurroundings(after, before),
    notes: [],
  };
}

function withWorldOf(side: Snapshot, other: Snapshot): Snapshot {
  const { origin, pods, services, endpointSlices, nodes, workloads } = other;
  return {
    ...side,
    origin,
    pods,
    services,
    endpointSlices,
    nodes,
    workloads,
    namespaces: mergedNamespaces(side.namespaces, other.namespaces),
    unread: [...side.unread, ...other.unread.filter(isNoPolicy)],
  };
}

/** Manifests hold no nodes, no addresses, and not always the namespaces: a cluster on the other side knows them. */
function withSurroundings(side: Snapshot, other: Snapshot): Snapshot {
  if (side.origin === "cluster" || other.origin !== "cluster") return side;
  return {
    ...withLivePods(side, other),
    nodes: side.nodes.length === 0 ? other.nodes : side.nodes,
    namespaces: mergedNamespaces(side.namespaces, other.namespaces),
    unread: [
      ...side.unread,
      ...other.unread.filter(({ resource }) => resource === "namespaces" || resource === "nodes"),
    ],
  };
}

/** The policies of a side are its own. */
function isNoPolicy({ resource }: Unread): boolean {
  return !resource.endsWith("policies");
}

/** Namespaces that the files only name have the labels that the other side knows. */
function mergedNamespaces(own: readonly Namespace[], others: readonly Namespace[]): readonly Namespace[] {
  const merged = new Map(others.map((namespace) => [namespace.metadata.name, namespace]));
  for (const namespace of own) {
    const { name, labels } = namespace.metadata;
    if (!merged.has(name) || Object.keys(labels ?? {}).length > 1) merged.set(name, namespace);
  }
  return [...merged.values()];
}

/** What is there once `change` is applied to `base`, as kubectl would: objects replace their like, nothing is removed. */
export function applied(base: Snapshot, change: Snapshot): Snapshot {
  const isLive = base.origin === "cluster";
  const { pods, services } = isLive ? withLivePods(change, base) : change;
  const laid = {
    services: lay(base.services, services),
    endpointSlices: lay(base.endpointSlices, change.endpointSlices),
  };
  // What stands behind Services may be other pods from now on; controllers have not seen them yet.
  const isMoved = isLive && (pods.length > 0 || services.length > 0);
  const workloadOf = createWorkloadFinder(base);
  const replaced = new Set(
    change.workloads.map(({ kind, metadata }) =>
      workloadKey({ kind, namespace: metadata.namespace ?? "default", name: metadata.name }),
    ),
  );
  const staying = base.pods.filter((pod: Pod) => !replaced.has(workloadKey(workloadOf(pod))));
  const own = new Set(
    [
      ...change.networkPolicies.map((policy) => ["NetworkPolicy", policy] as const),
      ...change.adminPolicies.clusterNetworkPolicies.map(
        (policy) => ["ClusterNetworkPolicy", policy] as const,
      ),
      ...change.adminPolicies.adminNetworkPolicies.map((policy) => ["AdminNetworkPolicy", policy] as const),
      ...change.adminPolicies.baselineAdminNetworkPolicies.map(
        (policy) => ["BaselineAdminNetworkPolicy", policy] as const,
      ),
    ].map(([kind, policy]) => `${kind}/${nameOf(policy)}`),
  );
  const [below, above] = [base.adminPolicies, change.adminPolicies];
  return {
    ...base,
    namespaces: mergedNamespaces(change.namespaces, base.namespaces),
    ...laid,
    ...(isMoved ? { origin: "manifests" as const, endpointSlices: writtenSlices(laid) } : {}),
    pods: lay(staying, pods),
    networkPolicies: lay(base.networkPolicies, change.networkPolicies),
    adminPolicies: {
      clusterNetworkPolicies: lay(below.clusterNetworkPolicies, above.clusterNetworkPolicies),
      adminNetworkPolicies: lay(below.adminNetworkPolicies, above.adminNetworkPolicies),
      baselineAdminNetworkPolicies: lay(
        below.baselineAdminNetworkPolicies,
        above.baselineAdminNetworkPolicies,
      ),
    },
    nodes: lay(base.nodes, change.nodes),
    workloads: [
      ...base.workloads.filter(
        ({ kind, metadata }) =>
          !replaced.has(
            workloadKey({ kind, namespace: metadata.namespace ?? "default", name: metadata.name }),
          ),
      ),
      ...change.workloads,
    ],
    locate: (object, path) =>
      own.has(`${object.kind}/${object.namespace === undefined ? "" : `${object.namespace}/`}${object.name}`)
        ? change.locate(object, path)
        : base.locate(object, path),
  };
}

function lay<T extends KubernetesObject>(under: readonly T[], over: readonly T[]): readonly T[] {
  return [...new Map([...under, ...over].map((object) => [nameOf(object), object])).values()];
}

/** `shop/db`, of what stands outside of namespaces `db`. */
function nameOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined || namespace === null ? name : `${namespace}/${name}`;
}
