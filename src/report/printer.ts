import { styleText } from "node:util";
import { displayCells, escapeControls } from "../source/display-text.ts";

/** What a colour means. */
export type Tone = "good" | "bad" | "doubt" | "quiet" | "strong" | "label";

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<Tone, Style>> = {
  good: "green",
  bad: ["bold", "red"],
  doubt: "yellow",
  quiet: "dim",
  strong: "bold",
  label: "cyan",
};

export interface Glyphs {
  readonly cut: string;
  readonly gutter: string;
}

/**
 * The one way of texts into a report for terminals: cleaned, then measured, then coloured. Much of a report comes from
 * the cluster, where anybody who may create a pod chooses the words.
 */
export interface Printer {
  readonly width: number;
  readonly glyphs: Glyphs;
  /** One line without anything that would disturb a terminal. */
  clean(text: string): string;
  paint(tone: Tone | undefined, cleaned: string): string;
}

const ASCII: Glyphs = { cut: "...", gutter: "|" };
const UNICODE: Glyphs = { cut: "…", gutter: "│" };

export function createPrinter(options: {
  readonly color: boolean;
  readonly width: number;
  readonly ascii: boolean;
}): Printer {
  const { color, width, ascii } = options;
  return {
    width,
    glyphs: ascii ? ASCII : UNICODE,
    clean: (text) => (ascii ? toAscii(escapeControls(text)) : escapeControls(text)),
    paint: (tone, text) =>
      color && tone !== undefined ? styleText(STYLES[tone], text, { validateStream: false }) : text,
  };
}

/** Columns that a cleaned text takes. */
export function columnsOf(text: string): number {
  return displayCells(text).reduce((sum, cell) => sum + cell.width, 0);
}

const FALLBACKS: Readonly<Record<string, string>> = { "…": "...", "→": "->", "–": "-", "—": "-" };

function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return FALLBACKS[character] ?? `\\u{${code}}`;
  });
}
