/** A place in a text file. Lines and columns count from 1, as editors do. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A stretch of a text file: from `start` up to, not including, `end`. */
export interface SourceRange {
  readonly file: string;
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** `file:line:column` of where a range begins, as compilers print it. */
export function formatStart(range: SourceRange): string {
  return `${range.file}:${range.start.line}:${range.start.column}`;
}
