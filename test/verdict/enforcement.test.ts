import { describe, expect, it } from "vitest";
import { CANARY_PORTS } from "../../src/model/canary.ts";
import type { Attempt, ObservationKind } from "../../src/model/observation.ts";
import type { CheckResult, StandIn } from "../../src/model/plan.ts";
import type { NodeEnforcement } from "../../src/model/report.ts";
import { planCanaries } from "../../src/plan/plan-canaries.ts";
import { PlanDraft } from "../../src/plan/plan-draft.ts";
import { templateEnd } from "../../src/plan/template.ts";
import { closedNodes, gradeOf, heldOf, judgeCanary } from "../../src/verdict/enforcement.ts";
import { buildPrediction } from "../report/build-report.ts";

const draft = new PlanDraft([]);
planCanaries(draft, "lab", ["node1"]);

function standIns(more: Partial<StandIn> = {}): ReadonlyMap<string, StandIn> {
  return new Map(
    draft.standIns.map((planned) => [
      planned.id,
      {
        planned,
        pod: { namespace: "lab", name: `netverdict-0000000-${planned.id}` },
        labels: planned.template.labels,
        node: "node1",
        runningAtMs: 9_000,
        end: templateEnd(planned.id, planned.template),
        ...more,
      },
    ]),
  );
}

type Seen = readonly (readonly [ObservationKind, number])[];

/** What each connection of the canary came to; what is left out works as it should at 100 ms. */
function results(
  seen: Partial<Record<keyof typeof CANARY_PORTS | "self", Seen>> = {},
): readonly CheckResult[] {
  return draft.checks.map((check): CheckResult => {
    const names = Object.entries(CANARY_PORTS) as [keyof typeof CANARY_PORTS, number][];
    const name =
      check.purpose === "self" ? "self" : (names.find(([, port]) => port === check.port)?.[0] ?? "self");
    const usual: Seen = [[name === "self" || name === "allowed" ? "connected" : "timeout", 100]];
    const attempts = (seen[name] ?? usual).map(
      ([kind, atMs], index): Attempt => ({
        round: index + 1,
        atMs,
        observation: { kind, reason: `saw ${kind}` },
      }),
    );
    const probe = {
      id: check.id,
      source: { namespace: "lab", name: "n" },
      kind: check.kind,
      host: "10.0.0.1",
      port: check.port,
      timeoutMs: 1000,
    };
    return { check, prediction: buildPrediction(), history: { probe, attempts } };
  });
}

function judged(seen: Parameters<typeof results>[0], pods = standIns()): NodeEnforcement {
  const all = results(seen);
  return judgeCanary("node1", all, heldOf(all, pods, 10_000), pods);
}

describe("the canary of a node", () => {
  it("proves enforcement where both directions block what they should and let through what they should", () => {
    expect(judged({})).toMatchObject({ grade: "proven", heldAfterMs: 1100 });
    expect(judged({})).not.toHaveProperty("fresh");
  });

  it.each([
    ["ingress", { deniedByIngress: [["connected", 100]] }],
    ["egress", { deniedByEgress: [["connected", 100]] }],
    ["ingress and egress", { deniedByIngress: [["connected", 1]], deniedByEgress: [["connected", 1]] }],
  ] as const)("fails where %s is not enforced, and says which", (direction, seen) => {
    const { grade, detail } = judged(seen);
    expect(grade).toBe("failed");
    expect(detail).toContain(`not enforced: ${direction};`);
  });

  it("fails where it held at first and no longer at the end", () => {
    const { grade, detail } = judged({
      deniedByIngress: [
        ["timeout", 100],
        ["connected", 9000],
      ],
    });
    expect(grade).toBe("failed");
    expect(detail).toContain("no longer enforced: ingress; ");
    expect(detail).toContain("blocked at first");
  });

  it.each([
    ["what is allowed does not work", { allowed: [["timeout", 100]] }, /allows did not work \(saw timeout\)/],
    [
      "the probe failed",
      { deniedByEgress: [["exec-error", 1]] },
      /whether egress is enforced could not be told/,
    ],
    ["its own server is dead", { self: [["refused", 1]] }, /own server did not answer on port 8080/],
  ] as const)("proves nothing where %s", (_, seen, detail) => {
    expect(judged(seen)).toMatchObject({ grade: "not-proven", detail: expect.stringMatching(detail) });
  });

  it("says that new pods were closed to the end where what it allows stayed closed, and only there", () => {
    const closed = judged({ allowed: [["timeout", 100]] });
    const unheard = judged({ allowed: [["exec-error", 100]] });
    const open = judged({ deniedByIngress: [["connected", 100]] });
    expect(closed).toMatchObject({ grade: "not-proven", fresh: "closed" });
    expect([...closedNodes({ nodes: [closed] })]).toEqual(["node1"]);
    for (const nodes of [[unheard], [open], [judged({})]]) expect(closedNodes({ nodes }).size).toBe(0);
  });

  it("proves nothing where a pod of it could not be used, or none was made", () => {
    expect(judged({}, standIns({ problem: "the image is not there" }))).toMatchObject({
      grade: "not-proven",
      detail: "its canary could not be used: the image is not there",
    });
    expect(judgeCanary("node9", [], undefined, standIns()).grade).toBe("not-proven");
  });

  it("proves nothing where it came to hold only after the flows were judged", () => {
    expect(judgeCanary("node1", results(), undefined, standIns()).grade).toBe("not-proven");
  });

  it("tells for how long fresh pods were open, or closed", () => {
    expect(
      judged({
        deniedByIngress: [
          ["connected", 100],
          ["timeout", 700],
        ],
      }),
    ).toMatchObject({
      grade: "proven",
      fresh: "open",
      heldAfterMs: 1700,
    });
    expect(
      judged({
        allowed: [
          ["timeout", 100],
          ["connected", 2300],
        ],
      }),
    ).toMatchObject({
      grade: "proven",
      fresh: "closed",
      heldAfterMs: 3300,
    });
  });
});

it("of several nodes the worst counts, and of none nothing is proven", () => {
  const of = (grade: NodeEnforcement["grade"]): NodeEnforcement => ({ node: grade, grade, detail: "" });
  expect(gradeOf([of("proven"), of("not-proven"), of("failed")])).toBe("failed");
  expect(gradeOf([of("proven"), of("not-proven")])).toBe("not-proven");
  expect(gradeOf([of("proven")])).toBe("proven");
  expect(gradeOf([])).toBe("not-proven");
});
