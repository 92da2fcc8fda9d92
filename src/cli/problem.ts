import type { RunProblem } from "../model/report.ts";
import type { Diagnostic } from "../source/diagnostic.ts";

/** A finding about a scenario or manifest, as reports carry it. */
export function problemOf(diagnostic: Diagnostic): RunProblem {
  const start = diagnostic.range?.start;
  return {
    severity: diagnostic.severity,
    message: diagnostic.message,
    ...(diagnostic.hint === undefined ? {} : { hint: diagnostic.hint }),
    ...(diagnostic.range === undefined || start === undefined
      ? {}
      : { position: { file: diagnostic.range.file, ...start } }),
  };
}
