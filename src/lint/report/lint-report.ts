import type { TextFile } from "../../source/text-file.ts";
import type { Finding } from "../finding.ts";

/** What a run of lint found, as the formats print it. */
export interface LintReport {
  /** In the order of the files and lines; of a cluster in that of its objects. */
  readonly findings: readonly Finding[];
  /** Absent: the objects are a cluster's. */
  readonly texts?: readonly TextFile[];
  /** How many policies were looked at. */
  readonly policies: number;
  /** Objects are missing, so that not all could be said of what is not there: for mistakes in them, or for lack of rights. */
  readonly incomplete?: "mistakes" | "unread";
  /** What could not be read of the cluster, or is not looked at. */
  readonly notes: readonly string[];
}

export interface LintReportOptions {
  readonly color: boolean;
  /** Of this program. */
  readonly version: string;
}

export type LintReporter = (report: LintReport, options: LintReportOptions) => string;
