import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Api } from "../../src/k8s/request.ts";
import { readSnapshot } from "../../src/k8s/snapshot.ts";
import { type FakeApiServer, status } from "./fake-api-server.ts";
import { type FakeObjects, onlyAllowed, playCluster } from "./fake-cluster.ts";
import { Opened } from "./test-connection.ts";

const opened = new Opened();
let server: FakeApiServer;

beforeEach(async () => {
  server = await opened.server();
});
afterEach(() => opened.clean());

const pod = (namespace: string, name: string) => ({
  metadata: { name, namespace, labels: { app: name }, managedFields: [{ manager: "kubelet" }] },
  spec: { containers: [] },
});

const OBJECTS: FakeObjects = {
  "/api/v1/namespaces": [
    { metadata: { name: "bank", labels: { "kubernetes.io/metadata.name": "bank", team: "b" } } },
    { metadata: { name: "shop" } },
  ],
  "/api/v1/pods": [pod("shop", "web"), pod("bank", "vault")],
  "/api/v1/services": [{ metadata: { name: "web", namespace: "shop" } }],
  "/api/v1/nodes": [{ metadata: { name: "node1" } }],
  "/apis/discovery.k8s.io/v1/endpointslices": [
    { metadata: { name: "web-x", namespace: "shop" }, addressType: "IPv4" },
  ],
  "/apis/networking.k8s.io/v1/networkpolicies": [
    {
      metadata: { name: "deny", namespace: "shop" },
      spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], futureField: true }] },
    },
  ],
  "/apis/apps/v1/deployments": [
    {
      metadata: { name: "web", namespace: "shop" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: { spec: { containers: [] } },
      },
    },
  ],
};

async function snapshot(namespaces: readonly string[] = []) {
  const connection = await opened.connectTo(server);
  return { ...(await readSnapshot(connection, { namespaces })), requests: connection.requests() };
}

const name = ({ metadata }: { readonly metadata: { readonly name: string } }) => metadata.name;

describe("a cluster that may be read", () => {
  it("is read with one request for each kind, and nothing is unread", async () => {
    playCluster(server, { objects: OBJECTS });
    const read = await snapshot(["shop"]);
    expect(read).toMatchObject({ origin: "cluster", unread: [], foreignPolicies: [] });
    expect(read.pods.map(name)).toEqual(["web", "vault"]);
    expect(read.services.map(name)).toEqual(["web"]);
    expect(read.endpointSlices.map(name)).toEqual(["web-x"]);
    expect(read.nodes.map(name)).toEqual(["node1"]);
    expect(read.workloads.map((workload) => [workload.kind, name(workload)])).toEqual([
      ["Deployment", "web"],
    ]);
    expect(read.requests.api).toBe(14);
    expect(Object.values(read.requests.byKind)).toEqual(Array(14).fill(1));
  });

  it("gives objects as the API has them, with apiVersion and kind and without managed fields", async () => {
    playCluster(server, { objects: OBJECTS });
    const read = await snapshot();
    expect(read.networkPolicies).toEqual([
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        ...OBJECTS["/apis/networking.k8s.io/v1/networkpolicies"]?.[0],
      },
    ]);
    expect(read.pods[0]).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
      spec: { containers: [] },
    });
    expect(Object.keys(read.pods[0]?.metadata ?? {})).not.toContain("managedFields");
    expect(read.locate({ kind: "Pod", name: "web" }, [])).toBeUndefined();
  });

  it("gives every namespace its name label", async () => {
    playCluster(server, { objects: OBJECTS });
    expect((await snapshot()).namespaces.map(({ metadata }) => metadata.labels)).toEqual([
      { "kubernetes.io/metadata.name": "bank", team: "b" },
      { "kubernetes.io/metadata.name": "shop" },
    ]);
  });
});

