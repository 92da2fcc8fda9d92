import { describe, expect, it } from "vitest";
import type { Check } from "../../src/model/plan.ts";
import type { Flow } from "../../src/model/scenario.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import type { PodEnd } from "../../src/model/traffic.ts";
import type { PlanDraft } from "../../src/plan/plan-draft.ts";
import { planFlows } from "../../src/plan/plan-flows.ts";
import { planProofs } from "../../src/plan/plan-proofs.ts";
import { templateEnd } from "../../src/plan/template.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import {
  DENY_ALL,
  flow,
  labelsEndpoint,
  namespace,
  node,
  pod,
  policy,
  service,
  snapshot,
  tcp,
} from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "shop", { standIn: true, ports: [tcp(5432)] });
const FROM_WEB = policy("shop/db-from-web", {
  podSelector: { matchLabels: { app: "db" } },
  ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
});
const KUBE_DNS = {
  services: [
    service("kube-system/kube-dns", {
      clusterIP: "10.96.0.10",
      selector: { "k8s-app": "kube-dns" },
      ports: [{ port: 53, protocol: "UDP" }],
    }),
  ],
  pods: [pod("kube-system/coredns", { labels: { "k8s-app": "kube-dns" }, ip: "10.0.9.9" })],
};

function planned(flows: readonly Flow[], parts: Partial<Snapshot>, controlNamespace?: string): PlanDraft {
  const world = snapshot({
    origin: "manifests",
    namespaces: [namespace("shop"), namespace("default")],
    ...parts,
  });
  const endpoints = [...new Set(flows.flatMap(({ from, to }) => [from, to]))];
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints, flows };
  const resolution = resolveScenarios([scenario], world, { standIns: false, predictOnly: false });
  const draft = planFlows(resolution.flows, world);
  planProofs(draft, {
    snapshot: world,
    evaluator: createEvaluator(world),
    controlNamespace,
    timeoutMs: 2000,
  });
  return draft;
}

function purposes(draft: PlanDraft): readonly string[] {
  return draft.checks.map(
    (check) => `${check.purpose} ${nameOf(draft, check.source)} -> ${targetOf(draft, check)}`,
  );
}

function nameOf(draft: PlanDraft, id: string): string {
  const { template } = draft.find(id);
  return `${template.namespace}/${JSON.stringify(template.labels)}`;
}

function targetOf(draft: PlanDraft, check: Check): string {
  return check.to.kind === "stand-in" ? nameOf(draft, check.to.standIn) : check.to.kind;
}

