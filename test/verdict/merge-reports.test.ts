import { describe, expect, it } from "vitest";
import type { Enforcement, FlowReport, NodeEnforcement, RunReport, Verdict } from "../../src/model/report.ts";
import { exitCode, summarise } from "../../src/verdict/exit-code.ts";
import { mergeReports, type NamedReport } from "../../src/verdict/merge-reports.ts";
import { buildFlow, buildReport, type Given } from "../report/build-report.ts";

/** Which shard each of the flows belongs to; the third one has none. */
const OWNERS = [1, 2, 1, 4];
const COUNT = 4;

const PROVEN: Enforcement = {
  canary: "auto",
  namespace: "default",
  grade: "proven",
  nodes: [{ node: "node1", grade: "proven", detail: "held", heldAfterMs: 100 }],
};
const NOTHING_PROBED: Enforcement = {
  canary: "auto",
  grade: "not-proven",
  reason: "nothing was probed",
  nodes: [],
};

interface ShardGiven extends Given<RunReport> {
  readonly verdicts?: Readonly<Record<number, Verdict>>;
}

/** The report of one shard: its own flows as told, else passed, all others skipped. */
function shard(index: number, { verdicts = {}, ...given }: ShardGiven = {}): NamedReport {
  const flows = OWNERS.map((owner, place): FlowReport => {
    const id = `shop/pod-${place} -> shop/db:5432/TCP`;
    if (owner === index) return { ...buildFlow({ id, verdict: verdicts[place] ?? "pass" }), shard: owner };
    const reason = `in shard ${owner} of ${COUNT}`;
    return { ...buildFlow({ id, verdict: "skipped", reason, observed: null, targets: [] }), shard: owner };
  });
  const enforcement = OWNERS.includes(index) ? PROVEN : NOTHING_PROBED;
  const report = buildReport({
    flows,
    enforcement,
    runId: `run-${index}`,
    shard: { index, count: COUNT, fingerprint: "f00d" },
    ...given,
  });
  return { name: `shard-${index}.json`, report: { ...report, exitCode: given.exitCode ?? exitCode(report) } };
}

const ALL = [1, 2, 3, 4].map((index) => shard(index));

function merged(reports: readonly NamedReport[]): RunReport {
  const report = mergeReports(reports, []);
  if (!("flows" in report)) throw new Error(report.problems.map(({ message }) => message).join("; "));
  expect(report.summary).toEqual(summarise(report.flows));
  return report;
}

const errorsOf = ({ problems }: Pick<RunReport, "problems">): readonly string[] =>
  problems.filter(({ severity }) => severity === "error").map(({ message }) => message);

describe("the reports of all shards", () => {
  it("are one run that passed, also where a shard had no flow and by itself decided nothing", () => {
    expect(ALL.map(({ report }) => report.exitCode)).toEqual([0, 0, 2, 0]);
    const report = merged(ALL);
    expect(report).toMatchObject({ exitCode: 0, summary: { flows: 4, passed: 4, skipped: 0 }, problems: [] });
    expect(report.flows.map(({ shard: owner }) => owner)).toEqual(OWNERS);
    expect(report.shards).toMatchObject({
      count: 4,
      merged: [1, 2, 3, 4].map((index) => ({ index, runId: `run-${index}` })),
    });
    expect(report.shard).toBeUndefined();
    expect(report.runId).toBeUndefined();
  });

  it("make the same report in whatever order they come", () => {
    expect(merged([...ALL].reverse())).toEqual(merged(ALL));
  });

  it.each<[Verdict, number]>([
    ["fail", 1],
    ["inconclusive", 2],
    ["skipped", 0],
  ])("with a flow that is %s in its shard end with %i", (verdict, code) => {
    const report = merged([shard(1, { verdicts: { 2: verdict } }), ...ALL.slice(1)]);
    expect(report.flows[2]?.verdict).toBe(verdict);
    expect(report.exitCode).toBe(code);
  });

  it("last from the first beginning to the last end, and cost what they cost together", () => {
    const late = shard(2, { startedAt: "2026-11-21T03:00:30.000Z", durationMs: 10_000 });
    const report = merged([ALL[0], late, ALL[2], ALL[3]].flatMap((one) => one ?? []));
    expect(report).toMatchObject({ startedAt: "2026-11-21T03:00:00.000Z", durationMs: 40_000 });
    expect(report.requests).toMatchObject({ api: 4 * 41, exec: 4 * 12, byKind: { "list pods": 12 } });
    expect(report.standIns).toHaveLength(8);
  });

  it("say once what all say, and with their number what some say", () => {
    const all = { severity: "warning", message: "everybody sees it" } as const;
    const one = { severity: "warning", message: "only here" } as const;
    const report = merged(
      [1, 2, 3, 4].map((index) => shard(index, { problems: index === 2 ? [all, one] : [all] })),
    );
    expect(report.problems.map(({ message }) => message)).toEqual([
      "everybody sees it",
      "shard 2 of 4: only here",
    ]);
  });

  it("warn where the policies changed from one to the other", () => {
    const other = shard(4, { policies: { networkPolicies: 6, foreign: [], unread: [] } });
    const report = merged([...ALL.slice(0, 3), other]);
    expect(report.problems).toMatchObject([{ severity: "warning" }]);
    expect(report.problems[0]?.message).toContain("different NetworkPolicies (5 and 6)");
    expect(report.policies.networkPolicies).toBe(6);
  });
});

