import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countForeignPolicies, discoverPolicyKinds } from "../../src/k8s/foreign-policies.ts";
import { type FakeApiServer, type FakeRequest, type Reply, status } from "./fake-api-server.ts";
import { Opened } from "./test-connection.ts";

const opened = new Opened();
let server: FakeApiServer;

beforeEach(async () => {
  server = await opened.server();
});
afterEach(() => opened.clean());

type Group = readonly [group: string, version: string, kinds: Readonly<Record<string, string>>];

const CILIUM: Group = [
  "cilium.io",
  "v2",
  { ciliumnetworkpolicies: "CiliumNetworkPolicy", ciliumnodes: "CiliumNode" },
];
const CALICO_KINDS = { networkpolicies: "NetworkPolicy", globalnetworkpolicies: "GlobalNetworkPolicy" };
const CALICO: Group = ["projectcalico.org", "v3", CALICO_KINDS];
const CALICO_STORE: Group = ["crd.projectcalico.org", "v1", CALICO_KINDS];

/** Discovery as since Kubernetes 1.30. */
function aggregated(groups: readonly Group[]): object {
  return {
    kind: "APIGroupDiscoveryList",
    items: groups.map(([name, version, kinds]) => ({
      metadata: { name },
      versions: [
        {
          version,
          resources: Object.entries(kinds).map(([resource, kind]) => ({ resource, responseKind: { kind } })),
        },
      ],
    })),
  };
}

const count = (items: number, metadata: object = {}): Reply => ({
  body: {
    kind: "PartialObjectMetadataList",
    metadata,
    items: Array(items).fill({ metadata: { name: "x" } }),
  },
});

const forbidden: Reply = { status: 403, body: status(403, "Forbidden", "no") };

async function read(
  groups: readonly Group[],
  answers: Readonly<Record<string, Reply | ((request: FakeRequest) => Reply)>>,
) {
  server.respond = (request) => {
    const answer =
      answers[request.path] ?? (request.path === "/apis" ? { body: aggregated(groups) } : { status: 404 });
    return typeof answer === "function" ? answer(request) : answer;
  };
  const { api } = await opened.connectTo(server);
  const { signal } = new AbortController();
  return await countForeignPolicies(api, await discoverPolicyKinds(api, signal), signal);
}

