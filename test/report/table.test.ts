import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import type { ReportOptions } from "../../src/report/reporter.ts";
import { reportTable, reportWide } from "../../src/report/table.ts";
import { policyAdvice } from "../../src/verdict/advice.ts";
import { attempt, buildFlow, buildReport, buildTarget } from "./build-report.ts";
import { DENIED_BY_LABEL, PREDICTED, RICH, SMALL } from "./rich-report.ts";

function options(given: Partial<ReportOptions> = {}): ReportOptions {
  return { color: false, width: 100, ascii: false, verbose: false, ...given };
}

function table(report: RunReport, given: Partial<ReportOptions> = {}): string {
  return reportTable(report, options(given));
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split("\n").at(-1);
}

describe("the table as people see it", () => {
  it.each([
    ["rich-80.txt", RICH, { width: 80 }],
    ["rich-100.txt", RICH, { width: 100 }],
    ["rich-140.txt", RICH, { width: 140 }],
    ["rich-80-ascii.txt", RICH, { width: 80, ascii: true }],
    ["rich-100-ascii.txt", RICH, { width: 100, ascii: true }],
    ["rich-140-ascii.txt", RICH, { width: 140, ascii: true }],
    ["small-140.txt", SMALL, { width: 140 }],
    ["small-100-verbose.txt", SMALL, { width: 100, verbose: true }],
    ["predicted-100.txt", PREDICTED, { width: 100 }],
    ["no-flow.txt", buildReport({ flows: [] }), {}],
  ] as const)("%s", async (file, report, given) => {
    await expect(table(report, given)).toMatchFileSnapshot(`golden/table-${file}`);
  });

  it.each([
    ["rich.txt", RICH],
    ["predicted.txt", PREDICTED],
  ])("wide-%s", async (file, report) => {
    await expect(reportWide(report, options())).toMatchFileSnapshot(`golden/wide-${file}`);
  });
});

