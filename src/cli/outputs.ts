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
 * Writes a report in every format asked for. A file that cannot be written is said, and what was meant for it is printed
 * where nothing else is, so that no report is lost and none is garbled; returns whether all was written.
 */
export async function writeOutputs(
  report: RunReport,
  outputs: readonly Output[],
  io: Io,
  options: ReportOptions,
): Promise<boolean> {
  let complete = true;
  let printed = outputs.some(({ file }) => file === undefined);
  const say = async (where: string, error: unknown): Promise<void> => {
    complete = false;
    const why = error instanceof Error ? error.message : String(error);
    await write(io.stderr, `netverdict: cannot write ${where}: ${why}\n`).catch(() => undefined);
  };
  const print = (text: string): Promise<void> =>
    write(io.stdout, text).catch((error: unknown) => say("the report to stdout", error));
  for (const { format, file } of outputs) {
    const plain = file === undefined ? options : { ...options, color: false };
    const text = await renderReport(format, report, plain);
    if (file === undefined) {
      await print(text);
      continue;
    }
    try {
      await writeFile(file, text);
    } catch (error) {
      await say(file, error);
      if (!printed) await print(text);
      printed = true;
    }
  }
  return complete;
}
