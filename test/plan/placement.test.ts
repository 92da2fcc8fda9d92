import { describe, expect, it } from "vitest";
import type { Placement } from "../../src/model/canary.ts";
import { planFlows } from "../../src/plan/plan-flows.ts";
import { resolveScenarios } from "../../src/resolve/resolve.ts";
import { flow, labelsEndpoint, namespace, node, pod, snapshot, tcp } from "../build-snapshot.ts";

const web = labelsEndpoint("web", "shop");
const db = labelsEndpoint("db", "shop", { ports: [tcp(5432)] });
const server = labelsEndpoint("server", "shop", { standIn: true, ports: [tcp(5432)] });

/** Where the sources of a flow are put: node, placement, and why not. */
function spots(
  placement: Placement,
  to = db,
  nodes = [node("node1", "10.1.0.1"), node("node2", "10.1.0.2")],
) {
  const world = snapshot({
    namespaces: [namespace("shop")],
    nodes,
    pods: [pod("shop/db-0", { labels: { app: "db" }, ip: "10.0.0.5", node: "node2" })],
  });
  const flows = [flow(web, to)];
  const scenario = { name: "s", file: "s.yaml", annotations: {}, endpoints: [], flows };
  const { flows: resolved } = resolveScenarios([scenario], world, { standIns: false, predictOnly: false });
  const draft = planFlows(resolved, world, { placement });
  return draft.checks
    .filter(({ purpose }) => purpose === "flow")
    .map(({ source, to: target, placement: spot, impossible }) => [
      spot,
      draft.find(source).node,
      target.kind === "stand-in" ? draft.find(target.standIn).node : undefined,
      impossible,
    ]);
}

describe("a placement", () => {
  it("of any leaves it to the scheduler", () => {
    expect(spots("any")).toEqual([[undefined, undefined, undefined, undefined]]);
  });

  it("puts the source beside its target, on another node, or both", () => {
    expect(spots("same-node")).toEqual([["same-node", "node2", undefined, undefined]]);
    expect(spots("cross-node")).toEqual([["cross-node", "node1", undefined, undefined]]);
    expect(spots("both").map(([spot, source]) => [spot, source])).toEqual([
      ["same-node", "node2"],
      ["cross-node", "node1"],
    ]);
  });

  it("puts a target of our own somewhere first", () => {
    expect(spots("both", server)).toEqual([
      ["same-node", "node1", "node1", undefined],
      ["cross-node", "node2", "node1", undefined],
    ]);
  });

  it("that cannot be had says why", () => {
    const [[, , , why] = []] = spots("cross-node", db, [node("node2", "10.1.0.2")]);
    expect(why).toBe("there is no other node than node2 to try it from");
    const [[, , , unknown] = []] = spots("same-node", server, []);
    expect(unknown).toContain("the nodes are not known");
    const notReady = [node("node1", "10.1.0.1", "False"), node("node2", "10.1.0.2")];
    expect(spots("cross-node", db, notReady)[0]?.[3]).toContain("no other node");
  });
});
