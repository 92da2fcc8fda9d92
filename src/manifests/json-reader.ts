import type { FieldPath } from "./field-path.ts";
import { formatPath } from "./field-path.ts";
import { type JsonValue, setKey } from "./json-value.ts";
import type { Place, Span, TextProblem } from "./raw-document.ts";

/** The text is no JSON. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

/** Deeper than any Kubernetes object, and far from the end of the stack. */
const MAX_DEPTH = 1000;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/**
 * Reads JSON values one after another from a text. Unlike JSON.parse it reports keys that stand twice in an object (the
 * API server refuses them) and can say where a field stands.
 */
export class JsonReader {
  readonly #text: string;
  readonly #problems: TextProblem[] = [];
  readonly #path: (string | number)[] = [];
  #at: number;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#at = offset;
  }

  /** Offset of the next character that was not read. */
  get offset(): number {
    return this.#at;
  }

  /** Keys that stood twice in what was read so far. */
  get problems(): readonly TextProblem[] {
    return this.#problems;
  }

  /** Whether nothing but white space is left. */
  atEnd(): boolean {
    this.skipSpace();
    return this.#at >= this.#text.length;
  }

  skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at += 1;
    }
  }

  /** The next value. @throws {JsonSyntaxError} */
  value(): JsonValue {
    this.skipSpace();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#list();
      case '"':
        return this.#string();
      default:
        return this.#word();
    }
  }

  /** Where the field of the next value stands, or the nearest part of the value around it. */
  place(path: FieldPath): Place {
    this.skipSpace();
    let key: Span | undefined;
    for (const [depth, segment] of path.entries()) {
      const start = this.#at;
      const found = typeof segment === "number" ? this.#seekItem(segment) : this.#seekKey(segment);
      if (found === undefined) {
        this.#at = start;
        return { key, value: this.#span(), depth };
      }
      key = found === "item" ? undefined : found;
    }
    return { key, value: this.#span(), depth: path.length };
  }

  /** Where each item of the next value begins; empty where it is no list. */
  itemOffsets(): readonly number[] {
    const offsets: number[] = [];
    this.skipSpace();
    if (!this.#opens("[", "]")) return offsets;
    do {
      this.skipSpace();
      offsets.push(this.#at);
      this.value();
    } while (this.#another("]"));
    return offsets;
  }

  #span(): Span {
    const start = this.#at;
    this.value();
    return { start, end: this.#at };
  }

  #seekKey(wanted: string): Span | undefined {
    if (!this.#opens("{", "}")) return undefined;
    do {
      this.skipSpace();
      const start = this.#at;
      const key = this.#string();
      const span = { start, end: this.#at };
      this.#expect(":");
      this.skipSpace();
      if (key === wanted) return span;
      this.value();
    } while (this.#another("}"));
    return undefined;
  }

  #seekItem(wanted: number): "item" | undefined {
    if (!this.#opens("[", "]")) return undefined;
    let index = 0;
    do {
      this.skipSpace();
      if (index === wanted) return "item";
      this.value();
      index += 1;
    } while (this.#another("]"));
    return undefined;
  }

  /** Enters an object or list; false, and nothing is left to read of it, where it is empty or something else. */
  #opens(open: string, close: string): boolean {
    if (this.#text[this.#at] !== open) return false;
    this.#at += 1;
    this.skipSpace();
    if (this.#text[this.#at] !== close) return true;
    this.#at += 1;
    return false;
  }

  /** After an entry: whether another one follows. */
  #another(close: string): boolean {
    this.skipSpace();
    const character = this.#text[this.#at];
    if (character !== "," && character !== close) throw this.#unexpected(`"," or "${close}"`);
    this.#at += 1;
    return character === ",";
  }

  #object(): JsonValue {
    const entries: Record<string, JsonValue> = {};
    if (!this.#opens("{", "}")) return entries;
    do {
      this.skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#unexpected("a key in double quotes");
      const key = this.#string();
      const end = this.#at;
      this.#enter(key);
      if (Object.hasOwn(entries, key)) {
        const duplicate = formatPath(this.#path);
        this.#problems.push({ span: { start, end }, message: `duplicate field "${duplicate}"`, duplicate });
      }
      this.#expect(":");
      setKey(entries, key, this.value());
      this.#path.pop();
    } while (this.#another("}"));
    return entries;
  }

  #list(): JsonValue {
    const items: JsonValue[] = [];
    if (!this.#opens("[", "]")) return items;
    do {
      this.#enter(items.length);
      items.push(this.value());
      this.#path.pop();
    } while (this.#another("]"));
    return items;
  }

  #enter(segment: string | number): void {
    if (this.#path.length >= MAX_DEPTH) throw new JsonSyntaxError("nested too deeply", this.#at);
    this.#path.push(segment);
  }

  #string(): string {
    const start = this.#at + 1;
    let escaped = false;
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 34 /* " */) {
        this.#at = at + 1;
        return escaped ? this.#unescape(start, at) : this.#text.slice(start, at);
      }
      if (code < 32) throw new JsonSyntaxError("a string holds a control character", at);
      if (code === 92 /* \ */) {
        escaped = true;
        at += 1;
      }
    }
    throw new JsonSyntaxError("a string has no end", this.#at);
  }

  #unescape(start: number, end: number): string {
    try {
      return String(JSON.parse(this.#text.slice(start - 1, end + 1)));
    } catch {
      throw new JsonSyntaxError("a string holds an escape that JSON does not know", start - 1);
    }
  }

  #word(): JsonValue {
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) throw this.#unexpected("a value");
    this.#at += number.length;
    return Number(number);
  }

  #expect(character: string): void {
    this.skipSpace();
    if (this.#text[this.#at] !== character) throw this.#unexpected(`"${character}"`);
    this.#at += 1;
  }

  #unexpected(wanted: string): JsonSyntaxError {
    const found = this.#text[this.#at];
    const what = found === undefined ? "the end of the text" : JSON.stringify(found);
    return new JsonSyntaxError(`${wanted} was expected, not ${what}`, this.#at);
  }
}
