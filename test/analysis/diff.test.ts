import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import schema from "../../schema/diff.schema.json" with { type: "json" };
import { buildDiff } from "../../src/analysis/build-diff.ts";
import { applied, completeSides } from "../../src/analysis/complete-sides.ts";
import type { Diff, DiffEnd } from "../../src/analysis/diff.ts";
import { portsText } from "../../src/analysis/port-set.ts";
import { diffJson, type FlippedFlow } from "../../src/analysis/report/diff-json.ts";
import { diffMarkdown } from "../../src/analysis/report/diff-markdown.ts";
import { diffText } from "../../src/analysis/report/diff-text.ts";
import type { Labels } from "../../src/model/kubernetes.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { namespace, pod, snapshot } from "../build-snapshot.ts";
import { DENY_INGRESS, deployment, manifests, policy } from "./manifests.ts";

const profile = profileOf("upstream");
const WORKLOADS = [deployment("shop/web"), deployment("shop/api"), deployment("shop/db")];

function dbPolicy(app: string, port = 5432): string {
  return policy(
    "shop/db",
    `{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: ${app}}}}], ports: [{port: ${port}}]}]}`,
  );
}

function diff(before: Snapshot, after: Snapshot): Diff {
  return buildDiff(before, after, { profile });
}

function endText(end: DiffEnd): string {
  return end.type === "workload" ? `${end.namespace}/${end.name}` : end.type;
}

function lines({ changes }: Diff): string[] {
  return changes.map(
    ({ kind, from, to, ports, before, after }) =>
      `${kind} ${from.map(endText).join("+")} -> ${to.map(endText).join("+")} ${portsText(ports)} ${before}>${after}`,
  );
}

describe("what opens and closes", () => {
  const before = manifests(...WORKLOADS, dbPolicy("api"));
  const after = manifests(...WORKLOADS, dbPolicy("web"));
  const changed = diff(before, after);

  it("is told by workload and port", () => {
    expect(lines(changed)).toEqual([
      "opened shop/web -> shop/db TCP 5432 deny>allow",
      "closed shop/api -> shop/db TCP 5432 allow>deny",
    ]);
  });

  it("names the rule that causes it, with file and line, and what it now misses by", () => {
    expect(changed.policies).toMatchObject([
      { policy: { namespace: "shop", name: "db" }, status: "changed" },
    ]);
    const [opened, closed] = changed.changes;
    expect(opened?.causes).toMatchObject([
      {
        direction: "ingress",
        status: "changed",
        policy: { path: "spec.ingress[0]", position: { file: "test.yaml" } },
      },
    ]);
    expect(closed?.causes[0]?.text).toBe(
      "changed spec.ingress[0] of shop/db: now label app=web wanted, pod has app=api",
    );
  });

  it("is told of the outside and of new namespaces, too", () => {
    const open = diff(manifests(...WORKLOADS, policy("shop/deny", DENY_INGRESS)), manifests(...WORKLOADS));
    expect(lines(open)).toEqual([
      "opened shop/api+shop/db+shop/web+outside+new-namespace -> shop/api+shop/db+shop/web all ports deny>allow",
    ]);
    expect(open.changes[0]?.causes).toMatchObject([{ status: "removed", policy: { name: "deny" } }]);
  });

  it("is nothing where policies are written otherwise and mean the same", () => {
    const split = policy(
      "shop/db",
      "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}}], ports: [{port: 5432, protocol: TCP}]}]}",
    );
    const same = diff(before, manifests(...WORKLOADS, split));
    expect(same.changes).toEqual([]);
    expect(same.policies).toHaveLength(1);
  });

  it("blames labels where no policy changed", () => {
    const relabelled = manifests(
      deployment("shop/web", "extra: x"),
      deployment("shop/db"),
      policy("shop/x", "{podSelector: {matchLabels: {extra: x}}, policyTypes: [Ingress]}"),
    );
    const plain = manifests(
      deployment("shop/web"),
      deployment("shop/db"),
      policy("shop/x", "{podSelector: {matchLabels: {extra: x}}, policyTypes: [Ingress]}"),
    );
    const [first] = diff(plain, relabelled).changes;
    expect(first).toMatchObject({ kind: "closed", causes: [{ text: expect.stringContaining("labels") }] });
  });
});

