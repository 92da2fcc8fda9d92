import type { RunReport, Summary } from "../model/report.ts";

/**
 * 0 every flow passed; 1 at least one failed; 2 could not decide: inconclusive flows, errors of the run, all flows
 * skipped, or no flow at all. A failure outranks everything.
 */
export function exitCode(report: Pick<RunReport, "summary" | "problems">): 0 | 1 | 2 {
  const { summary } = report;
  if (summary.failed > 0) return 1;
  if (summary.inconclusive > 0 || summary.passed === 0) return 2;
  if (report.problems.some((problem) => problem.severity === "error")) return 2;
  return summary.passed + summary.skipped === summary.flows ? 0 : 2;
}

/** Counts the verdicts. */
export function summarise(flows: RunReport["flows"]): Summary {
  const count = (verdict: string): number => flows.filter((flow) => flow.verdict === verdict).length;
  return {
    flows: flows.length,
    passed: count("pass"),
    failed: count("fail"),
    inconclusive: count("inconclusive"),
    skipped: count("skipped"),
  };
}