describe("a cluster of which only some namespaces may be read", () => {
  it("is read namespace by namespace, and says what is missing", async () => {
    playCluster(server, {
      objects: OBJECTS,
      answer: onlyAllowed((path) => path.includes("/namespaces/shop")),
    });
    const read = await snapshot(["shop", "bank", "shop"]);
    expect(read.pods.map(name)).toEqual(["web"]);
    expect(read.networkPolicies.map(name)).toEqual(["deny"]);
    expect(read.workloads.map(name)).toEqual(["web"]);
    expect(read.nodes).toEqual([]);
    expect(read.namespaces.map(({ metadata }) => metadata)).toEqual([
      { name: "bank", labels: { "kubernetes.io/metadata.name": "bank" } },
      { name: "shop", labels: { "kubernetes.io/metadata.name": "shop" } },
    ]);
    const workloads =
      "deployments, statefulsets, daemonsets, replicasets, replicationcontrollers, jobs, cronjobs";
    const gaps = (resource: string, what = resource) => [
      { resource, readNamespaces: ["shop"], reason: `forbidden: cannot list ${what} cluster-wide` },
      { resource, namespace: "bank", reason: `forbidden: cannot list ${what} in namespace "bank"` },
    ];
    expect(read.unread).toEqual([
      {
        resource: "namespaces",
        readNamespaces: ["shop"],
        reason: "forbidden: cannot list namespaces cluster-wide",
      },
      {
        resource: "namespaces",
        namespace: "bank",
        reason: 'forbidden: cannot get namespace "bank", so only its name label is known',
      },
      ...gaps("pods"),
      ...gaps("services"),
      ...gaps("endpointslices"),
      ...gaps("networkpolicies"),
      { resource: "nodes", reason: "forbidden: cannot list nodes cluster-wide" },
      ...gaps("workloads", workloads),
    ]);
  });

  it("has all labels of a namespace that may be got", async () => {
    playCluster(server, {
      objects: OBJECTS,
      answer: onlyAllowed((path) => path.includes("/namespaces/bank")),
    });
    expect((await snapshot(["bank"])).namespaces[0]?.metadata.labels).toMatchObject({ team: "b" });
  });

  it("leaves out a namespace that does not exist", async () => {
    playCluster(server, { objects: OBJECTS, answer: onlyAllowed((path) => path.includes("/namespaces/")) });
    const read = await snapshot(["gone", "shop"]);
    expect(read.namespaces.map(name)).toEqual(["shop"]);
    expect(read.unread.filter((gap) => gap.resource === "namespaces")).toEqual([
      {
        resource: "namespaces",
        readNamespaces: ["gone", "shop"],
        reason: "forbidden: cannot list namespaces cluster-wide",
      },
    ]);
  });

  it("without a namespace to fall back to is read as far as it may be", async () => {
    playCluster(server, { objects: OBJECTS, answer: onlyAllowed((path) => path !== "/api/v1/pods") });
    const read = await snapshot();
    expect(read.pods).toEqual([]);
    expect(read.services.map(name)).toEqual(["web"]);
    expect(read.unread).toEqual([
      { resource: "pods", readNamespaces: [], reason: "forbidden: cannot list pods cluster-wide" },
    ]);
  });

  it("tells the workload kinds apart of which only some may be read", async () => {
    playCluster(server, {
      objects: OBJECTS,
      answer: onlyAllowed((path) => !path.startsWith("/apis/batch/v1/")),
    });
    const read = await snapshot();
    expect(read.workloads.map(name)).toEqual(["web"]);
    expect(read.unread).toEqual([
      {
        resource: "workloads",
        readNamespaces: [],
        reason: "forbidden: cannot list jobs, cronjobs cluster-wide",
      },
    ]);
  });
});

