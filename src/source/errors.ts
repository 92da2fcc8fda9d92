import type { Diagnostic } from "./diagnostic.ts";

/**
 * The user's mistake: a clear message, the places that it stands at, exit code 2, never a stack.
 * `hint` says what to do next.
 */
export class UserError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: { diagnostics?: readonly Diagnostic[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.diagnostics = options.diagnostics ?? [];
    this.hint = options.hint;
  }
}