describe("the lines of the table", () => {
  it.each([80, 100, 140, 200])("are no wider than a terminal of %i columns", (width) => {
    const lines = table(RICH, { width }).split("\n");
    const long = lines.filter((line) => line.length > width && !line.includes("kubectl exec"));
    expect(lines.length).toBeGreaterThan(50);
    expect(long).toEqual([]);
  });

  it.each([
    ["ASCII", "a"],
    ["another script", "འ"],
  ])("are as wide as the longest of a thousand flows, the first of which are short: %s", (_, letter) => {
    const flows = Array.from({ length: 1000 }, (_value, index) =>
      buildFlow({ id: `${letter.repeat(1 + Math.floor(index / 100))} -> b:5432/TCP` }),
    );
    const lines = table(buildReport({ flows }), { width: 120 }).split("\n").slice(0, 1001);
    expect(lines[0]).toBe(`${"FLOW".padEnd(26)}EXPECT  OBSERVED   PREDICTED  VERDICT`);
    expect(lines[1]).toBe(`${`${letter} -> b:5432/TCP`.padEnd(26)}allow   connected  allow      pass`);
    expect(lines[1000]).toBe(`${letter.repeat(10)} -> b:5432/TCP  allow   connected  allow      pass`);
    expect(lines.filter((line) => line.includes("FLOW"))).toHaveLength(1);
  });

  it("keep the whole verdict where a flow does not fit", () => {
    const id = `shop/${"a".repeat(80)} -> shop/${"b".repeat(80)}:5432/TCP`;
    const text = table(buildReport({ flows: [buildFlow({ id, verdict: "inconclusive" })] }), { width: 80 });
    expect(text.split("\n")[1]).toMatch(
      /^a+… -> b+…:5432\/TCP {2}allow {3}connected {2}allow {6}inconclusive$/,
    );
  });

  it("count columns, not characters", () => {
    const flows = [
      buildFlow({ id: "店/前端 -> 店/数据库:5432/TCP" }),
      buildFlow({ id: "shop/a -> shop/b:1/TCP" }),
    ];
    const [, wide, narrow] = table(buildReport({ flows })).split("\n");
    const wideCharacters = 7;
    expect(wide?.indexOf("allow")).toBe((narrow?.indexOf("allow") ?? 0) - wideCharacters);
  });

  it("say where a flow stands that did not pass, if there is room", () => {
    const rows = table(SMALL, { width: 140 }).split("\n").slice(1, 4);
    expect(rows.map((row) => /scenario\.yaml:\d+$/.test(row))).toEqual([false, true, true]);
  });

  it("have no colours of their own in a pipe", () => {
    expect(table(RICH)).not.toContain("\x1b");
    expect(reportWide(RICH, options())).not.toContain("\x1b");
  });

  it("are the same with colour, apart from the colour", () => {
    const colored = table(RICH, { color: true });
    expect(colored).toContain("\x1b[31mFAIL");
    expect(stripVTControlCharacters(colored)).toBe(table(RICH));
  });

  it("hold nothing beyond ASCII where that is asked for", () => {
    const report = buildReport({ flows: [buildFlow({ name: "Größe → 店 …" })], problems: RICH.problems });
    const text = table(report, { ascii: true, verbose: true });
    expect(text).toContain("Gr\\u{f6}\\u{df}e -> \\u{5e97} ...");
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe("the block of a failure", () => {
  const failure = buildFlow(
    {},
    {
      prediction: DENIED_BY_LABEL,
      observed: "timeout",
      verdict: "fail",
      cause: "policy",
      reason: `the policies forbid it: ${DENIED_BY_LABEL.reason}`,
      advice: policyAdvice(DENIED_BY_LABEL, "connect"),
    },
  );

  it("does not say the policies' reason twice", () => {
    const text = table(buildReport({ flows: [failure] }), { width: 400 });
    expect(text.split(DENIED_BY_LABEL.ingress.reason)).toHaveLength(2);
    expect(text).toContain("cause:     policy: the policies forbid it\n");
  });

  it("says the nearest rule once, with its place, and not again as advice", () => {
    const text = table(buildReport({ flows: [failure] }), { width: 400 });
    expect(text.split("label tier=back-end wanted, pod has tier=backend")).toHaveLength(2);
    expect(text).toMatch(/it misses by: label tier=back-end wanted.* \(.*policies\.yaml:108\)/);
    expect(text).not.toContain("advice:");
  });

  it("keeps advice that says more", () => {
    const flow = buildFlow({ ...failure, cause: "enforcement" });
    expect(table(buildReport({ flows: [flow] }), { width: 400 })).toContain(
      "advice:    ingress: nearest rule is",
    );
  });

  it("names rules by their field path where objects have no place in a file", () => {
    const text = table(RICH, { width: 400 });
    expect(text).toContain("nearest rule: spec.egress[0] of staging/frontend-policy\n");
    expect(text).toContain("it misses by: port 8080 wanted, flow asks 5432 (spec.egress[0].ports[0].port)\n");
    expect(text).toContain(
      "isolated by: staging/allow-dns, staging/default-deny-all, staging/frontend-policy\n",
    );
  });

  it("shows some lines of raw output and how many more there are", () => {
    const output = Array.from({ length: 9 }, (_, index) => `line ${index + 1}`).join("\r\n");
    const flow = buildFlow({}, { verdict: "fail", output });
    const text = table(buildReport({ flows: [flow] }));
    expect(text).toContain("│ line 6\n             (3 more lines)\n");
    expect(table(buildReport({ flows: [flow] }), { verbose: true })).toContain("│ line 9\n");
  });

  it("shows the worst of several targets, what fails like it, and a count of the others", () => {
    const bad = { verdict: "fail", observed: "timeout", durationMs: 2000 } as const;
    const targets = [
      buildTarget({ target: "pod shop/db-0" }),
      ...[1, 2, 3, 4, 5].map((index) => buildTarget({ ...bad, target: `pod shop/db-${index}` })),
    ];
    const text = table(buildReport({ flows: [buildFlow({ targets, decidedBy: 1 })] }));
    expect(text).toContain("targets:   6 targets: 5 FAIL, 1 pass\n");
    expect(text).toContain("to:        pod shop/db-1,");
    expect(text).toContain("also FAIL: pod shop/db-4: observed timeout 2.0s, predicted allow\n");
    expect(text).not.toContain("pod shop/db-0");
    expect(text).not.toContain("pod shop/db-5");
    expect(text).toContain("and 1 more alike\n");
  });

  it("says how a result changed, silence and refusal being one answer", () => {
    const changed = [attempt("timeout", 100), attempt("refused", 900, 2), attempt("connected", 3200, 3)];
    const text = table(buildReport({ flows: [buildFlow({}, { verdict: "fail", attempts: changed })] }));
    expect(text).toContain(
      "history:   timeout at 0.1 s (2 times), connected at 3.2 s (settled after 3.2 s)\n",
    );
  });

  it("is printed for flows that passed only where more is asked for", () => {
    const report = buildReport({ flows: [buildFlow()] });
    expect(table(report)).not.toContain("reason:");
    expect(table(report, { verbose: true })).toContain("reason:    connected as expected\n");
    expect(table(report, { verbose: true })).toContain("(proof: kubelet)");
  });
});

describe("the notes", () => {
  it("tell of passes whose answer changed, of blocks that are no policy's, and of nothing else", () => {
    const notes = table(RICH, { width: 400 }).split("notes\n")[1]?.split("\n\n")[0]?.split("\n");
    expect(notes).toHaveLength(2);
    expect(notes?.[0]).toBe(
      "  staging/frontend -> http://staging/backend:8080/: timeout at 0.1 s (2 times), connected at 3.2 s (settled after 3.2 s)",
    );
    expect(notes?.[1]).toContain("blocked, but not by NetworkPolicy");
  });

  it("are not missing where another target than the deciding one disagrees", () => {
    const targets = [
      buildTarget({ target: "pod shop/db-0" }),
      buildTarget({
        target: "pod shop/db-1",
        predicted: "deny",
        reason: "it works (accepted by --allow-unenforced)",
      }),
    ];
    const text = table(buildReport({ flows: [buildFlow({ targets, prediction: "disagrees" })] }), {
      width: 200,
    });
    expect(text).toContain("pod shop/db-1: it works (accepted by --allow-unenforced)\n");
  });
});

describe("the last lines", () => {
  it("count short times in milliseconds", () => {
    expect(table(PREDICTED)).toContain("reading 61 ms, predicting 4 ms\n");
  });

  it.each([
    ["all passed", buildReport(), "1 passed (1 flow, 6.1 s)"],
    ["the sample", SMALL, "1 failed, 1 inconclusive, 1 passed (3 flows, 6.1 s)"],
    [
      "inconclusive",
      buildReport({ flows: [buildFlow({ verdict: "inconclusive" }), buildFlow()] }),
      "not green (exit code 2): 1 flow is inconclusive",
    ],
    [
      "all skipped",
      buildReport({ flows: [buildFlow({ verdict: "skipped", reason: "left out by --filter" })] }),
      "not green (exit code 2): every flow was skipped, so nothing was decided",
    ],
    [
      "errors of the run",
      buildReport({ problems: [{ severity: "error", message: "canary unproven" }] }),
      "not green (exit code 2): 1 error of the run",
    ],
    ["no flow", buildReport({ flows: [] }), "not green (exit code 2): there is no flow at all"],
  ])("%s", (_, report, line) => {
    expect(lastLine(table(report))).toBe(line);
  });

  it("say of no flow at all that nothing was decided", () => {
    expect(table(buildReport({ flows: [] }))).toContain("no flow at all: nothing was decided");
  });

  it("say that commands to repeat need --keep, unless it was given", () => {
    expect(table(SMALL)).toContain("run again with --keep");
    expect(table({ ...SMALL, settings: { keep: true } })).not.toContain("run again with --keep");
  });
});
