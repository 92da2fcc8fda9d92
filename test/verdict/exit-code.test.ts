import { describe, expect, it } from "vitest";
import type { RunProblem, Summary } from "../../src/model/report.ts";
import { exitCode } from "../../src/verdict/exit-code.ts";

function code(summary: Partial<Summary>, problems: readonly RunProblem[] = []): number {
  const counts = { passed: 0, failed: 0, inconclusive: 0, skipped: 0, ...summary };
  const flows = counts.passed + counts.failed + counts.inconclusive + counts.skipped;
  return exitCode({ summary: { flows, ...counts, ...summary }, problems });
}

describe("exit code", () => {
  it("is 0 only when every flow passed", () => expect(code({ passed: 3 })).toBe(0));
  it("is 0 when the others were skipped by choice", () => expect(code({ passed: 3, skipped: 1 })).toBe(0));
  it("is 1 when a flow failed", () => expect(code({ passed: 3, failed: 1 })).toBe(1));
  it("is 1 when a flow failed and another could not be decided", () =>
    expect(code({ failed: 1, inconclusive: 1 })).toBe(1));
  it("is 2 when a flow could not be decided", () => expect(code({ passed: 3, inconclusive: 1 })).toBe(2));
  it("is 2 when there was no flow at all", () => expect(code({})).toBe(2));
  it("is 2 when all flows were skipped", () => expect(code({ skipped: 4 })).toBe(2));
  it("is 2 when the counts do not add up", () => expect(code({ passed: 3, flows: 4 })).toBe(2));
  it("is 2 when the run itself had an error", () =>
    expect(code({ passed: 3 }, [{ severity: "error", message: "the canary was not proven" }])).toBe(2));
  it("is 0 with warnings", () =>
    expect(code({ passed: 3 }, [{ severity: "warning", message: "…" }])).toBe(0));
});
