import { posix } from "node:path";
import type { RunReport } from "../model/report.ts";
import { nearest } from "../source/nearest.ts";
import type { Reporter, ReportOptions } from "./reporter.ts";

export type { ReportOptions } from "./reporter.ts";

/** Every format, loaded when it is asked for. */
const REPORTERS = {
  table: async () => (await import("./table.ts")).reportTable,
  wide: async () => (await import("./table.ts")).reportWide,
  json: async () => (await import("./json.ts")).reportJson,
  junit: async () => (await import("./junit.ts")).reportJunit,
} as const satisfies Record<string, () => Promise<Reporter>>;

export type OutputFormat = keyof typeof REPORTERS;

export const OUTPUT_FORMATS = Object.keys(REPORTERS) as readonly OutputFormat[];

/** Where a format goes: to a file, or without one to standard output. */
export interface Output {
  readonly format: OutputFormat;
  readonly file?: string;
}

/** The report in a format. */
export async function renderReport(
  format: OutputFormat,
  report: RunReport,
  options: ReportOptions,
): Promise<string> {
  const reporter = await REPORTERS[format]();
  return reporter(report, options);
}

/**
 * The values of the repeatable option `-o FORMAT[=FILE]`; `-` as the file is standard output. Where nothing goes to
 * standard output, a table does, so that a log always says how the run ended; unless a table is already asked for.
 * All mistakes at once.
 */
export function parseOutputs(
  values: readonly string[],
): { readonly outputs: readonly Output[] } | { readonly errors: readonly string[] } {
  const errors: string[] = [];
  const outputs: Output[] = [];
  const taken = new Map<string, string>();
  for (const value of values) {
    const output = parseOutput(value);
    if (typeof output === "string") {
      errors.push(output);
      continue;
    }
    const place = output.file === undefined ? "" : posix.normalize(output.file);
    const first = taken.get(place);
    if (first === undefined) {
      taken.set(place, value);
      outputs.push(output);
    } else {
      errors.push(conflict(first, value, output.file));
    }
  }
  if (errors.length > 0) return { errors };
  const needsTable = !taken.has("") && !outputs.some(({ format }) => format === "table" || format === "wide");
  return { outputs: needsTable ? [{ format: "table" }, ...outputs] : outputs };
}

function parseOutput(value: string): Output | string {
  const equals = value.indexOf("=");
  const word = equals === -1 ? value : value.slice(0, equals);
  const file = equals === -1 ? "-" : value.slice(equals + 1);
  const format = OUTPUT_FORMATS.find((known) => known === word);
  if (format === undefined) {
    const meant = nearest(word, OUTPUT_FORMATS);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    return `unknown output format "${word}"${hint} (formats: ${OUTPUT_FORMATS.join(", ")})`;
  }
  if (file === "") return `"-o ${value}" names no file after the "="`;
  return file === "-" ? { format } : { format, file };
}

function conflict(first: string, second: string, file: string | undefined): string {
  return file === undefined
    ? `only one format can go to standard output: -o ${first} and -o ${second}; send one to a file: -o ${second.replace(/=-$/, "")}=FILE`
    : `two outputs cannot go to one file: -o ${first} and -o ${second}`;
}