describe("proofs of a plan", () => {
  it("adds no control where a flow of the scenario reaches the same listener", () => {
    const stranger = labelsEndpoint("stranger", "shop");
    const draft = planned(
      [flow(web, db, { port: 5432 }), flow(stranger, db, { port: 5432, expect: "deny" })],
      { networkPolicies: [FROM_WEB] },
      "default",
    );
    expect(purposes(draft).filter((text) => text.startsWith("listener"))).toEqual([]);
  });

  it("adds a control with the labels that the policy asks for where no flow reaches the listener", () => {
    const stranger = labelsEndpoint("stranger", "shop");
    const draft = planned([flow(stranger, db, { port: 5432, expect: "deny" })], {
      networkPolicies: [FROM_WEB],
    });
    expect(purposes(draft)).toContain('listener shop/{"app":"web"} -> shop/{"app":"db"}');
  });

  it("prefers a control without labels where the policies let it in", () => {
    const egressDenied = policy("shop/no-egress", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
    });
    const draft = planned(
      [flow(web, db, { port: 5432, expect: "deny" })],
      { networkPolicies: [egressDenied] },
      "default",
    );
    expect(purposes(draft)).toContain('listener default/{} -> shop/{"app":"db"}');
  });

  it("lets every stand-in target reach its own listener", () => {
    const draft = planned([flow(web, db, { port: 5432 })], {});
    expect(purposes(draft)).toContain('self shop/{"app":"db"} -> shop/{"app":"db"}');
  });

  it("asks DNS for the source's proof where its flows are all denied and DNS is not", () => {
    const dnsOnly = policy("shop/dns-only", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [{ ports: [{ protocol: "UDP", port: 53 }] }],
    });
    const draft = planned(
      [flow(web, db, { port: 5432, expect: "deny" })],
      { ...KUBE_DNS, networkPolicies: [dnsOnly] },
      "default",
    );
    expect(purposes(draft)).toContain('source shop/{"app":"web"} -> dns');
  });

  it("falls back to a control server in the control namespace for the source's proof", () => {
    const lock = policy("shop/lock-db", { podSelector: { matchLabels: { app: "db" } } });
    const draft = planned(
      [flow(web, db, { port: 5432, expect: "deny" })],
      { origin: "cluster", networkPolicies: [lock] },
      "default",
    );
    expect(purposes(draft)).toContain('source shop/{"app":"web"} -> default/{}');
  });

  it("proves the node of a source that may reach nothing, once nodes are known", () => {
    const world = snapshot({
      origin: "manifests",
      namespaces: [namespace("shop"), namespace("default")],
      nodes: [node("node1", "192.0.2.1")],
      networkPolicies: [policy("shop/deny-all", DENY_ALL)],
    });
    const flows = [flow(web, db, { port: 5432, expect: "deny" })];
    const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [web, db], flows };
    const draft = planFlows(
      resolveScenarios([scenario], world, { standIns: false, predictOnly: false }).flows,
      world,
    );
    const inputs = {
      snapshot: world,
      evaluator: createEvaluator(world),
      controlNamespace: "default",
      timeoutMs: 2000,
    };
    planProofs(draft, inputs);
    expect(purposes(draft).some((text) => text.startsWith("node"))).toBe(false);
    const ends = new Map<string, PodEnd>();
    const nodes = new Map<string, string>();
    for (const standIn of draft.standIns) {
      ends.set(standIn.id, { ...templateEnd(standIn.id, standIn.template), ips: [`10.0.0.${standIn.id}`] });
      nodes.set(standIn.id, "node1");
    }
    planProofs(draft, { ...inputs, ends, nodes });
    expect(purposes(draft)).toContain("node default/{} -> default/{}");
    const client = draft.standIns.find((standIn) => standIn.node !== undefined);
    expect(client?.node).toBe("node1");
  });

  it("adds nothing the second time when nothing is missing", () => {
    const draft = planned([flow(web, db, { port: 5432 })], {});
    const before = purposes(draft);
    const world = snapshot({ namespaces: [namespace("shop")] });
    planProofs(draft, {
      snapshot: world,
      evaluator: createEvaluator(world),
      controlNamespace: "default",
      timeoutMs: 2000,
    });
    expect(purposes(draft)).toEqual(before);
  });
});

describe("stand-ins of a plan", () => {
  it("are one pod for the same labels, whatever they are needed for", () => {
    const cache = labelsEndpoint("cache", "shop", { standIn: true, ports: [tcp(6379)] });
    const draft = planned(
      [flow(web, db, { port: 5432 }), flow(web, cache, { port: 6379 }), flow(db, cache, { port: 6379 })],
      {},
    );
    expect(draft.standIns.map((standIn) => standIn.template.labels.app).sort()).toEqual([
      "cache",
      "db",
      "web",
    ]);
    expect(draft.standIns.find((standIn) => standIn.template.labels.app === "db")?.role).toBe("target");
  });

  it("get a twin for a flow between pods with the same labels, so that it is no loopback", () => {
    const draft = planned([flow(db, db, { port: 5432 })], {});
    expect(draft.standIns).toHaveLength(2);
    const check = draft.checks.find(({ purpose }) => purpose === "flow");
    expect(check?.to.kind === "stand-in" && check.to.standIn !== check.source).toBe(true);
  });

  it("serve the port that a flow asks for even if the endpoint does not declare it", () => {
    const draft = planned([flow(web, db, { port: 9999, expect: "deny" })], {});
    const target = draft.standIns.find((standIn) => standIn.template.labels.app === "db");
    expect(target?.serves.map((port) => port.port)).toEqual([5432, 9999]);
  });

  it("serve HTTP on a port that one flow asks by HTTP and another only connects to", () => {
    const draft = planned(
      [
        flow(web, db, { port: 5432 }),
        flow(web, db, { port: 5432, id: "x", application: { kind: "http", path: "/" } }),
      ],
      {},
    );
    const target = draft.standIns.find((standIn) => standIn.template.labels.app === "db");
    expect(target?.serves).toEqual([{ port: 5432, protocol: "TCP", serve: "http" }]);
  });

  it("are refused where a Service publishes pods that are not Ready", () => {
    const hazard = service("shop/db", {
      clusterIP: "None",
      selector: { app: "db" },
      publishNotReadyAddresses: true,
      ports: [{ port: 5432 }],
    });
    const draft = planned([flow(web, db, { port: 5432 })], { services: [hazard] });
    const refused = draft.standIns.filter((standIn) => standIn.refused !== undefined);
    expect(refused.map((standIn) => standIn.template.labels.app)).toEqual(["db"]);
    expect(refused[0]?.refused).toContain("publishNotReadyAddresses");
  });
});
