import type { RunReport, Summary } from "../model/report.ts";

/**
 * 0 every flow passed; 1 at least one failed, or a node was seen not to enforce policies; 2 could not decide: inconclusive flows, errors of the run, all flows
 * skipped, no flow at all, or enforcement wanted to be proven and was not. A failure outranks everything.
 */
export function exitCode({
  summary,
  problems,
  enforcement,
}: Pick<RunReport, "summary" | "problems"> & {
  readonly enforcement?: RunReport["enforcement"] | undefined;
}): 0 | 1 | 2 {
  if (summary.failed > 0 || enforcement?.grade === "failed") return 1;
  if (enforcement?.grade === "not-proven") return 2;
  if (summary.inconclusive > 0 || summary.passed === 0) return 2;
  if (problems.some((problem) => problem.severity === "error")) return 2;
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
