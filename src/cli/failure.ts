import { ClusterError } from "../model/errors.ts";
import { formatDiagnostics } from "../source/code-frame.ts";
import { UserError } from "../source/errors.ts";
import type { TextFile } from "../source/text-file.ts";

/** A signal ended the run; the clean-up is done. Exit code 128 + the signal's number. */
export class Interrupted extends Error {
  readonly signal: "SIGINT" | "SIGTERM";

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${signal}`);
    this.name = "Interrupted";
    this.signal = signal;
  }

  get exitCode(): number {
    return this.signal === "SIGINT" ? 130 : 143;
  }
}

/** What a person reads of a failure. A stack only for a bug, or where it is asked for. */
export function describeFailure(
  error: unknown,
  texts: readonly TextFile[],
  options: { readonly color: boolean; readonly verbose: boolean },
): string {
  if (error instanceof UserError) {
    const frames = formatDiagnostics(error.diagnostics, texts, options);
    const head = `netverdict: ${error.message}${hintOf(error.hint)}`;
    return withStack(frames === "" ? head : `${frames}\n\n${head}`, error, options.verbose);
  }
  if (error instanceof ClusterError) {
    return withStack(`netverdict: ${error.message}${hintOf(error.hint)}`, error, options.verbose);
  }
  if (error instanceof Interrupted) return `netverdict: ${error.message}`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `netverdict: this is a bug, please report it with the lines below\n${text}`;
}

function hintOf(hint: string | undefined): string {
  return hint === undefined ? "" : `\n  hint: ${hint}`;
}

function withStack(text: string, error: Error, verbose: boolean): string {
  return verbose && error.stack !== undefined ? `${text}\n${error.stack}` : text;
}
