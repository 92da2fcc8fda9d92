import { describe, expect, it } from "vitest";
import { addressesText } from "../../src/analysis/address-set.ts";
import { answersText } from "../../src/analysis/answers-text.ts";
import { buildMatrix } from "../../src/analysis/build-matrix.ts";
import type { Matrix } from "../../src/analysis/matrix.ts";
import { exposedGroups } from "../../src/analysis/matrix.ts";
import type { MatrixOptions } from "../../src/analysis/matrix-world.ts";
import { reachLists } from "../../src/analysis/reach-lists.ts";
import { matrixCsv } from "../../src/analysis/report/matrix-csv.ts";
import { matrixHtml } from "../../src/analysis/report/matrix-html.ts";
import { matrixTable } from "../../src/analysis/report/matrix-table.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { namespace, node, pod, snapshot } from "../build-snapshot.ts";
import { DENY_INGRESS, deployment, manifests, policy } from "./manifests.ts";

function matrixOf(world: Snapshot, options: Partial<MatrixOptions> = {}): Matrix {
  return buildMatrix(world, { profile: profileOf("upstream"), ...options });
}

function lines({ groups, connections }: Matrix): string[] {
  return connections.map(
    ({ from, to, ...answers }) => `${groups[from]?.name} -> ${groups[to]?.name}: ${answersText(answers)}`,
  );
}

function names({ groups }: Matrix): string[] {
  return groups.map(({ name }) => name);
}

describe("groups of pods", () => {
  it("are one for pods that act alike, named by their namespace", () => {
    const world = manifests(
      deployment("a/x"),
      deployment("a/v"),
      deployment("b/z"),
      policy("b/deny", DENY_INGRESS),
    );
    expect(names(matrixOf(world))).toEqual(["a/*", "b/z"]);
  });

  it("join namespaces that act alike as a whole, and only those", () => {
    const world = manifests(
      deployment("a/x"),
      deployment("b/w"),
      deployment("c/z"),
      policy("c/deny", DENY_INGRESS),
      deployment("d/open"),
      deployment("d/closed"),
      policy("d/deny", "{podSelector: {matchLabels: {app: closed}}, policyTypes: [Ingress]}"),
    );
    expect(names(matrixOf(world))).toEqual(["a/x, b/w", "c/z", "d/closed", "d/open"]);
  });

  it("are named by the label that tells them from the rest", () => {
    const many = ["a", "b", "c", "d", "e", "f"].map((name) => deployment(`shop/${name}`, "tier: web"));
    const world = manifests(
      ...many,
      deployment("shop/db", "tier: data"),
      policy("shop/db", "{podSelector: {matchLabels: {tier: data}}, policyTypes: [Ingress]}"),
    );
    expect(names(matrixOf(world))).toEqual(["shop/db", "shop/{tier=web}"]);
  });

  it("name pods where a workload is divided", () => {
    const owner = (name: string) => [
      { apiVersion: "apps/v1", kind: "StatefulSet", name, uid: "1", controller: true },
    ];
    const owned = ["db-0", "db-1"].map((name) => {
      const made = pod(`shop/${name}`, { labels: { app: "db", "statefulset.kubernetes.io/pod-name": name } });
      return { ...made, metadata: { ...made.metadata, ownerReferences: owner("db") } };
    });
    const world = snapshot({
      namespaces: [namespace("shop")],
      pods: owned,
      networkPolicies: [
        {
          metadata: { namespace: "shop", name: "first" },
          spec: {
            podSelector: { matchLabels: { "statefulset.kubernetes.io/pod-name": "db-0" } },
            policyTypes: ["Ingress"],
          },
        },
      ],
    });
    expect(names(matrixOf(world))).toEqual(["shop/db-0", "shop/db-1"]);
  });

  it("tell host-network pods apart by their nodes' addresses", () => {
    const world = snapshot({
      namespaces: [namespace("sys"), namespace("shop")],
      nodes: [node("n1", "192.0.2.1"), node("n2", "192.0.2.2")],
      pods: [
        pod("sys/agent-1", { ip: "192.0.2.1", hostNetwork: true }),
        pod("sys/agent-2", { ip: "192.0.2.2", hostNetwork: true }),
        pod("shop/db", { ip: "10.0.0.9" }),
      ],
      networkPolicies: [
        {
          metadata: { namespace: "shop", name: "one-node" },
          spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "192.0.2.1/32" } }] }] },
        },
      ],
    });
    const profile = profileOf("calico");
    const found = lines(matrixOf(world, { profile }));
    expect(found).toContain("sys/agent-1 -> shop/db: all ports");
    expect(found.filter((line) => line.startsWith("sys/agent-2 -> shop/db"))).toEqual([]);
  });
});

