import { describe, expect, it } from "vitest";
import type { Pod } from "../../src/model/kubernetes.ts";
import { unrepresented } from "../../src/plan/representativeness.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { flow, labelsEndpoint, namespace, pod, policy, snapshot, tcp } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop", { labels: { app: "web" } });
const db = labelsEndpoint("db", "shop", { standIn: true, ports: [tcp(5432)] });
const LOCK_CANARIES = policy("shop/lock-canaries", {
  podSelector: { matchLabels: { track: "canary" } },
  policyTypes: ["Egress"],
});

function warnings(pods: readonly Pod[]): readonly { message: string; hint?: string }[] {
  const world = snapshot({ namespaces: [namespace("shop")], pods, networkPolicies: [LOCK_CANARIES] });
  const flows = [flow(web, db, { port: 5432 })];
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [web, db], flows };
  const resolved = resolveScenarios([scenario], world, { standIns: false, predictOnly: false }).flows;
  return unrepresented(resolved, world, createEvaluator(world));
}

describe("real pods that a stand-in does not speak for", () => {
  it("are named, with the label that makes the difference", () => {
    const [warning, ...more] = warnings([
      pod("shop/web-1", { labels: { app: "web" } }),
      pod("shop/web-2", { labels: { app: "web", track: "canary" } }),
    ]);
    expect(warning?.message).toContain("does not speak for pod web-2");
    expect(warning?.message).toContain("is allow for the one and deny for the other");
    expect(warning?.hint).toBe("the pod differs by label track=canary");
    expect(more).toEqual([]);
  });

  it("are none where other labels change nothing for the policies", () => {
    expect(warnings([pod("shop/web-1", { labels: { app: "web", "pod-template-hash": "abc" } })])).toEqual([]);
  });

  it("are none among pods that have ended", () => {
    expect(
      warnings([pod("shop/web-2", { labels: { app: "web", track: "canary" }, phase: "Failed" })]),
    ).toEqual([]);
  });
});
