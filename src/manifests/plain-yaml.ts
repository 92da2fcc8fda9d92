import { type JsonValue, setKey } from "./json-value.ts";
import { resolvePlain } from "./yaml-scalar.ts";

/** The text is more than plain YAML, or is wrong: the parser has to look at it. */
const NOT_PLAIN = Symbol("not plain");

/** Everything that a plain text may hold. */
const OTHER_CHARACTER = /[^\n\x20-\x7e]/;
const KEY = /([A-Za-z_][A-Za-z0-9_./-]{0,200}):(?=[ \n]|$)/y;
/** A word or several, in a block: nothing that has a meaning of its own at the beginning, no colon that ends a key. */
const PLAIN =
  /~(?=[ \n]|$)|(?:[A-Za-z0-9_./+(]|-(?=[A-Za-z0-9.-]))(?:[A-Za-z0-9_./+@=,;()%'-]| (?![ #])|:(?=[A-Za-z0-9_./+@=-]))*/y;
const FLOW_WORD = /[A-Za-z0-9_./][A-Za-z0-9_./-]*/y;
const DOUBLE_QUOTED = /"([^"\\\n]*)"/y;
const SINGLE_QUOTED = /'([^'\n]*)'/y;
/** What may stand behind a value on its line. */
const LINE_END = / *(?: #[^\n]*)?(?:\n|$)/y;
const EMPTY_LINES = /(?: *(?:#[^\n]*)?\n)+/y;

/** Keys that are words: `on` or `true` as a key are read as booleans first. */
const wordKeys = new Set<string>();

/**
 * Reads a YAML document that is written as most Kubernetes manifests are, many times faster than the parser does: block
 * maps and lists, words, quotes without escapes, lists and maps on one line, block texts without empty lines. Undefined
 * for everything else, right or wrong. Where it gives a value, the parser gives the same one and no problem.
 */
export function readPlainYaml(text: string): { readonly value: JsonValue } | undefined {
  if (OTHER_CHARACTER.test(text)) return undefined;
  const reader = new PlainReader(text);
  try {
    return { value: reader.document() };
  } catch (error) {
    if (error !== NOT_PLAIN) throw error;
    return undefined;
  }
}

/** Deeper than any Kubernetes object. */
const MAX_DEPTH = 100;

class PlainReader {
  readonly #text: string;
  /** The beginning of a line; in a line, of what is read next. */
  #at = 0;
  /** Spaces before the line's text; -1 at the end of the document. */
  #indent = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#nextLine();
    if (this.#indent < 0) return null;
    const value = this.#map(this.#indent);
    if (this.#indent >= 0) throw NOT_PLAIN;
    return value;
  }

  /** Moves to the text of the next line that has any. */
  #nextLine(): void {
    const text = this.#text;
    EMPTY_LINES.lastIndex = this.#at;
    if (EMPTY_LINES.test(text)) this.#at = EMPTY_LINES.lastIndex;
    const start = this.#at;
    let at = start;
    while (text.charCodeAt(at) === 32) at += 1;
    this.#at = at;
    // A last line without a line break may still be empty, or a comment.
    this.#indent = at >= text.length || text.charCodeAt(at) === 35 /* # */ ? -1 : at - start;
  }

  #atDash(): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    return this.#text.charCodeAt(this.#at) === 45 && (next === 32 || next === 10 || Number.isNaN(next));
  }

  /** The map whose first key is here, and whose other keys are on lines of this indent. */
  #map(indent: number): JsonValue {
    this.#enter();
    const entries: Record<string, JsonValue> = {};
    do {
      const key = this.#key();
      if (Object.hasOwn(entries, key)) throw NOT_PLAIN;
      setKey(entries, key, this.#valueBehind(indent));
    } while (this.#indent === indent && !this.#atDash());
    if (this.#indent > indent) throw NOT_PLAIN;
    this.#depth -= 1;
    return entries;
  }

  #key(): string {
    KEY.lastIndex = this.#at;
    const key = KEY.exec(this.#text)?.[1];
    if (key === undefined) throw NOT_PLAIN;
    if (!wordKeys.has(key)) {
      if (resolvePlain(key) !== key) throw NOT_PLAIN;
      if (wordKeys.size < 10_000) wordKeys.add(key);
    }
    this.#at = KEY.lastIndex;
    return key;
  }

  /** What stands behind the colon of a key, or below it. Afterwards the next line is under way. */
  #valueBehind(indent: number): JsonValue {
    if (!this.#endsLine()) return this.#inline(indent);
    this.#nextLine();
    if (this.#indent > indent) return this.#block(this.#indent);
    // A list may stand as far left as its key.
    return this.#indent === indent && this.#atDash() ? this.#list(indent) : null;
  }

  #block(indent: number): JsonValue {
    if (this.#atDash()) return this.#list(indent);
    KEY.lastIndex = this.#at;
    if (!KEY.test(this.#text)) throw NOT_PLAIN;
    return this.#map(indent);
  }

  #list(indent: number): JsonValue {
    this.#enter();
    const items: JsonValue[] = [];
    while (this.#indent === indent && this.#atDash()) {
      this.#at += 1;
      if (this.#endsLine()) {
        this.#nextLine();
        items.push(this.#indent > indent ? this.#block(this.#indent) : null);
        continue;
      }
      const dash = this.#at - 1;
      while (this.#text.charCodeAt(this.#at) === 32) this.#at += 1;
      KEY.lastIndex = this.#at;
      if (KEY.test(this.#text)) {
        items.push(this.#map(indent + this.#at - dash));
      } else if (this.#atDash()) {
        throw NOT_PLAIN;
      } else {
        items.push(this.#inline(indent));
      }
    }
    if (this.#indent > indent) throw NOT_PLAIN;
    this.#depth -= 1;
    return items;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw NOT_PLAIN;
  }

  /** Whether nothing but a comment follows on the line; moves behind it. */
  #endsLine(): boolean {
    LINE_END.lastIndex = this.#at;
    if (!LINE_END.test(this.#text)) return false;
    this.#at = LINE_END.lastIndex;
    return true;
  }

  /** A value on the rest of the line. */
  #inline(indent: number): JsonValue {
    while (this.#text.charCodeAt(this.#at) === 32) this.#at += 1;
    if (this.#text.charCodeAt(this.#at) === 124 /* | */) return this.#literal(indent);
    const value = this.#scalar(PLAIN);
    if (!this.#endsLine()) throw NOT_PLAIN;
    this.#nextLine();
    // The value may go on there.
    if (this.#indent > indent) throw NOT_PLAIN;
    return value;
  }

  #scalar(plain: RegExp): JsonValue {
    const text = this.#text;
    switch (text.charCodeAt(this.#at)) {
      case 34 /* " */:
        return this.#match(DOUBLE_QUOTED)[1] ?? "";
      case 39 /* ' */:
        return this.#match(SINGLE_QUOTED)[1] ?? "";
      case 123 /* { */:
        return this.#flowMap();
      case 91 /* [ */:
        return this.#flowList();
      default:
        return resolvedPlain(this.#match(plain)[0]);
    }
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw NOT_PLAIN;
    this.#at = pattern.lastIndex;
    return match;
  }

  #skipSpaces(): number {
    while (this.#text.charCodeAt(this.#at) === 32) this.#at += 1;
    return this.#text.charCodeAt(this.#at);
  }

  #flowList(): JsonValue {
    this.#enter();
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#skipSpaces() !== 93 /* ] */) {
      for (;;) {
        items.push(this.#scalar(FLOW_WORD));
        const next = this.#skipSpaces();
        if (next === 93) break;
        if (next !== 44 /* , */) throw NOT_PLAIN;
        this.#at += 1;
        this.#skipSpaces();
      }
    }
    this.#at += 1;
    this.#depth -= 1;
    return items;
  }

  #flowMap(): JsonValue {
    this.#enter();
    const entries: Record<string, JsonValue> = {};
    this.#at += 1;
    if (this.#skipSpaces() !== 125 /* } */) {
      for (;;) {
        const key = this.#key();
        // The value stands on the same line, behind a space.
        if (this.#text.charCodeAt(this.#at) !== 32 || Object.hasOwn(entries, key)) throw NOT_PLAIN;
        this.#skipSpaces();
        setKey(entries, key, this.#scalar(FLOW_WORD));
        const next = this.#skipSpaces();
        if (next === 125) break;
        if (next !== 44 /* , */) throw NOT_PLAIN;
        this.#at += 1;
        this.#skipSpaces();
      }
    }
    this.#at += 1;
    this.#depth -= 1;
    return entries;
  }

  /** A block text: `|` or `|-`, then lines that stand further right than its key; none of them empty. */
  #literal(indent: number): JsonValue {
    const text = this.#text;
    this.#at += 1;
    const strip = text.charCodeAt(this.#at) === 45; /* - */
    if (strip) this.#at += 1;
    if (text.charCodeAt(this.#at) !== 10) throw NOT_PLAIN;
    this.#at += 1;
    let value = "";
    let width = 0;
    for (;;) {
      const start = this.#at;
      let at = start;
      while (text.charCodeAt(at) === 32) at += 1;
      const end = text.indexOf("\n", at);
      // Where empty lines belong to, and a last line without an end, the parser decides.
      if (end < 0 ? start < text.length : end === at) throw NOT_PLAIN;
      if (end < 0) break;
      if (width === 0) width = at - start;
      if (width <= indent) throw NOT_PLAIN;
      if (at - start < width) break;
      value += text.slice(start + width, end + 1);
      this.#at = end + 1;
    }
    if (value === "") throw NOT_PLAIN;
    this.#nextLine();
    if (this.#indent > indent) throw NOT_PLAIN;
    return strip ? value.slice(0, -1) : value;
  }
}

/** Spaces at the end belong to the line, not to the word. */
function resolvedPlain(word: string): JsonValue {
  const text = word.endsWith(" ") ? word.trimEnd() : word;
  const value = resolvePlain(text);
  if (typeof value === "number" && !Number.isFinite(value)) throw NOT_PLAIN;
  return value;
}
