import type { SourceRange } from "./position.ts";

/** One finding about a text: what is wrong, where it stands, and what to do. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Absent where the whole input is meant (a file that is missing, say). */
  readonly range?: SourceRange;
  /** What was expected or what to do, such as `did you mean "frontend"?`. */
  readonly hint?: string;
  /** Other places that belong to it, such as the first of two duplicates. */
  readonly related?: readonly RelatedPlace[];
}

export interface RelatedPlace {
  readonly message: string;
  readonly range: SourceRange;
}
