import { describe, expect, it } from "vitest";
import { CANARY_LABEL } from "../../src/model/canary.ts";
import type { NetworkPolicy } from "../../src/model/kubernetes.ts";
import { canaryPolicy, canaryTells, planCanaries } from "../../src/plan/plan-canaries.ts";
import { PlanDraft } from "../../src/plan/plan-draft.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { DENY_ALL, namespace, policy, snapshot } from "../build-snapshot.ts";

function tells(...others: readonly NetworkPolicy[]): boolean {
  const networkPolicies = [...others, canaryPolicy("lab", "netverdict-0000000")];
  return canaryTells("lab", createEvaluator(snapshot({ namespaces: [namespace("lab")], networkPolicies })));
}

describe("a canary", () => {
  it("is a server and a client on each node, with what each connection is for", () => {
    const draft = new PlanDraft([]);
    planCanaries(draft, "lab", ["node1", "node2"]);
    expect(draft.standIns.map(({ node, role, serves }) => [node, role, serves.length])).toEqual([
      ["node1", "canary", 3],
      ["node1", "canary", 0],
      ["node2", "canary", 3],
      ["node2", "canary", 0],
    ]);
    const on = draft.checks.filter(({ canaryNode }) => canaryNode === "node1");
    expect(on.map(({ purpose, source, port }) => [purpose, source, port])).toEqual([
      ["canary", "2", 8080],
      ["self", "1", 8080],
      ["canary", "2", 8081],
      ["self", "1", 8081],
      ["canary", "2", 8082],
      ["self", "1", 8082],
    ]);
  });

  it("selects nothing but pods of its own", () => {
    const { spec } = canaryPolicy("lab", "netverdict-0000000");
    expect(spec?.podSelector).toEqual({ matchLabels: { [CANARY_LABEL]: "true" } });
  });

  it("tells in a namespace without policies, and beside those that deny", () => {
    expect(tells()).toBe(true);
    expect(tells(policy("lab/deny", DENY_ALL))).toBe(true);
  });

  it("tells nothing beside policies that allow what it is denied", () => {
    const everything = { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] };
    expect(tells(policy("lab/open", everything))).toBe(false);
    expect(tells(policy("lab/out", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] }))).toBe(false);
  });
});
