import { describe, expect, it } from "vitest";
import type { ResolvedFlow } from "../../src/model/resolved.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { changesBetween, endChange } from "../../src/plan/changes.ts";
import { canaryPolicy } from "../../src/plan/plan-canaries.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { DENY_ALL, flow, labelsEndpoint, namespace, pod, policy, snapshot, tcp } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "data", { ports: [tcp(5432)] });
const DB = pod("data/db-0", { labels: { app: "db" }, ip: "10.0.0.5" });
const BEFORE = snapshot({
  namespaces: [namespace("shop"), namespace("data"), namespace("other")],
  networkPolicies: [policy("data/db", DENY_ALL)],
  pods: [DB],
});

function resolved(world: Snapshot): ResolvedFlow {
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [], flows: [flow(web, db)] };
  const [first] = resolveScenarios([scenario], world, { standIns: false, predictOnly: false }).flows;
  if (first === undefined) throw new Error("no flow");
  return first;
}

function look(after: Snapshot): { texts: readonly string[]; affected: boolean; ends: string | undefined } {
  const changes = changesBetween(BEFORE, after);
  const [then, now] = [resolved(BEFORE), resolved(after)];
  return { texts: changes.texts, affected: changes.affects(then, now), ends: endChange(then, now) };
}

describe("what changes under our feet", () => {
  it("is nothing where only status, annotations and our own pods and policies did", () => {
    const touched = {
      ...policy("data/db", DENY_ALL),
      metadata: { namespace: "data", name: "db", resourceVersion: "9", annotations: { a: "b" } },
    };
    const ours = pod("data/netverdict-0000000-1", {
      labels: { app: "db", "netverdict.dev/stand-in": "true" },
    });
    const after = {
      ...BEFORE,
      pods: [DB, ours],
      networkPolicies: [touched, canaryPolicy("data", "netverdict-0000000")],
    };
    expect(look(after)).toEqual({ texts: [], affected: false, ends: undefined });
  });

  it.each([
    ["is new", [policy("data/db", DENY_ALL), policy("data/web", DENY_ALL)], "NetworkPolicy data/web is new"],
    ["changed", [policy("data/db", { podSelector: {} })], "NetworkPolicy data/db changed"],
    ["is gone", [], "NetworkPolicy data/db is gone"],
  ])("is a policy that %s beside an end of the flow", (_, networkPolicies, text) => {
    expect(look({ ...BEFORE, networkPolicies })).toMatchObject({ texts: [text], affected: true });
  });

  it("is told, and does not concern flows elsewhere", () => {
    const networkPolicies = [...BEFORE.networkPolicies, policy("other/x", DENY_ALL)];
    expect(look({ ...BEFORE, networkPolicies })).toEqual({
      texts: ["NetworkPolicy other/x is new"],
      affected: false,
      ends: undefined,
    });
  });

  it("is the labels of an end's namespace", () => {
    const namespaces = [namespace("shop", { team: "a" }), namespace("data"), namespace("other")];
    expect(look({ ...BEFORE, namespaces })).toMatchObject({
      texts: ["Namespace shop changed"],
      affected: true,
    });
  });

  it("is a policy of the admin tiers, wherever it stands", () => {
    const clusterNetworkPolicies = [{ metadata: { name: "deny" }, spec: { tier: "Admin" } }] as never;
    const adminPolicies = { ...BEFORE.adminPolicies, clusterNetworkPolicies };
    expect(look({ ...BEFORE, adminPolicies })).toMatchObject({ affected: true });
  });

  it.each([
    [
      "another address",
      pod("data/db-0", { labels: { app: "db" }, ip: "10.0.0.9" }),
      "pods of db were replaced",
    ],
    [
      "no longer Ready",
      pod("data/db-0", { labels: { app: "db" }, ip: "10.0.0.5", ready: false }),
      "pods of db",
    ],
    [
      "another name",
      pod("data/db-1", { labels: { app: "db" }, ip: "10.0.0.5" }),
      "db was pod data/db-0 and is",
    ],
    ["no pod", pod("data/x", { labels: { app: "x" }, ip: "10.0.0.5" }), "and is nothing"],
  ])("is a target with %s", (_, after, text) => {
    const { affected, ends } = look({ ...BEFORE, pods: [after] });
    expect(affected).toBe(true);
    expect(ends).toContain(text);
  });
});
