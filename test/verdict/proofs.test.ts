import { describe, expect, it } from "vitest";
import type { Check, CheckResult, StandIn } from "../../src/model/plan.ts";
import { PlanDraft } from "../../src/plan/plan-draft.ts";
import { templateEnd } from "../../src/plan/template.ts";
import { podEnd } from "../../src/resolve/pods.ts";
import { ProofBook } from "../../src/verdict/proofs.ts";
import { pod, tcp } from "../build-snapshot.ts";
import { buildPrediction } from "../report/build-report.ts";

const DB = pod("shop/db-0", { labels: { app: "db" }, ip: "10.0.0.5", node: "node2" });
const draft = new PlanDraft([]);
const source = draft.standIn(
  { namespace: "shop", labels: { app: "web" }, ports: [tcp(1)], display: "web" },
  "source",
);
draft.check({
  purpose: "flow",
  flow: 0,
  target: 0,
  expect: "deny",
  source,
  to: { kind: "address", address: "10.0.0.5", end: podEnd(DB, []) },
  port: 5432,
  kind: "tcp",
  listener: "shop/db-0:5432/TCP",
  timeoutMs: 2000,
  readiness: { grade: "kubelet", detail: "shop/db-0 is Ready by a readinessProbe on port 5432" },
  readinessNodes: ["node2"],
});
const [check] = draft.checks as readonly [Check];

function book(nodes: readonly (string | undefined)[], problem?: string): ProofBook {
  const [planned] = draft.standIns;
  if (planned === undefined) throw new Error("no stand-in");
  const standIns = nodes.map((node, index): [string, StandIn] => [
    index === 0 ? planned.id : `other ${index}`,
    {
      planned,
      pod: { namespace: "shop", name: `netverdict-0000000-${index}` },
      labels: {},
      ...(node === undefined ? {} : { node }),
      end: templateEnd(planned.id, planned.template),
      ...(problem === undefined || index === 0 ? {} : { problem }),
    },
  ]);
  const result: CheckResult = { check, prediction: buildPrediction(), notRun: "not tried" };
  return new ProofBook([result], new Map(standIns));
}

describe("what the kubelet says of a listener", () => {
  it("counts where a pod of ours came up on that node in this run", () => {
    expect(book(["node1", "node2"]).evidence(check).listener.grade).toBe("kubelet");
    expect(book(["node2"]).evidence(check).listener.grade).toBe("kubelet");
  });

  it("does not count of a node that may be dead", () => {
    const { listener } = book(["node1"]).evidence(check);
    expect(listener.grade).toBe("running");
    expect(listener.detail).toContain("node node2 was not seen alive in this run");
  });

  it("does not count where our pod on that node did not come up", () => {
    expect(book(["node1", "node2"], "it was not scheduled").evidence(check).listener.grade).toBe("running");
  });
});
