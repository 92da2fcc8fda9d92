import { displayCells, escapeControls } from "../source/display-text.ts";

const GAP = 2;

/**
 * Lines of columns as wide as their widest text, none of which is broken; of as many rows as there may be, in time that
 * grows with them. `right`: columns that end alike, such as numbers.
 */
export function alignedColumns(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const cleaned = rows.map((row) => row.map((text) => escapeControls(text)));
  const widths: number[] = [];
  for (const row of cleaned) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(text));
  }
  return cleaned.map((row) =>
    row
      .map((text, at) => {
        const room = " ".repeat((widths[at] ?? 0) - widthOf(text));
        return right.includes(at) ? room + text : text + room;
      })
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

/** The texts are mostly plain, and there may be many. */
const PLAIN = /^[\x20-\x7e]*$/;

function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : displayCells(text).reduce((sum, cell) => sum + cell.width, 0);
}