describe("counting policies that are not read", () => {
  it("finds nothing, with one request, where no policy kind is served", async () => {
    expect(await read([["apps", "v1", { deployments: "Deployment" }]], {})).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it("counts with one small request where the API server says how many remain", async () => {
    const path = "/apis/cilium.io/v2/ciliumnetworkpolicies";
    const policies = await read([CILIUM], { [path]: count(1, { continue: "x", remainingItemCount: 41 }) });
    expect(policies).toEqual([{ group: "cilium.io", kind: "CiliumNetworkPolicy", count: 42 }]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/apis", path]);
    expect(server.requests[1]?.query.get("limit")).toBe("1");
    expect(server.requests[1]?.headers.accept).toContain("PartialObjectMetadataList");
  });

  it("pages through where the API server does not say", async () => {
    const policies = await read([CILIUM], {
      "/apis/cilium.io/v2/ciliumnetworkpolicies": ({ query }) => {
        if (query.get("limit") === "1") return count(1, { continue: "x" });
        return query.get("continue") === null ? count(500, { continue: "y" }) : count(3);
      },
    });
    expect(policies).toEqual([{ group: "cilium.io", kind: "CiliumNetworkPolicy", count: 503 }]);
  });

  it("leaves out kinds without objects", async () => {
    expect(await read([CILIUM], { "/apis/cilium.io/v2/ciliumnetworkpolicies": count(0) })).toEqual([]);
  });

  it.each([
    ["may not be listed", forbidden],
    ["have an API server that is down", { status: 503 } satisfies Reply],
  ])("keeps kinds that %s, without a count", async (_title, answer) => {
    expect(await read([CILIUM], { "/apis/cilium.io/v2/ciliumnetworkpolicies": answer })).toEqual([
      { group: "cilium.io", kind: "CiliumNetworkPolicy", count: undefined },
    ]);
  });

  it("takes the first of several versions", async () => {
    const served = (version: string) => ({
      version,
      resources: [{ resource: "ciliumnetworkpolicies", responseKind: { kind: "CiliumNetworkPolicy" } }],
    });
    const discovery = {
      items: [{ metadata: { name: "cilium.io" }, versions: [served("v3"), served("v2")] }],
    };
    const policies = await read([], {
      "/apis": { body: discovery },
      "/apis/cilium.io/v3/ciliumnetworkpolicies": count(2),
      "/apis/cilium.io/v2/ciliumnetworkpolicies": count(1),
    });
    expect(policies.map(({ kind, count }) => [kind, count])).toEqual([["CiliumNetworkPolicy", 2]]);
  });

  it("counts an admin tier only in a version that is not read", async () => {
    const served = (version: string, resource: string, kind: string) => ({
      version,
      resources: [{ resource, responseKind: { kind } }],
    });
    const versions = [
      served("v1beta1", "clusternetworkpolicies", "ClusterNetworkPolicy"),
      served("v1beta1", "adminnetworkpolicies", "AdminNetworkPolicy"),
      served("v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy"),
    ];
    const policies = await read([], {
      "/apis": { body: { items: [{ metadata: { name: "policy.networking.k8s.io" }, versions }] } },
      "/apis/policy.networking.k8s.io/v1beta1/adminnetworkpolicies": count(3),
    });
    expect(policies).toEqual([{ group: "policy.networking.k8s.io", kind: "AdminNetworkPolicy", count: 3 }]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/apis",
      "/apis/policy.networking.k8s.io/v1beta1/adminnetworkpolicies",
    ]);
  });

  it("understands the list of groups that older API servers answer with", async () => {
    const policies = await read([], {
      "/apis": {
        body: {
          kind: "APIGroupList",
          groups: [
            { name: "apps", preferredVersion: { version: "v1" }, versions: [{ version: "v1" }] },
            {
              name: "cilium.io",
              preferredVersion: { version: "v2" },
              versions: [{ version: "v2" }, { version: "v2alpha1" }],
            },
          ],
        },
      },
      "/apis/cilium.io/v2": {
        body: {
          resources: [
            { name: "ciliumnetworkpolicies", kind: "CiliumNetworkPolicy" },
            { name: "ciliumnetworkpolicies/status", kind: "CiliumNetworkPolicy" },
          ],
        },
      },
      "/apis/cilium.io/v2alpha1": { body: { resources: [] } },
      "/apis/cilium.io/v2/ciliumnetworkpolicies": count(3),
    });
    expect(policies).toEqual([{ group: "cilium.io", kind: "CiliumNetworkPolicy", count: 3 }]);
  });

  it("stands in for all kinds where discovery is forbidden", async () => {
    expect(await read([], { "/apis": forbidden })).toEqual([
      { group: "*", kind: "policy kind beyond NetworkPolicy", count: undefined },
    ]);
  });

  describe("of Calico, whose API server shows its storage group once more", () => {
    const shown = (answer: Reply) => ({
      "/apis/projectcalico.org/v3/networkpolicies": answer,
      "/apis/projectcalico.org/v3/globalnetworkpolicies": count(0),
    });
    const stored = (answer: Reply) => ({
      "/apis/crd.projectcalico.org/v1/networkpolicies": answer,
      "/apis/crd.projectcalico.org/v1/globalnetworkpolicies": count(0),
    });

    it("counts each object once", async () => {
      expect(await read([CALICO_STORE, CALICO], { ...shown(count(4)), ...stored(count(4)) })).toEqual([
        { group: "projectcalico.org", kind: "NetworkPolicy", count: 4 },
      ]);
    });

    it("counts in the storage group where the API server's count cannot be had", async () => {
      expect(await read([CALICO_STORE, CALICO], { ...shown(forbidden), ...stored(count(4)) })).toEqual([
        { group: "crd.projectcalico.org", kind: "NetworkPolicy", count: 4 },
      ]);
    });

    it("says it once where neither can be counted", async () => {
      expect(await read([CALICO_STORE, CALICO], { ...shown(forbidden), ...stored(forbidden) })).toEqual([
        { group: "projectcalico.org", kind: "NetworkPolicy", count: undefined },
      ]);
    });

    it("counts the storage group where there is no such API server", async () => {
      expect(await read([CALICO_STORE], stored(count(4)))).toEqual([
        { group: "crd.projectcalico.org", kind: "NetworkPolicy", count: 4 },
      ]);
    });
  });
});
