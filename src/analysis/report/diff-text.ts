import { displayCells, escapeControls } from "../../source/display-text.ts";
import type { Diff, OneSided } from "../diff.ts";
import type { EndNames } from "../end-names.ts";
import type { FlippedFlow } from "./diff-json.ts";
import { changeWords, headText, namesIn, oneSidedWords, summaryText, workloadsText } from "./diff-lines.ts";

/** More lines of one kind nobody reads; -o json has all. */
const MAX_ENTRIES = 200;

/** For people: what opens first, then what closes, each with the policies that cause it. */
export function diffText(
  diff: Diff,
  flips: readonly FlippedFlow[] | undefined,
  { width }: { readonly width: number },
): string {
  const names = namesIn(diff);
  const words = changeWords(diff, names);
  const sections: string[][] = [
    wrapped(headText(diff), width, ""),
    ...(["opened", "closed"] as const).map((kind) => {
      const own = words.filter((change) => change.kind === kind);
      if (own.length === 0) return [];
      const sign = kind === "opened" ? "+" : "-";
      const lines = own
        .slice(0, MAX_ENTRIES)
        .flatMap(({ from, to, ports, values, causes }) => [
          ...wrapped(`${sign} ${from} -> ${to}: ${ports} (${values})`, width, "    "),
          ...causes.flatMap((cause) => wrapped(`    ${cause}`, width, "      ")),
        ]);
      return [kind, ...lines, ...more(own.length)];
    }),
    oneSidedLines("new", diff.appeared, names, width),
    oneSidedLines("gone", diff.vanished, names, width),
    ...(flips === undefined ? [] : [flipLines(flips, width)]),
    diff.notes.flatMap((note) => wrapped(note, width, "  ")),
    [summaryText(diff)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function more(count: number): string[] {
  return count > MAX_ENTRIES ? [`  ${count - MAX_ENTRIES} more; -o json tells all`] : [];
}

function oneSidedLines(word: string, side: OneSided, names: EndNames, width: number): string[] {
  if (side.workloads.length === 0) return [];
  const list = oneSidedWords(side, names);
  const reach = list
    .slice(0, MAX_ENTRIES)
    .flatMap(({ from, to, ports }) => wrapped(`  ${from} -> ${to}: ${ports}`, width, "    "));
  return [
    ...wrapped(`${word}: ${workloadsText(side)}`, width, "  "),
    ...(reach.length === 0 ? ["  reach nothing and are reached by nothing"] : reach),
    ...more(list.length),
  ];
}

function flipLines(flips: readonly FlippedFlow[], width: number): string[] {
  if (flips.length === 0) return ["no flow of the scenarios changes"];
  return [
    "flows of the scenarios that change",
    ...flips.flatMap((flip) => wrapped(`  ${flipText(flip)}`, width, "    ")),
  ];
}

/** `shop/a -> shop/b:80/TCP: expected deny, predicted deny -> allow: BREAKS (shop.yaml:12)` */
export function flipText({ id, position, expected, before, after }: FlippedFlow): string {
  const [was, is] = [before === expected, after === expected];
  const verdict = was && !is ? ": BREAKS" : is && !was ? ": mended" : "";
  return `${id}: expected ${expected}, predicted ${before} -> ${after}${verdict} (${position.file}:${position.line})`;
}

function wrapped(text: string, width: number, indent: string): string[] {
  const cleaned = escapeControls(text);
  const lead = /^ */.exec(cleaned)?.[0] ?? "";
  const lines: string[] = [];
  let line = "";
  for (const word of cleaned.trimStart().split(" ")) {
    if (line === "") line = lead + word;
    else if (columns(line) + 1 + columns(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}

function columns(text: string): number {
  return displayCells(text).reduce((sum, cell) => sum + cell.width, 0);
}
