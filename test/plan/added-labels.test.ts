import { describe, expect, it } from "vitest";
import type { Labels } from "../../src/model/kubernetes.ts";
import type { StandIn } from "../../src/model/plan.ts";
import { STAND_IN_LABEL } from "../../src/model/stand-in.ts";
import { changedByLabels } from "../../src/plan/added-labels.ts";
import { planFlows } from "../../src/plan/plan-flows.ts";
import { templateEnd } from "../../src/plan/template.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { flow, labelsEndpoint, namespace, pod, policy, snapshot, tcp } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "shop", { ports: [tcp(5432)] });
const world = snapshot({
  namespaces: [namespace("shop")],
  pods: [pod("shop/db-0", { labels: { app: "db" }, ip: "10.0.0.5" })],
  networkPolicies: [
    policy("shop/db", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { team: "friends" } } }] }],
    }),
  ],
});

/** What is said when admission left the only stand-in, that of web, with these labels more. */
function said(added: Labels, problem?: string): readonly string[] {
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [], flows: [flow(web, db)] };
  const { flows } = resolveScenarios([scenario], world, { standIns: false, predictOnly: false });
  const draft = planFlows(flows, world);
  const standIns = new Map(
    draft.standIns.map((planned): [string, StandIn] => {
      const labels = { ...planned.template.labels, [STAND_IN_LABEL]: "true", ...added };
      const end = { ...templateEnd(planned.id, planned.template), labels };
      const standIn = { planned, pod: { namespace: "shop", name: planned.id }, labels, end };
      return [planned.id, problem === undefined ? standIn : { ...standIn, problem }];
    }),
  );
  return [...changedByLabels(draft.checks, standIns, createEvaluator(world)).values()];
}

describe("labels that admission added to a stand-in", () => {
  it("refuse it where the policies treat it differently with them", () => {
    expect(said({ team: "friends", cost: "7" })).toEqual([
      "admission added labels to the stand-in (team=friends, cost=7), and the policies treat it differently with them",
    ]);
  });

  it("are nothing where they change no prediction", () => {
    expect(said({})).toEqual([]);
    expect(said({ "service.istio.io/canonical-name": "web" })).toEqual([]);
  });

  it("add nothing to another problem", () => {
    expect(said({ team: "friends" }, "it never ran")).toEqual([]);
  });
});
