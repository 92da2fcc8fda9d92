import type { Diagnostic, RelatedPlace } from "../source/diagnostic.ts";
import type { SourceRange } from "../source/position.ts";

export interface ProblemDetail {
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
}

/** Collects findings, so that a reader can report one and go on to the next. */
export class Problems {
  readonly diagnostics: Diagnostic[] = [];
  #errors = 0;

  get errors(): number {
    return this.#errors;
  }

  error(range: SourceRange, message: string, detail: ProblemDetail = {}): undefined {
    this.#errors += 1;
    this.#add("error", range, message, detail);
  }

  warning(range: SourceRange, message: string, detail: ProblemDetail = {}): undefined {
    this.#add("warning", range, message, detail);
  }

  #add(severity: Diagnostic["severity"], range: SourceRange, message: string, detail: ProblemDetail): void {
    this.diagnostics.push({
      severity,
      message,
      range,
      ...(detail.hint !== undefined && { hint: detail.hint }),
      ...(detail.related !== undefined && { related: detail.related }),
    });
  }
}

/** `did you mean "x"?`, or `otherwise` where no candidate is near. */
export function didYouMean(candidate: string | undefined, otherwise?: string): string | undefined {
  return candidate === undefined ? otherwise : `did you mean "${candidate}"?`;
}