describe("what does not fit together is never green:", () => {
  it("a missing shard, whose flows are inconclusive", () => {
    const report = merged(ALL.filter((_, place) => place !== 0));
    expect(errorsOf(report)).toEqual(["there is no report of shard 1 of 4"]);
    expect(report.flows.map(({ verdict }) => verdict)).toEqual([
      "inconclusive",
      "pass",
      "inconclusive",
      "pass",
    ]);
    expect(report.flows[0]?.advice).toContain("--shard 1/4");
    expect(report.exitCode).toBe(2);
  });

  it("a missing shard that has no flow: nobody knows that it had none", () => {
    expect(merged(ALL.filter((_, place) => place !== 2)).exitCode).toBe(2);
  });

  it("a missing shard beside a failed flow, which outranks it", () => {
    expect(merged([shard(2, { verdicts: { 1: "fail" } })]).exitCode).toBe(1);
  });

  it.each<[Verdict, Verdict, number]>([
    ["pass", "pass", 2],
    ["pass", "inconclusive", 2],
    ["pass", "fail", 1],
    ["fail", "pass", 1],
  ])("a shard that is there twice, with %s and with %s", (first, second, code) => {
    const twice = [shard(2, { verdicts: { 1: first } }), shard(2, { verdicts: { 1: second } })];
    const report = merged([...ALL.filter((_, place) => place !== 1), ...twice]);
    expect(errorsOf(report)).toEqual(["shard 2 of 4 is there 2 times: shard-2.json, shard-2.json"]);
    expect(report.exitCode).toBe(code);
  });

  it.each<[string, Given<RunReport>, string]>([
    [
      "another cluster",
      { cluster: { server: "https://elsewhere" } },
      "cluster https://elsewhere in place of https://10.0.0.1:6443",
    ],
    ["another version", { version: "9.9.9" }, "version of netverdict 9.9.9 in place of 0.1.0"],
    ["other settings", { settings: { settleMs: 1 } }, "settleMs 1 in place of 20000"],
    ["other scenarios", { scenarios: [] }, "scenarios"],
    ["what reports do not carry", {}, "other contents of the scenarios, or other settings"],
  ])("the report of another run, with %s", (_, given, said) => {
    const foreign = shard(4, { ...given, shard: { index: 4, count: COUNT, fingerprint: "0dd" } });
    const report = merged([...ALL.slice(0, 3), foreign]);
    const errors = errorsOf(report);
    expect(errors[0]).toContain("shard-4.json is the report of another run: ");
    expect(errors[0]).toContain(said);
    expect(errors[1]).toBe("there is no report of shard 4 of 4");
    expect(report.exitCode).toBe(2);
  });

  it("the report of another run beside all that belong together", () => {
    const foreign = shard(4, { shard: { index: 4, count: COUNT, fingerprint: "0dd", group: "build-41" } });
    const report = merged([foreign, ...ALL]);
    expect(errorsOf(report)).toHaveLength(1);
    expect(errorsOf(report)[0]).toContain("shard group build-41 in place of none");
    expect([report.summary.passed, report.exitCode]).toEqual([4, 2]);
  });

  it("other flows under the same fingerprint", () => {
    const { name, report: own } = shard(4);
    const flows = own.flows.map((flow) => ({ ...flow, id: `${flow.id}!` }));
    expect(errorsOf(merged([...ALL.slice(0, 3), { name, report: { ...own, flows } }]))[0]).toContain(
      "its flows are others",
    );
  });

  it("shards of different days, unless they were given a common name", () => {
    const old = { startedAt: "2026-11-20T03:00:00.000Z" };
    const report = merged([...ALL.slice(0, 3), shard(4, old)]);
    expect(errorsOf(report)[0]).toContain("the shards began 1440 minutes apart");
    expect(report.exitCode).toBe(2);
    const named = [1, 2, 3, 4].map((index) =>
      shard(index, {
        ...(index === 4 ? old : {}),
        shard: { index, count: COUNT, group: "7", fingerprint: "f" },
      }),
    );
    expect(merged(named).exitCode).toBe(0);
  });

  it("an error that a shard had", () => {
    const failed = shard(2, {
      problems: [{ severity: "error", message: "the report could not be written" }],
    });
    expect(merged([ALL[0], failed, ALL[2], ALL[3]].flatMap((one) => one ?? [])).exitCode).toBe(2);
  });

  it("a report that could not be read", () => {
    const report = mergeReports(ALL, [{ severity: "error", message: "x.json is no report" }]);
    expect(report).toMatchObject({ exitCode: 2, summary: { passed: 4 } });
  });

  it.each<[string, Partial<RunReport>, string]>([
    ["of a whole run", { shard: undefined } as unknown as RunReport, "is of a whole run, not of a shard"],
    ["that is merged", { shards: { count: 4, merged: [] } }, "is merged already"],
    ["of predictions", { mode: "predict" }, "holds predictions"],
    ["whose exit code is not that of its flows", { exitCode: 1 }, "its exit code is 1, its flows say 0"],
    ["whose summary was changed", { summary: { ...summarise([]), flows: 4 } }, "does not count its flows"],
    ["without a word on enforcement", { enforcement: undefined } as unknown as RunReport, "enforce"],
    ["of the fifth shard of four", { shard: { index: 5, count: 4, fingerprint: "f00d" } }, "no shard 5 of 4"],
    ["that was cut", { flows: [] }, "does not count its flows"],
  ])("a report %s", (_, change, said) => {
    const { name, report: own } = shard(4);
    const report = merged([...ALL.slice(0, 3), { name, report: { ...own, ...change } }]);
    expect(errorsOf(report)[0]).toContain(said);
    expect(report.exitCode).toBe(2);
  });

  it("a report in which flows of other shards were tried", () => {
    const { name, report: own } = shard(4);
    const flows = own.flows.map((flow) => ({ ...flow, verdict: "pass" as const }));
    const odd = { ...own, flows, summary: summarise(flows) };
    expect(errorsOf(merged([...ALL.slice(0, 3), { name, report: odd }]))[0]).toContain(
      "is in another shard and was tried",
    );
  });

  it("nothing at all", () => {
    expect(mergeReports([], [])).toEqual({ problems: [] });
    const foreign = mergeReports([{ name: "a.json", report: buildReport() }], []);
    expect("flows" in foreign).toBe(false);
    expect(errorsOf(foreign)).toEqual(["a.json is of a whole run, not of a shard"]);
  });
});

