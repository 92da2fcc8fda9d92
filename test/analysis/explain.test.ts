import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import schema from "../../schema/explanation.schema.json" with { type: "json" };
import { explainFlow } from "../../src/analysis/explain.ts";
import type { Explanation } from "../../src/analysis/explanation.ts";
import { explanationJson } from "../../src/analysis/report/explanation-json.ts";
import { explanationText } from "../../src/cli/explain-text.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { parseFlowArguments } from "../../src/scenario/flow-arguments.ts";
import { DENY_INGRESS, deployment, manifests, policy } from "./manifests.ts";

function explain(world: Snapshot, from: string, to: string): Explanation {
  const { scenario } = parseFlowArguments(from, to, { namespace: "shop", expect: "allow", timeoutMs: 0 });
  if (scenario === undefined) throw new Error("the flow can't be read");
  const { flows } = resolveScenarios([scenario], world, { standIns: false, predictOnly: true });
  const [flow] = flows;
  if (flow === undefined) throw new Error("the flow leads nowhere");
  return explainFlow(flow, world, { profile: profileOf("upstream") });
}

function text(explanation: Explanation): string {
  return explanationText([explanation], { color: false, width: 100, ascii: true });
}

const DB_POLICY = policy(
  "shop/db",
  "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]}",
);
const SHOP = manifests(
  deployment("shop/api", "tier: backend"),
  deployment("shop/web", "tier: frontend"),
  deployment("shop/db", "tier: data", 5432),
  policy("shop/deny", DENY_INGRESS),
  DB_POLICY,
  `
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{port: 15432, targetPort: 5432}]}`,
);

describe("explaining a denial", () => {
  const explanation = explain(SHOP, "deploy/web", "deploy/db:5432");
  const [only] = explanation.cases;

  it("names the policies that isolate, and the nearest rule with the condition that it missed on", () => {
    expect(explanation.answer).toBe("deny");
    expect(only?.ingress.tiers.find(({ tier }) => tier === "NetworkPolicy")).toMatchObject({
      outcome: "decides",
      policies: [{ name: "deny" }, { name: "db" }],
    });
    expect(only?.ingress.trace.nearest?.text).toBe("label app=api wanted, pod has app=web");
    expect(only?.ingress.trace.nearest?.condition.position).toMatchObject({ file: "test.yaml" });
    expect(only?.egress.trace).toMatchObject({ value: "allow", isolatedBy: [] });
  });

  it("says what would have to change: the condition, or a rule to add", () => {
    expect(only?.changes.map(({ kind }) => kind)).toEqual(["condition", "rule"]);
    expect(only?.changes[1]?.rule).toBe(
      "ingress:\n- from: [{podSelector: {matchLabels: {app: web, tier: frontend}}}]\n  ports: [{protocol: TCP, port: 5432}]",
    );
  });

  it("proposes a rule that indeed allows it", () => {
    const [field = "", ...rule] = (only?.changes[1]?.rule ?? "").split("\n");
    const more = policy(
      "shop/more",
      `\n  podSelector: {matchLabels: {app: db}}\n  ${field}\n  ${rule.join("\n  ")}`,
    );
    const mended = manifests(
      deployment("shop/web", "tier: frontend"),
      deployment("shop/db", "tier: data", 5432),
      policy("shop/deny", DENY_INGRESS),
      DB_POLICY,
      more,
    );
    expect(explain(mended, "deploy/web", "deploy/db:5432").answer).toBe("allow");
  });

  it("is one page that begins with the answer", () => {
    const lines = text(explanation).split("\n");
    expect(lines[0]).toBe("deny  shop/deploy/web -> shop/deploy/db:5432/TCP");
    expect(lines.length).toBeLessThan(40);
    expect(text(explanation)).toContain("nearest rule: spec.ingress[0] of shop/db (test.yaml:");
    expect(text(explanation)).toContain("it misses by: label app=api wanted, pod has app=web");
  });
});

describe("explaining an answer", () => {
  it("names the rule that allows", () => {
    const explanation = explain(SHOP, "deploy/api", "deploy/db:5432");
    expect(explanation.answer).toBe("allow");
    expect(explanation.cases[0]?.ingress.trace.allowedBy).toMatchObject({
      name: "db",
      path: "spec.ingress[0]",
    });
    expect(text(explanation)).toContain("to deny:");
  });

  it("goes to each backend of a Service by its target port", () => {
    const explanation = explain(SHOP, "deploy/api", "svc/db:15432");
    expect(explanation.cases).toMatchObject([
      { service: "shop/db", port: 5432, prediction: { value: "allow" } },
    ]);
  });

  it("tells cases apart where pods of one name are answered differently", () => {
    const world = manifests(
      deployment("shop/a", "tier: data"),
      deployment("shop/b", "tier: data"),
      policy("shop/b", "{podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress]}"),
    );
    const explanation = explain(world, "tier=data", "deploy/b:80");
    // From b to itself is not like from a to b (S33).
    expect(explanation.answer).toBe("mixed");
    expect(
      explanation.cases.map(({ from, prediction }) => [from.map(({ display }) => display), prediction.value]),
    ).toEqual([
      [["shop/a"], "deny"],
      [["shop/b"], "undetermined"],
    ]);
    expect(text(explanation)).toContain("case 2: undetermined");
  });

  it("says that a source is a pod that does not exist", () => {
    const explanation = explain(SHOP, "app=nobody", "deploy/db:5432");
    expect(explanation.notes[0]).toContain("the source is a pod that does not exist");
  });

  it("leaves an end that is no pod without tiers", () => {
    const explanation = explain(SHOP, "[2001:db8::7]", "deploy/db:5432");
    expect(explanation.cases[0]?.egress.tiers).toEqual([]);
    expect(explanation.cases[0]?.changes.at(-1)?.rule).toContain("{ipBlock: {cidr: 2001:db8::7/128}}");
  });

  it("tells which tier passed on and which decided", () => {
    const tier = (name: string, at: string, action: string, priority: number) => `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: ${name}}
spec:
  tier: ${at}
  priority: ${priority}
  subject: {namespaces: {}}
  ingress: [{action: ${action}, from: [{namespaces: {}}]}]`;
    const world = manifests(
      deployment("shop/api"),
      deployment("shop/db"),
      tier("first", "Admin", "Pass", 1),
      tier("last", "Baseline", "Deny", 5),
    );
    const [only] = explain(world, "deploy/api", "deploy/db:80").cases;
    expect(only?.prediction.value).toBe("deny");
    expect(only?.ingress.tiers.map(({ tier: name, outcome }) => [name, outcome])).toEqual([
      ["Admin", "passes on"],
      ["NetworkPolicy", "none"],
      ["Baseline", "decides"],
    ]);
    expect(only?.ingress.trace.deniedBy).toMatchObject({ kind: "ClusterNetworkPolicy", name: "last" });
  });

  it("is JSON as the schema says", () => {
    const validate = new Ajv({ strict: true }).compile(schema);
    const explanations = [
      explain(SHOP, "deploy/web", "deploy/db:5432"),
      explain(SHOP, "app=nobody", "svc/db:15432"),
      explain(SHOP, "203.0.113.1", "deploy/db:5432"),
      explain(SHOP, "deploy/db", "example.com:443"),
    ];
    expect(validate(JSON.parse(explanationJson(explanations))), JSON.stringify(validate.errors)).toBe(true);
  });
});
