import { columnsOf } from "./printer.ts";

/**
 * A cleaned text as lines of at most `room` columns, broken at spaces. A word that is longer (a path, an address) is
 * left whole, since a broken one can't be copied.
 */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line === "") {
      line = word;
    } else if (columnsOf(line) + 1 + columnsOf(word) <= room) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