describe("enforcement", () => {
  const node = (name: string, grade: NodeEnforcement["grade"], heldAfterMs?: number): NodeEnforcement => ({
    node: name,
    grade,
    detail: grade,
    ...(heldAfterMs === undefined ? {} : { heldAfterMs, fresh: "open" }),
  });
  const withNodes = (index: number, grade: Enforcement["grade"], ...nodes: NodeEnforcement[]): NamedReport =>
    shard(index, { enforcement: { canary: "auto", namespace: "default", grade, nodes } });
  const of = (...reports: readonly NamedReport[]): RunReport =>
    merged([...ALL.filter(({ name }) => !reports.some((one) => one.name === name)), ...reports]);

  it("is the worst that any shard saw of each node", () => {
    const report = of(
      withNodes(1, "proven", node("node1", "proven", 300), node("node2", "proven")),
      withNodes(2, "not-proven", node("node2", "not-proven")),
    );
    expect(report.enforcement).toMatchObject({
      grade: "not-proven",
      nodes: [
        { node: "node1", grade: "proven", heldAfterMs: 300, fresh: "open" },
        { node: "node2", grade: "not-proven" },
      ],
    });
    expect(report.exitCode).toBe(2);
  });

  it("that failed in one shard fails the run, whatever the flows", () => {
    expect(of(withNodes(2, "failed", node("node1", "failed"))).exitCode).toBe(1);
  });

  it("that failed is not forgiven to a shard without flows either", () => {
    expect(of(withNodes(3, "failed", node("node1", "failed"))).exitCode).toBe(1);
  });

  it("that a shard could not look at leaves the run undecided", () => {
    const none = shard(4, {
      enforcement: { canary: "auto", grade: "not-proven", reason: "no right to create pods", nodes: [] },
    });
    const report = of(none);
    expect(report.enforcement).toMatchObject({ grade: "not-proven", reason: "no right to create pods" });
    expect(report.exitCode).toBe(2);
  });

  it("that nobody wanted stays so", () => {
    const off = [1, 2, 3, 4].map((index) =>
      shard(index, {
        enforcement: { canary: "off", grade: "off", reason: "left out by --canary off", nodes: [] },
      }),
    );
    expect(merged(off)).toMatchObject({ enforcement: { grade: "off" }, exitCode: 0 });
  });
});
