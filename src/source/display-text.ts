/** A stretch of text as a terminal shows it. */
export interface DisplayCell {
  /** What to print: the character itself, or the escape of one that must not reach a terminal. */
  readonly text: string;
  /** Columns that it takes. */
  readonly width: number;
  /** Offset in the original text, in UTF-16 code units. */
  readonly offset: number;
}

const TAB_COLUMNS = 2;

/**
 * Never printed as they are: control characters can move the cursor or change colours, format characters (which
 * include the bidirectional overrides) can make a line read as something else (CVE-2021-42574).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const COMBINING = /\p{Mn}|\p{Me}/u;
/** Scripts and symbols of East Asian width W and F (Unicode Standard Annex 11), the common blocks. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Splits one line into what a terminal shows for it, tabs as spaces. */
export function displayCells(line: string): DisplayCell[] {
  const cells: DisplayCell[] = [];
  let offset = 0;
  for (const character of line) {
    cells.push({ ...displayOf(character), offset });
    offset += character.length;
  }
  return cells;
}

/** The text with everything escaped that would disturb a terminal or a log, line breaks included. */
export function escapeControls(text: string): string {
  return Array.from(text, (character) =>
    UNPRINTABLE.test(character) ? escapeOf(character) : character,
  ).join("");
}

function displayOf(character: string): Omit<DisplayCell, "offset"> {
  if (character === "\t") return { text: " ".repeat(TAB_COLUMNS), width: TAB_COLUMNS };
  if (UNPRINTABLE.test(character)) {
    const text = escapeOf(character);
    return { text, width: text.length };
  }
  if (COMBINING.test(character)) return { text: character, width: 0 };
  return { text: character, width: WIDE.test(character) ? 2 : 1 };
}

function escapeOf(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default: {
      const code = character.codePointAt(0) ?? 0;
      const digits = code.toString(16);
      return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
    }
  }
}
