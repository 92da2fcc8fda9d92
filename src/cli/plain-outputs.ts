import { writeFile } from "node:fs/promises";
import { UserError } from "../source/errors.ts";
import { type Io, write } from "./io.ts";

/** Columns of what goes into a file, whatever the terminal has. */
export const FILE_WIDTH = 100;

/** One `-o FORMAT[=FILE]`. */
export interface PlainOutput<F extends string> {
  readonly format: F;
  /** Undefined: standard output. */
  readonly file: string | undefined;
}

/** What `-o` asks for; the first format on standard output where it asks for none there. @throws {UserError} */
export function plainOutputsOf<F extends string>(
  values: readonly string[] | undefined,
  formats: readonly [F, ...F[]],
): readonly PlainOutput<F>[] {
  const outputs = (values ?? []).map((value): PlainOutput<F> => {
    const equals = value.indexOf("=");
    const name = equals < 0 ? value : value.slice(0, equals);
    const file = equals < 0 ? "-" : value.slice(equals + 1);
    const format = formats.find((known) => known === name);
    if (format === undefined) {
      throw new UserError(`-o ${name}: there is no such format here`, {
        hint: `known: ${formats.join(", ")}`,
      });
    }
    if (file === "") throw new UserError(`-o ${value}: no file is named after the "="`);
    return { format, file: file === "-" ? undefined : file };
  });
  const onStdout = outputs.filter(({ file }) => file === undefined);
  if (onStdout.length > 1) {
    throw new UserError("only one format can go to standard output", {
      hint: "send the others to files: -o FORMAT=FILE",
    });
  }
  return onStdout.length === 1 ? outputs : [...outputs, { format: formats[0], file: undefined }];
}

/**
 * Writes each output; a file that cannot be written is said on stderr. Returns whether all were written. `render` is told
 * the file, undefined for standard output.
 */
export async function writePlain<F extends string>(
  outputs: readonly PlainOutput<F>[],
  io: Io,
  render: (format: F, file: string | undefined) => string,
): Promise<boolean> {
  let complete = true;
  for (const { format, file } of outputs) {
    if (file === undefined) {
      await write(io.stdout, render(format, file));
      continue;
    }
    try {
      await writeFile(file, render(format, file));
    } catch (error) {
      complete = false;
      const why = error instanceof Error ? error.message : String(error);
      await write(io.stderr, `netverdict: cannot write ${file}: ${why}\n`);
    }
  }
  return complete;
}
