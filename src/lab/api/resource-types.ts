import type { ResourceType } from "../model.ts";

/** Every kind that the lab's API serves, by group as discovery lists them. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  clusterScoped("", "v1", "Namespace", ["ns"]),
  clusterScoped("", "v1", "Node", ["no"]),
  namespaced("", "v1", "Pod", ["po"]),
  namespaced("", "v1", "Service", ["svc"]),
  namespaced("", "v1", "ConfigMap", ["cm"]),
  namespaced("", "v1", "Secret", []),
  namespaced("", "v1", "ServiceAccount", ["sa"]),
  namespaced("", "v1", "Event", ["ev"]),
  namespaced("", "v1", "ResourceQuota", ["quota"]),
  namespaced("", "v1", "LimitRange", ["limits"]),
  namespaced("", "v1", "ReplicationController", ["rc"]),
  namespaced("apps", "v1", "Deployment", ["deploy"]),
  namespaced("apps", "v1", "ReplicaSet", ["rs"]),
  namespaced("apps", "v1", "StatefulSet", ["sts"]),
  namespaced("apps", "v1", "DaemonSet", ["ds"]),
  namespaced("batch", "v1", "Job", []),
  namespaced("batch", "v1", "CronJob", ["cj"]),
  namespaced("networking.k8s.io", "v1", "NetworkPolicy", ["netpol"]),
  namespaced("discovery.k8s.io", "v1", "EndpointSlice", []),
  namespaced("rbac.authorization.k8s.io", "v1", "Role", []),
  namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding", []),
  clusterScoped("rbac.authorization.k8s.io", "v1", "ClusterRole", []),
  clusterScoped("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", []),
];

const BY_RESOURCE = new Map(RESOURCE_TYPES.map((type) => [type.resource, type]));
const BY_KIND = new Map(RESOURCE_TYPES.map((type) => [`${apiVersionOf(type)} ${type.kind}`, type]));

/** The type with this plural; undefined: the lab does not serve it. */
export function resourceType(resource: string): ResourceType | undefined {
  return BY_RESOURCE.get(resource);
}

/** The type of an object with this apiVersion and kind; undefined: the lab does not serve it. */
export function resourceTypeOfKind(apiVersion: string, kind: string): ResourceType | undefined {
  return BY_KIND.get(`${apiVersion} ${kind}`);
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<ResourceType, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `pods`, `deployments.apps`: how the API server names a resource in messages. */
export function qualifiedResource({ group, resource }: Pick<ResourceType, "group" | "resource">): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function namespaced(
  group: string,
  version: string,
  kind: string,
  shortNames: readonly string[],
): ResourceType {
  return { group, version, kind, shortNames, namespaced: true, ...names(kind) };
}

function clusterScoped(
  group: string,
  version: string,
  kind: string,
  shortNames: readonly string[],
): ResourceType {
  return { group, version, kind, shortNames, namespaced: false, ...names(kind) };
}

function names(kind: string): { readonly singular: string; readonly resource: string } {
  const singular = kind.toLowerCase();
  return { singular, resource: singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s` };
}
