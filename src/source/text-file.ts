import type { SourceRange } from "./position.ts";

/** A text that was read, with what is needed to find lines in it. Make one with `createTextFile`. */
export interface TextFile {
  /** As people should see it: the path that they gave, or something like `<stdin>`. */
  readonly path: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** Offset of the first character of each line; never empty. */
  readonly lineStarts: readonly number[];
}

type LineAndColumn = SourceRange["start"];

/** Lines end with LF or CRLF. Offsets and columns count UTF-16 code units, as editors and JavaScript strings do. */
export function createTextFile(path: string, content: string): TextFile {
  const text = content.startsWith("\uFEFF") ? content.slice(1) : content;
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { path, text, lineStarts };
}

/** Line and column of an offset; offsets outside the text are moved to its nearest end. */
export function positionAt(file: TextFile, offset: number): LineAndColumn {
  const inside = Math.min(Math.max(offset, 0), file.text.length);
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((file.lineStarts[middle] ?? 0) <= inside) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: inside - (file.lineStarts[low] ?? 0) + 1 };
}

/** The range from `start` up to, not including, `end`. */
export function rangeBetween(file: TextFile, start: number, end: number): SourceRange {
  return {
    file: file.path,
    start: positionAt(file, start),
    end: positionAt(file, Math.max(start, end)),
  };
}

/** A line by its number, counted from 1, without its line break; undefined beyond the end. */
export function lineAt(file: TextFile, line: number): string | undefined {
  const start = file.lineStarts[line - 1];
  if (start === undefined) return undefined;
  const next = file.lineStarts[line];
  const text = next === undefined ? file.text.slice(start) : file.text.slice(start, next - 1);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
