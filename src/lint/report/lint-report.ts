import type { TextFile } from "../../source/text-file.ts";
import type { Finding } from "../finding.ts";

/** What a run of lint found, as the formats print it. */
export interface LintReport {
  /** In the order of the files and lines. */
  readonly findings: readonly Finding[];
  readonly texts: readonly TextFile[];
  /** How many policies were looked at. */
  readonly policies: number;
  /** Objects with mistakes were left out, so nothing was said of what the manifests lack. */
  readonly incomplete: boolean;
}

export interface LintReportOptions {
  readonly color: boolean;
  /** Of this program. */
  readonly version: string;
}

export type LintReporter = (report: LintReport, options: LintReportOptions) => string;