describe("a cluster with admin tiers", () => {
  const PATH = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
  const OLDER = "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies";
  const TIERS: FakeObjects = {
    ...OBJECTS,
    [PATH]: [{ metadata: { name: "deny", managedFields: [] }, spec: { tier: "Admin", priority: 1 } }],
    [OLDER]: [{ metadata: { name: "older" }, spec: { priority: 1 } }],
  };
  const served = (...kinds: readonly (readonly [version: string, resource: string, kind: string])[]) => ({
    items: [
      {
        metadata: { name: "policy.networking.k8s.io" },
        versions: kinds.map(([version, resource, kind]) => ({
          version,
          resources: [{ resource, responseKind: { kind } }],
        })),
      },
    ],
  });
  const CLUSTER = ["v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy"] as const;

  it("has those read that are served, whole, and none is foreign", async () => {
    const older = ["v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy"] as const;
    playCluster(server, { objects: TIERS, discovery: served(CLUSTER, older) });
    const read = await snapshot();
    expect(read.adminPolicies).toEqual({
      clusterNetworkPolicies: [
        {
          apiVersion: "policy.networking.k8s.io/v1alpha2",
          kind: "ClusterNetworkPolicy",
          metadata: { name: "deny" },
          spec: { tier: "Admin", priority: 1 },
        },
      ],
      adminNetworkPolicies: [
        {
          apiVersion: "policy.networking.k8s.io/v1alpha1",
          kind: "AdminNetworkPolicy",
          metadata: { name: "older" },
          spec: { priority: 1 },
        },
      ],
      baselineAdminNetworkPolicies: [],
    });
    expect(read.unread).toEqual([]);
    expect(read.foreignPolicies).toEqual([]);
    expect(read.requests.api).toBe(16);
  });

  it("that may not be listed is unread, and what is not served is not asked for", async () => {
    playCluster(server, {
      objects: TIERS,
      discovery: served(CLUSTER),
      answer: onlyAllowed((path) => !path.startsWith("/apis/policy")),
    });
    const read = await snapshot();
    expect(read.unread).toEqual([
      {
        resource: "clusternetworkpolicies",
        reason: "forbidden: cannot list clusternetworkpolicies cluster-wide",
      },
    ]);
    expect(server.requests.map(({ path }) => path)).not.toContain(OLDER);
  });

  it("is asked for them where discovery may not be asked; what is not there is no gap", async () => {
    playCluster(server, {
      objects: TIERS,
      answer: ({ path }) => {
        if (path !== "/apis" && path !== OLDER) return undefined;
        return { status: 403, body: status(403, "Forbidden", `${path} is forbidden`) };
      },
    });
    const read = await snapshot();
    expect(read.adminPolicies.clusterNetworkPolicies.map(name)).toEqual(["deny"]);
    expect(read.unread).toEqual([
      {
        resource: "adminnetworkpolicies",
        reason: "forbidden: cannot list adminnetworkpolicies cluster-wide",
      },
    ]);
  });
});

describe("a cluster that is not as usual", () => {
  it("without an API group is read without it", async () => {
    playCluster(server, {
      objects: OBJECTS,
      answer: ({ path }) =>
        path.startsWith("/apis/discovery.k8s.io")
          ? { status: 404, body: status(404, "NotFound", "no such API") }
          : undefined,
    });
    expect((await snapshot(["shop"])).unread).toEqual([
      { resource: "endpointslices", reason: "not served: the API server has no endpointslices" },
    ]);
  });

  it("that fails at one list fails the whole snapshot, and nothing else is waited for", async () => {
    playCluster(server, {
      objects: OBJECTS,
      answer: ({ path }) =>
        path === "/api/v1/services"
          ? { status: 500, body: status(500, "InternalError", "etcd is gone") }
          : path === "/api/v1/pods"
            ? "silent"
            : undefined,
    });
    const { api } = await opened.connectTo(server);
    const signals: (AbortSignal | undefined)[] = [];
    const watched: Api = {
      ...api,
      list: (path, options) => {
        signals.push(options?.signal);
        return api.list(path, options);
      },
    };
    await expect(readSnapshot({ api: watched }, { namespaces: [] })).rejects.toMatchObject({
      kind: "server",
      message: "GET /api/v1/services: etcd is gone",
    });
    expect(signals.map((signal) => signal?.aborted)).toEqual(Array(13).fill(true));
  });

  it("ends with the signal", async () => {
    server.respond = () => "silent";
    const connection = await opened.connectTo(server);
    const signal = AbortSignal.timeout(50);
    await expect(readSnapshot(connection, { namespaces: [], signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});
