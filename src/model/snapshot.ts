import type { SourcePosition } from "../source/position.ts";
import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  EndpointSlice,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
  Workload,
} from "./kubernetes.ts";

/** Resources that a snapshot holds; the names of the API. */
export type SnapshotResource =
  | "namespaces"
  | "pods"
  | "services"
  | "endpointslices"
  | "networkpolicies"
  | "nodes"
  | "workloads"
  | "clusternetworkpolicies"
  | "adminnetworkpolicies"
  | "baselineadminnetworkpolicies";

/** Something that could not be read. What depends on it is `undetermined`. */
export interface Unread {
  readonly resource: SnapshotResource;
  /** The namespace that it concerns; absent: the whole cluster, but for the namespaces in `readNamespaces`. */
  readonly namespace?: string;
  /** Where `namespace` is absent: the namespaces that could be read all the same. */
  readonly readNamespaces?: readonly string[];
  /** One line, such as `forbidden: cannot list networkpolicies in namespace "shop"`. */
  readonly reason: string;
}

/** A policy kind that filters traffic and that we do not read (Cilium, Calico, Antrea, mesh). */
export interface ForeignPolicies {
  /** API group, such as `cilium.io`. */
  readonly group: string;
  readonly kind: string;
  /** How many objects there are; undefined: they may not be listed. */
  readonly count: number | undefined;
}

/** The policies of the Admin and Baseline tiers, as the API has them; src/policy/tiers/normalise.ts makes one form of them. */
export interface AdminPolicyObjects {
  readonly clusterNetworkPolicies: readonly ClusterNetworkPolicy[];
  readonly adminNetworkPolicies: readonly AdminNetworkPolicy[];
  readonly baselineAdminNetworkPolicies: readonly BaselineAdminNetworkPolicy[];
}

export const NO_ADMIN_POLICIES: AdminPolicyObjects = {
  clusterNetworkPolicies: [],
  adminNetworkPolicies: [],
  baselineAdminNetworkPolicies: [],
};

/** Where an object, or a part of it, stands in the manifests. `path` is the field path from the object's root. */
export type Locate = (
  object: { readonly kind: string; readonly namespace?: string; readonly name: string },
  path: readonly (string | number)[],
) => SourcePosition | undefined;

/**
 * All that predictions and plans are made from, read once. Namespaced objects have `metadata.namespace` set.
 * Every namespace carries the label `kubernetes.io/metadata.name` (S14).
 */
export interface Snapshot {
  readonly origin: "cluster" | "manifests";
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly adminPolicies: AdminPolicyObjects;
  readonly nodes: readonly Node[];
  readonly workloads: readonly Workload[];
  readonly unread: readonly Unread[];
  readonly foreignPolicies: readonly ForeignPolicies[];
  /** Positions of objects that came from files; always undefined for a live cluster's. */
  readonly locate: Locate;
}

/** The record that says that a resource of a namespace could not be read; undefined: it was read. */
export function unreadIn(
  unread: readonly Unread[],
  resource: SnapshotResource,
  namespace: string,
): Unread | undefined {
  return unread.find(
    (entry) =>
      entry.resource === resource &&
      (entry.namespace === undefined
        ? entry.readNamespaces?.includes(namespace) !== true
        : entry.namespace === namespace),
  );
}
