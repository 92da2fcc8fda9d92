import { writeFile } from "node:fs/promises";
import type { RunReport } from "../model/report.ts";
import { type Output, parseOutputs, type ReportOptions, renderReport } from "../report/registry.ts";
import { UserError } from "../source/errors.ts";
import { type Io, write } from "./io.ts";

/** The outputs that `-o` asks for; a table on stdout where it asks for none there. */
export function outputsOf(values: readonly string[] | undefined): readonly Output[] {
  const parsed = parseOutputs(values ?? []);
  if ("errors" in parsed) throw new UserError(parsed.errors.join("\n"));
  return parsed.outputs;
}

/**
 * Writes a report in every format asked for. A file that cannot be written is said, and the table is then printed, so
 * that nothing is lost; returns whether all was written.
 */
export async function writeOutputs(
  report: RunReport,
  outputs: readonly Output[],
  io: Io,
  options: ReportOptions,
): Promise<boolean> {
  let complete = true;
  for (const { format, file } of outputs) {
    const plain = file === undefined ? options : { ...options, color: false };
    const text = await renderReport(format, report, plain);
    if (file === undefined) {
      await write(io.stdout, text);
      continue;
    }
    try {
      await writeFile(file, text);
    } catch (error) {
      complete = false;
      await write(
        io.stderr,
        `netverdict: cannot write ${file}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      await write(io.stdout, text);
    }
  }
  return complete;
}