describe("connections", () => {
  it("are undetermined where the families of dual-stack pods give different answers", () => {
    const world = snapshot({
      namespaces: [namespace("shop")],
      pods: [
        { ...pod("shop/web"), status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } },
        {
          ...pod("shop/db", { labels: { app: "db" } }),
          status: { phase: "Running", podIPs: [{ ip: "10.0.0.2" }, { ip: "fd00::2" }] },
        },
      ],
      networkPolicies: [
        {
          metadata: { namespace: "shop", name: "v4" },
          spec: {
            podSelector: { matchLabels: { app: "db" } },
            ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }],
          },
        },
      ],
    });
    expect(lines(matrixOf(world))).toEqual([
      "shop/db -> shop/web: all ports",
      "shop/web -> shop/db: undetermined: all ports",
    ]);
  });

  it("are told of the asked namespaces only, what lies around them in few groups", () => {
    const world = manifests(
      deployment("shop/api"),
      policy(
        "shop/in",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]}",
      ),
      deployment("ops/a"),
      deployment("ops/b"),
      policy("ops/b", "{podSelector: {matchLabels: {app: b}}, policyTypes: [Egress], egress: [{}]}"),
      deployment("other/c"),
      policy("other/c", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
    );
    const matrix = matrixOf(world, { namespaces: ["shop"] });
    expect(names(matrix)).toEqual(["ops/*", "shop/api"]);
    expect(lines(matrix)).toContain("ops/* -> shop/api: all ports");
  });

  it("stand together where sources reach the same", () => {
    const world = manifests(
      deployment("shop/a"),
      deployment("shop/b"),
      policy("shop/a", "{podSelector: {matchLabels: {app: a}}, ingress: [{ports: [{port: 8080}]}]}"),
      policy("shop/b", "{podSelector: {matchLabels: {app: b}}, ingress: [{ports: [{port: 9090}]}]}"),
      deployment("ops/x"),
      policy("ops/x", DENY_INGRESS),
    );
    const matrix = matrixOf(world);
    const reach = reachLists(matrix).map(({ from, to, ...answers }) => [from, to, answersText(answers)]);
    // ops/x is 0, shop/a 1, shop/b 2
    expect(reach).toContainEqual([[0], [1], "TCP 8080"]);
    expect(reach).toContainEqual([[0], [2], "TCP 9090"]);
  });
});

describe("exposure", () => {
  const world = manifests(
    deployment("shop/gateway"),
    deployment("shop/api"),
    policy("shop/deny", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
    policy(
      "shop/gateway",
      "{podSelector: {matchLabels: {app: gateway}}, policyTypes: [Ingress, Egress], ingress: [{ports: [{port: 8080}]}], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}], ports: [{port: 443}]}]}",
    ),
    policy(
      "shop/api",
      "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{namespaceSelector: {}}]}]}",
    ),
    deployment("bare/free"),
  );
  const matrix = matrixOf(world);
  const group = (name: string) => {
    const found = exposedGroups(matrix).find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`there is no group ${name}`);
    return found;
  };

  it("tells which addresses outside reach whom and are reached", () => {
    const { outside } = group("shop/gateway");
    expect(
      outside.ingress.map(({ addresses, ...answers }) => [addressesText(addresses), answersText(answers)]),
    ).toEqual([["anywhere", "TCP 8080"]]);
    expect(
      outside.egress.map(({ addresses, ...answers }) => [addressesText(addresses), answersText(answers)]),
    ).toEqual([["any IPv4 address but 169.254.169.254/32", "TCP 443"]]);
    expect(group("shop/api").outside).toEqual({ ingress: [], egress: [] });
  });

  it("says nothing of the outside of groups that were not asked about: their pods are alike toward the others only", () => {
    const egress = (path: string, peers: string) =>
      policy(path, `{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [${peers}]}]}`);
    const three = manifests(
      deployment("shop/web"),
      deployment("one/a"),
      deployment("two/b"),
      egress("one/out", "{ipBlock: {cidr: 192.0.2.0/24}}, {namespaceSelector: {}}"),
      egress("two/out", "{namespaceSelector: {}}"),
    );
    const only = matrixOf(three, { namespaces: ["shop"] });
    expect(only.groups.map(({ name, exposure }) => [name, exposure !== undefined])).toEqual([
      ["one/a, two/b", false],
      ["shop/web", true],
    ]);
    expect(matrixCsv(only)).not.toContain("192.0.2.0/24");
    expect(matrixTable(only, { width: 100 })).not.toContain("192.0.2.0/24");
    expect(matrixHtml(only)).not.toContain("192.0.2.0/24");
    expect(matrixCsv(matrixOf(three))).toContain("one/a,192.0.2.0/24,all ports,");
  });

  it("tells what a pod in a new namespace reaches, and a new pod beside others", () => {
    expect(answersText(group("shop/api").newNamespace.ingress)).toBe("all ports");
    expect(answersText(group("shop/gateway").newNamespace.ingress)).toBe("TCP 8080");
    // A new pod of the namespace is isolated for egress by the default deny.
    expect(answersText(group("shop/gateway").newPod.ingress)).toBe("");
    expect(answersText(group("bare/free").newPod.egress)).toBe("all ports");
  });

  it("lists the pods that no policy protects, by direction", () => {
    const free = [{ kind: "Deployment", namespace: "bare", name: "free", pods: 1 }];
    expect(matrix.unprotected).toEqual({ ingress: free, egress: free });
  });
});
