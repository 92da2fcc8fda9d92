import type { RunReport } from "../model/report.ts";

export interface ReportOptions {
  /** Colour by terminal escapes; never for files. */
  readonly color: boolean;
  /** Columns of the terminal; what is not to be broken (commands, file names) may be longer. */
  readonly width: number;
  /** Nothing beyond ASCII. */
  readonly ascii: boolean;
  /** The block of details for flows that passed, too, with all evidence. */
  readonly verbose: boolean;
}

/** A report as text, with a line break at its end. Pure: the same report and options give the same text. */
export type Reporter = (report: RunReport, options: ReportOptions) => string;
