import type { SourceRange } from "../source/position.ts";
import { rangeBetween, type TextFile } from "../source/text-file.ts";

/** A string and where it stands. Parts of it keep their place: `slice`, `trim`, `words`. */
export class LocatedText {
  readonly text: string;
  readonly #file: TextFile;
  readonly #start: number;
  readonly #end: number;
  readonly #literal: boolean;

  /**
   * `start` and `end` are the offsets of the text in its file. Where the file spells the text in another way (escapes,
   * folded lines) no part of it has a place of its own, and every part points at the whole.
   */
  constructor(file: TextFile, text: string, start: number, end: number) {
    this.text = text;
    this.#file = file;
    this.#start = start;
    this.#end = end;
    this.#literal = file.text.slice(start, end) === text;
  }

  get range(): SourceRange {
    return rangeBetween(this.#file, this.#start, this.#end);
  }

  slice(from: number, to: number = this.text.length): LocatedText {
    const start = this.#literal ? this.#start + from : this.#start;
    const end = this.#literal ? this.#start + Math.max(from, to) : this.#end;
    return new LocatedText(this.#file, this.text.slice(from, to), start, end);
  }

  trim(): LocatedText {
    const from = this.text.length - this.text.trimStart().length;
    return this.slice(from, Math.max(from, this.text.trimEnd().length));
  }

  /** The parts between white space; none for a blank text. */
  words(): LocatedText[] {
    return Array.from(this.text.matchAll(/\S+/g), (match) =>
      this.slice(match.index, match.index + match[0].length),
    );
  }

  /** The parts between the separators; one for a text without any. */
  split(separator: string): LocatedText[] {
    let from = 0;
    return this.text.split(separator).map((part) => {
      const piece = this.slice(from, from + part.length);
      from += part.length + separator.length;
      return piece;
    });
  }
}
