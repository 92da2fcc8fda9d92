import { FOREIGN_POLICY_KINDS } from "../model/foreign-policy-kinds.ts";
import { nearest } from "../source/nearest.ts";

/** A kind that a snapshot is made of. */
export type ReadKind =
  | "Namespace"
  | "Pod"
  | "Service"
  | "EndpointSlice"
  | "NetworkPolicy"
  | "Node"
  | "Deployment"
  | "StatefulSet"
  | "DaemonSet"
  | "ReplicaSet"
  | "ReplicationController"
  | "Job"
  | "CronJob"
  | "ClusterNetworkPolicy"
  | "AdminNetworkPolicy"
  | "BaselineAdminNetworkPolicy";

const API_VERSIONS: Readonly<Record<ReadKind, string>> = {
  Namespace: "v1",
  Pod: "v1",
  Service: "v1",
  Node: "v1",
  ReplicationController: "v1",
  EndpointSlice: "discovery.k8s.io/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  ReplicaSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  ClusterNetworkPolicy: "policy.networking.k8s.io/v1alpha2",
  AdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
  BaselineAdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
};

const CLUSTER_SCOPED: ReadonlySet<string> = new Set<ReadKind>([
  "Namespace",
  "Node",
  "ClusterNetworkPolicy",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
]);

/** The other kinds of the groups that ours are in, as `kubectl api-resources` of Kubernetes 1.36 lists them. */
const OTHER_KINDS: ReadonlyMap<string, readonly string[]> = mapOf({
  v1: [
    "Binding",
    "ComponentStatus",
    "ConfigMap",
    "Endpoints",
    "Event",
    "LimitRange",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ResourceQuota",
    "Secret",
    "ServiceAccount",
    "Status",
  ],
  "apps/v1": ["ControllerRevision"],
  "batch/v1": [],
  "discovery.k8s.io/v1": [],
  "networking.k8s.io/v1": ["IPAddress", "Ingress", "IngressClass", "ServiceCIDR"],
  "policy.networking.k8s.io/v1alpha1": [],
  "policy.networking.k8s.io/v1alpha2": [],
});

/**
 * Groups of Kubernetes itself in which one of our kinds is or once was. The same kind's name in any other group is
 * another thing: a NetworkPolicy of Calico, a Service of Knative.
 */
const OWN_GROUPS: ReadonlySet<string> = new Set([
  "",
  "apps",
  "batch",
  "discovery.k8s.io",
  "extensions",
  "networking.k8s.io",
  "policy.networking.k8s.io",
]);

/** Kinds that filter traffic and that we do not read, by their group. */
const FOREIGN_POLICIES: ReadonlyMap<string, readonly string[]> = mapOf(FOREIGN_POLICY_KINDS);

/** Texts of users are looked up in these, so no names that every object has. */
function mapOf(table: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(table));
}

/** What to do with an object. */
export type KindDecision =
  | { readonly decision: "read"; readonly kind: ReadKind; readonly namespaced: boolean }
  | { readonly decision: "foreign-policy"; readonly group: string; readonly kind: string }
  | { readonly decision: "ignore" }
  | {
      readonly decision: "refuse";
      readonly at: "apiVersion" | "kind";
      readonly message: string;
      readonly hint?: string;
    };

export function decideKind(apiVersion: string, kind: string): KindDecision {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  if (isReadKind(kind) && API_VERSIONS[kind] === apiVersion) {
    return { decision: "read", kind, namespaced: !CLUSTER_SCOPED.has(kind) };
  }
  // Also the admin tiers in a version that is not read.
  if (FOREIGN_POLICIES.get(group)?.includes(kind)) return { decision: "foreign-policy", group, kind };
  if (!OWN_GROUPS.has(group)) return { decision: "ignore" };

  if (isReadKind(kind)) {
    const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
    return { decision: "refuse", at: "apiVersion", message, hint: `use apiVersion: ${API_VERSIONS[kind]}` };
  }
  const others = OTHER_KINDS.get(apiVersion);
  if (others === undefined || others.includes(kind)) return { decision: "ignore" };
  // A misspelt kind would be left out without a word, and what it denies or allows with it.
  const meant = nearest(kind, [...readKindsOf(apiVersion), ...others]);
  const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
  const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` };
  return { decision: "refuse", at: "kind", message, ...hint };
}

function isReadKind(kind: string): kind is ReadKind {
  return Object.hasOwn(API_VERSIONS, kind);
}

function readKindsOf(apiVersion: string): string[] {
  return Object.entries(API_VERSIONS).flatMap(([kind, version]) => (version === apiVersion ? [kind] : []));
}
