import { describe, expect, it } from "vitest";
import { summaryLine } from "../../src/report/summary-line.ts";
import { RICH } from "./rich-report.ts";

interface Line {
  readonly exitCode: number;
  readonly failed: number;
  readonly notPassed: readonly { readonly id: string; readonly verdict: string }[];
  readonly more?: number;
}

describe("the summary line", () => {
  const report = RICH;

  it("is one line of JSON with the counts, the exit code and the flows that did not pass", () => {
    const line = summaryLine(report);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    const parsed = JSON.parse(line) as Line;
    expect(parsed.exitCode).toBe(report.exitCode);
    expect(parsed.failed).toBe(report.summary.failed);
    expect(parsed.notPassed.length + (parsed.more ?? 0)).toBe(
      report.summary.failed + report.summary.inconclusive,
    );
  });

  it("never exceeds what the kubelet keeps, and says how many flows it left out", () => {
    const flow = report.flows.find(({ verdict }) => verdict === "fail");
    if (flow === undefined) throw new Error("the rich report has a failure");
    const flows = Array.from({ length: 500 }, (_, n) => ({ ...flow, id: `flow ${n} ${"x".repeat(100)}` }));
    const line = summaryLine({ ...report, flows });
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
    const parsed = JSON.parse(line) as Line;
    expect(parsed.notPassed.length).toBeGreaterThan(0);
    expect(parsed.more).toBe(500 - parsed.notPassed.length);
  });
});