describe("what is there on one side only", () => {
  const before = manifests(...WORKLOADS, dbPolicy("api"));
  const after = manifests(...WORKLOADS.slice(1), deployment("new/cache"), dbPolicy("api"));
  const changed = diff(before, after);

  it("is told apart from what opens and closes", () => {
    expect(changed.changes).toEqual([]);
    expect(changed.appeared.workloads).toMatchObject([
      { kind: "Deployment", namespace: "new", name: "cache" },
    ]);
    expect(changed.appeared.namespaces).toEqual(["new"]);
    expect(changed.vanished.workloads).toMatchObject([{ name: "web" }]);
    expect(changed.vanished.namespaces).toEqual([]);
  });

  it("comes with what it reaches and is reached by", () => {
    const text = diffText(changed, undefined, { width: 100 });
    expect(text).toContain("new: namespace new");
    expect(text).toContain("new/cache -> shop/api, outside: anywhere, a pod in a new namespace: all ports");
    expect(text).toContain("gone: shop/web");
  });
});

describe("sides that need each other", () => {
  it("take the workloads of the other side where they hold policies only", () => {
    const policies = manifests(dbPolicy("web"));
    const sides = completeSides(manifests(...WORKLOADS, dbPolicy("api")), policies);
    expect(sides.notes).toEqual(["AFTER holds no workloads: those of BEFORE stand for both sides"]);
    expect(lines(diff(sides.before, sides.after))).toHaveLength(2);
  });

  it("take the addresses that a cluster knows for the pods of manifests", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-5f6b", uid: "1", controller: true };
    const live = pod("shop/web-5f6b-x1", {
      labels: { app: "web", "pod-template-hash": "5f6b" },
      ip: "10.0.0.4",
    });
    const block = policy(
      "shop/out",
      "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.9.0.0/16}}]}]}",
    );
    const files = manifests(deployment("shop/web"), deployment("shop/db"), block);
    const cluster = snapshot({
      namespaces: [namespace("shop")],
      pods: [
        { ...live, metadata: { ...live.metadata, ownerReferences: [owner] } },
        {
          ...pod("shop/db-1", { labels: { app: "db" }, ip: "10.0.0.5" }),
          metadata: {
            name: "db-1",
            namespace: "shop",
            labels: { app: "db" },
            ownerReferences: [{ ...owner, kind: "Deployment", name: "db" }],
          },
        },
      ],
      networkPolicies: files.networkPolicies,
    });
    const sides = completeSides(cluster, files);
    expect(sides.after.pods.map(({ metadata }) => metadata.name)).toEqual(["web-5f6b-x1", "db-1"]);
    const same = diff(sides.before, sides.after);
    expect(same.workloads).toHaveLength(2);
    expect(same.changes).toEqual([]);
  });

  it("lay one over the other as kubectl apply would", () => {
    const base = manifests(...WORKLOADS, dbPolicy("api"), policy("shop/deny", DENY_INGRESS));
    const laid = applied(base, manifests(dbPolicy("web")));
    expect(laid.networkPolicies.map(({ metadata }) => metadata.name).sort()).toEqual(["db", "deny"]);
    expect(lines(diff(base, laid))).toEqual([
      "opened shop/web -> shop/db TCP 5432 deny>allow",
      "closed shop/api -> shop/db TCP 5432 allow>deny",
    ]);
  });

  it("take a policy that the API server has filled in for the one that was sent", () => {
    const sent = manifests(
      ...WORKLOADS,
      policy("shop/a", "{podSelector: {}, ingress: [{from: [], ports: [{port: 80}]}], egress: []}"),
      policy("shop/b", "{podSelector: {matchLabels: {beta: one, alpha: two}}, egress: [{}]}"),
    );
    const kept = manifests(
      ...WORKLOADS,
      policy(
        "shop/a",
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{protocol: TCP, port: 80}]}]}",
      ),
      policy(
        "shop/b",
        "{podSelector: {matchLabels: {alpha: two, beta: one}}, policyTypes: [Ingress, Egress], egress: [{}]}",
      ),
    );
    expect(diff(kept, sent).policies).toEqual([]);
    const egress = policy(
      "shop/a",
      "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{ports: [{protocol: TCP, port: 80}]}]}",
    );
    expect(diff(applied(kept, manifests(egress)), sent).policies.map(({ status }) => status)).toEqual([
      "changed",
    ]);
  });

  it("keep a cluster's pods with what a new template gives them, and find them behind Services", () => {
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "db", uid: "1", controller: true };
    const live = pod("shop/db-x1", { labels: { app: "db", "pod-template-hash": "5f6b" }, ip: "10.0.0.5" });
    const service = (selector: Labels, clusterIP?: string) => ({
      metadata: { name: "db", namespace: "shop" },
      spec: { selector, ports: [{ port: 5432 }], ...(clusterIP === undefined ? {} : { clusterIP }) },
    });
    const files = manifests(deployment("shop/db", "tier: data"));
    const cluster = snapshot({
      namespaces: [namespace("shop")],
      pods: [{ ...live, metadata: { ...live.metadata, ownerReferences: [owner] } }],
      services: [service({ app: "db" }, "10.96.0.1")],
      endpointSlices: [
        {
          metadata: { name: "db-1", namespace: "shop", labels: { "kubernetes.io/service-name": "db" } },
          addressType: "IPv4",
          endpoints: [{ addresses: ["10.0.0.5"], targetRef: { kind: "Pod", name: "db-x1" } }],
        },
      ],
    });
    const laid = applied(cluster, { ...files, services: [service({ tier: "data" })] });
    expect(laid.pods.map(({ metadata, status }) => [metadata.name, metadata.labels, status?.podIP])).toEqual([
      ["db-x1", { app: "db", tier: "data", "pod-template-hash": "5f6b" }, "10.0.0.5"],
    ]);
    expect(laid.services[0]?.spec).toMatchObject({ clusterIP: "10.96.0.1", selector: { tier: "data" } });
    expect(laid.endpointSlices).toEqual([]);
    // A change of policies alone moves nothing.
    expect(applied(cluster, manifests(dbPolicy("web"))).endpointSlices).toHaveLength(1);
  });

  it("replace a workload's pods by those of its new template", () => {
    const base = manifests(...WORKLOADS);
    const laid = applied(base, manifests(deployment("shop/db", "tier: data")));
    expect(laid.pods).toHaveLength(3);
    expect(laid.pods.find(({ metadata }) => metadata.name === "db")?.metadata.labels).toEqual({
      app: "db",
      tier: "data",
    });
  });
});

