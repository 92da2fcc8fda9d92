import { styleText } from "node:util";
import type { Diagnostic } from "./diagnostic.ts";
import { type DisplayCell, displayCells, escapeControls } from "./display-text.ts";
import { formatStart, type SourceRange } from "./position.ts";
import { lineAt, type TextFile } from "./text-file.ts";

export interface DiagnosticFormat {
  readonly color: boolean;
}

/** Columns of a source line that are shown; longer lines are cut around the place that is meant. */
const MAX_COLUMNS = 100;
const CUT = "...";

type Style = "bold" | "red" | "yellow" | "cyan" | "dim";
type Paint = (style: Style, text: string) => string;

/**
 * A finding for people:
 * ```
 * shop.yaml:14:5: error: unknown endpoint "fronted"
 *   14 |   - fronted -> backend:8080 should succeed
 *      |     ^^^^^^^
 *   hint: did you mean "frontend"?
 * ```
 * Without a range, or where `texts` does not hold its file, the source lines are left out. No line break at the end.
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  texts: readonly TextFile[],
  format: DiagnosticFormat,
): string {
  const paint: Paint = (style, text) =>
    format.color ? styleText(style, text, { validateStream: false }) : text;
  const tone = diagnostic.severity === "error" ? "red" : "yellow";
  const lines: string[] = [];
  const message = `${paint(tone, `${diagnostic.severity}:`)} ${escapeControls(diagnostic.message)}`;
  if (diagnostic.range === undefined) {
    lines.push(message);
  } else {
    lines.push(`${paint("bold", `${escapeControls(formatStart(diagnostic.range))}:`)} ${message}`);
    lines.push(...frame(diagnostic.range, texts, (text) => paint(tone, text), paint));
  }
  if (diagnostic.hint !== undefined)
    lines.push(`  ${paint("cyan", "hint:")} ${escapeControls(diagnostic.hint)}`);
  for (const place of diagnostic.related ?? []) {
    lines.push(`  ${escapeControls(`${formatStart(place.range)}: ${place.message}`)}`);
    lines.push(...frame(place.range, texts, (text) => paint("cyan", text), paint));
  }
  return lines.join("\n");
}

/** Several findings, an empty line between them. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: readonly TextFile[],
  format: DiagnosticFormat,
): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, texts, format)).join("\n\n");
}

/** The first and, if it is another one, the last line of the range, each underlined. */
function frame(
  range: SourceRange,
  texts: readonly TextFile[],
  underline: (text: string) => string,
  paint: Paint,
): string[] {
  const file = texts.find((text) => text.path === range.file);
  const first = file && lineAt(file, range.start.line);
  if (file === undefined || first === undefined) return [];

  const end = lastPlace(range, file);
  const multiline = end.line > range.start.line;
  const gutter = String(end.line).length;
  const row = (label: string, text: string) =>
    `  ${paint("dim", `${label.padStart(gutter)} |`)} ${text}`.trimEnd();
  const rows = (line: number, text: string, from: number, to: number) => {
    const shown = underlined(text, from, to);
    return [row(String(line), shown.source), row("", shown.indent + underline(shown.marks))];
  };

  const stop = multiline ? Math.max(first.trimEnd().length, range.start.column - 1) : end.column - 1;
  const lines = rows(range.start.line, first, range.start.column - 1, stop);
  if (multiline) {
    const last = lineAt(file, end.line) ?? "";
    if (end.line > range.start.line + 1) lines.push(row("", CUT));
    lines.push(...rows(end.line, last, last.length - last.trimStart().length, end.column - 1));
  }
  return lines;
}

/** The range's end; one at the very beginning of a line is moved back to the end of the last line with text. */
function lastPlace(range: SourceRange, file: TextFile): SourceRange["end"] {
  let { line, column } = range.end;
  while (line > range.start.line && (lineAt(file, line) ?? "").slice(0, column - 1).trim() === "") {
    line -= 1;
    column = (lineAt(file, line) ?? "").trimEnd().length + 1;
  }
  return { line, column };
}

/** A source line as it is shown, and the marks below the characters from `from` up to `to`; at least one mark. */
function underlined(
  line: string,
  from: number,
  to: number,
): { source: string; indent: string; marks: string } {
  const cells = displayCells(line);
  const firstMarked = cells.findIndex((cell) => cell.offset >= from);
  const start = firstMarked === -1 ? cells.length : firstMarked;
  const firstAfter = cells.findIndex((cell) => cell.offset >= Math.max(from, to));
  const stop = firstAfter === -1 ? cells.length : firstAfter;

  const view = visible(cells, start);
  const before = view.first > 0 ? CUT : "";
  const after = view.end < cells.length ? CUT : "";
  const source =
    before +
    cells
      .slice(view.first, view.end)
      .map((cell) => cell.text)
      .join("") +
    after;
  const indent = " ".repeat(before.length + columns(cells.slice(view.first, start)));
  const marks = "^".repeat(Math.max(1, columns(cells.slice(start, Math.min(stop, view.end)))));
  return { source, indent, marks };
}

/** Which cells to show: all, or a part of the line in which the marked place has a third of the room before it. */
function visible(cells: readonly DisplayCell[], marked: number): { first: number; end: number } {
  if (columns(cells) <= MAX_COLUMNS) return { first: 0, end: cells.length };
  let first = marked;
  for (let room = MAX_COLUMNS / 3; first > 0; first--) {
    room -= cells[first - 1]?.width ?? 0;
    if (room < 0) break;
  }
  let end = first;
  for (let room = MAX_COLUMNS; end < cells.length; end++) {
    room -= cells[end]?.width ?? 0;
    if (room < 0) break;
  }
  return { first, end };
}

function columns(cells: readonly DisplayCell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}
