import type { Printer, Tone } from "./printer.ts";
import { wrap } from "./wrap.ts";

/** A labelled part of a flow's block. */
export interface Detail {
  readonly label: string;
  readonly lines: readonly DetailLine[];
}

export interface DetailLine {
  readonly text: string;
  readonly tone?: Tone;
  /**
   * - `sub` belongs to the line above
   * - `whole` is for copying: never broken
   * - `raw` is what a tool printed: never broken, set off by a gutter
   */
  readonly kind?: "sub" | "whole" | "raw";
}

const INDENT = "  ";
const LABEL_COLUMNS = 11;

/** The lines of a block, labels in a column of their own. */
export function printDetails(details: readonly Detail[], printer: Printer): string[] {
  return details.flatMap((detail) => printDetail(detail, printer));
}

function printDetail({ label, lines }: Detail, printer: Printer): string[] {
  const head = INDENT + printer.paint("label", `${label}:`) + " ".repeat(LABEL_COLUMNS - label.length - 1);
  const blank = " ".repeat(INDENT.length + LABEL_COLUMNS);
  return lines
    .flatMap((line) => printLine(line, printer, blank.length))
    .map((text, index) => `${index === 0 ? head : blank}${text}`.trimEnd());
}

function printLine({ text, tone, kind }: DetailLine, printer: Printer, indent: number): readonly string[] {
  const cleaned = printer.clean(text);
  switch (kind) {
    case undefined:
      return wrap(cleaned, printer.width - indent).map((part) => printer.paint(tone, part));
    case "sub":
      return wrap(cleaned, printer.width - indent - 2 * INDENT.length).map(
        (part, index) => INDENT.repeat(index === 0 ? 1 : 2) + printer.paint(tone, part),
      );
    case "whole":
      return [printer.paint(tone, cleaned)];
    case "raw":
      return [printer.paint("quiet", `${printer.glyphs.gutter} ${cleaned}`)];
    default: {
      const never: never = kind;
      throw new Error(`unhandled line ${String(never)}`);
    }
  }
}