describe("the reports of a difference", () => {
  const changed = diff(manifests(...WORKLOADS, dbPolicy("api")), manifests(...WORKLOADS, dbPolicy("web")));
  const flips: readonly FlippedFlow[] = [
    {
      id: "shop/web -> shop/db:5432/TCP",
      position: { file: "s.yaml", line: 7, column: 3 },
      expected: "deny",
      before: "deny",
      after: "allow",
    },
  ];

  it("begin with what changed and end with a summary", () => {
    const text = diffText(changed, flips, { width: 100 });
    expect(text).toMatch(
      /^policies: 1 changed, 0 added, 0 removed; 3 workloads on both sides; profile upstream\n/,
    );
    expect(text).toContain("+ shop/web -> shop/db: TCP 5432 (deny -> allow)");
    expect(text).toContain("predicted deny -> allow: BREAKS");
    expect(text).toMatch(/\nopened: 1 kind of connection; closed: 1\n$/);
  });

  it("are JSON as the schema says", () => {
    const validate = new Ajv({ strict: true }).compile(schema);
    const gone = diff(
      manifests(...WORKLOADS),
      manifests(deployment("new/x"), policy("new/deny", DENY_INGRESS)),
    );
    const open = diff(manifests(...WORKLOADS, policy("shop/deny", DENY_INGRESS)), manifests(...WORKLOADS));
    for (const one of [changed, gone, open]) {
      expect(validate(JSON.parse(diffJson(one, flips))), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("escape Markdown, HTML and mentions", () => {
    const hostile = (labels: Record<string, string>) =>
      snapshot({
        namespaces: [namespace("shop")],
        pods: [pod("shop/a|b`<img src=x>@me", { labels }), pod("shop/[x](http://evil)")],
        networkPolicies: [
          {
            metadata: { namespace: "shop", name: "p" },
            spec: { podSelector: { matchLabels: { k: "v" } }, policyTypes: ["Ingress"] },
          },
        ],
      });
    const text = diffMarkdown(diff(hostile({}), hostile({ k: "v" })), undefined);
    expect(text).toContain("**closed**");
    expect(text).not.toContain("<img");
    expect(text).not.toContain("@me");
    expect(text).not.toContain("](http");
    expect(text).toContain("a\\|b\\`");
  });
});
