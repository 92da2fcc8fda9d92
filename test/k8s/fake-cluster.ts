import type { FakeApiServer, FakeRequest, Reply } from "./fake-api-server.ts";
import { status } from "./fake-api-server.ts";

/** Objects by list path, such as `/api/v1/pods`. */
export type FakeObjects = Readonly<Record<string, readonly object[]>>;

export interface FakeCluster {
  readonly objects: FakeObjects;
  /** Answers before all else: a path that RBAC forbids, an API that fails. */
  readonly answer?: (request: FakeRequest) => Reply | undefined;
  /** Of `/apis`. */
  readonly discovery?: object;
}

const KINDS: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  "/api/v1/namespaces": ["v1", "Namespace"],
  "/api/v1/pods": ["v1", "Pod"],
  "/api/v1/services": ["v1", "Service"],
  "/api/v1/nodes": ["v1", "Node"],
  "/api/v1/replicationcontrollers": ["v1", "ReplicationController"],
  "/apis/discovery.k8s.io/v1/endpointslices": ["discovery.k8s.io/v1", "EndpointSlice"],
  "/apis/networking.k8s.io/v1/networkpolicies": ["networking.k8s.io/v1", "NetworkPolicy"],
  "/apis/apps/v1/deployments": ["apps/v1", "Deployment"],
  "/apis/apps/v1/statefulsets": ["apps/v1", "StatefulSet"],
  "/apis/apps/v1/daemonsets": ["apps/v1", "DaemonSet"],
  "/apis/apps/v1/replicasets": ["apps/v1", "ReplicaSet"],
  "/apis/batch/v1/jobs": ["batch/v1", "Job"],
  "/apis/batch/v1/cronjobs": ["batch/v1", "CronJob"],
  "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies": [
    "policy.networking.k8s.io/v1alpha2",
    "ClusterNetworkPolicy",
  ],
  "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies": [
    "policy.networking.k8s.io/v1alpha1",
    "AdminNetworkPolicy",
  ],
};

export const EMPTY_DISCOVERY = { kind: "APIGroupDiscoveryList", items: [] };

/** Lists, namespaced lists and single namespaces, as an API server answers them: items without apiVersion and kind. */
export function playCluster(server: FakeApiServer, cluster: FakeCluster): void {
  server.respond = (request) => {
    const special = cluster.answer?.(request);
    if (special !== undefined) return special;
    if (request.path === "/apis") return { body: cluster.discovery ?? EMPTY_DISCOVERY };
    const scoped = /^(.*)\/namespaces\/([^/]+)(?:\/([^/]+))?$/.exec(request.path);
    if (scoped?.[3] === undefined && scoped !== null) return namespace(cluster, scoped[2] ?? "");
    const path = scoped === null ? request.path : `${scoped[1]}/${scoped[3]}`;
    const kind = KINDS[path];
    if (kind === undefined) return notFound("the server could not find the requested resource");
    const items = (cluster.objects[path] ?? []).filter(
      (item) => scoped === null || namespaceOf(item) === scoped[2],
    );
    return { body: { apiVersion: kind[0], kind: `${kind[1]}List`, metadata: {}, items } };
  };
}

/** Forbids what `allowed` does not say yes to, as RBAC does. */
export function onlyAllowed(allowed: (path: string) => boolean): (request: FakeRequest) => Reply | undefined {
  return ({ path }) =>
    path === "/apis" || allowed(path)
      ? undefined
      : { status: 403, body: status(403, "Forbidden", `${path} is forbidden: User "me" cannot list it`) };
}

function namespace({ objects }: FakeCluster, name: string): Reply {
  const found = objects["/api/v1/namespaces"]?.find((item) => (item as Named).metadata.name === name);
  return found === undefined
    ? notFound(`namespaces "${name}" not found`)
    : { body: { apiVersion: "v1", kind: "Namespace", ...found } };
}

function notFound(message: string): Reply {
  return { status: 404, body: status(404, "NotFound", message) };
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function namespaceOf(item: object): string | undefined {
  return (item as Named).metadata.namespace;
}
