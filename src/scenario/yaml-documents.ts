import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { SourceRange } from "../source/position.ts";
import { rangeBetween, type TextFile } from "../source/text-file.ts";
import { LocatedText } from "./located-text.ts";
import type { Problems } from "./problems.ts";
import type { YamlEntry, YamlNode, YamlScalar } from "./yaml-node.ts";

/**
 * The documents of a YAML 1.2 file. One with a syntax error is reported and left out, since what a parser makes of the
 * rest of it is a guess. An empty file has no documents.
 */
export function parseYaml(file: TextFile, problems: Problems): YamlNode[] {
  const documents = parseAllDocuments(file.text, {
    version: "1.2",
    prettyErrors: false, // the messages without a code frame of their own
    stringKeys: true,
    uniqueKeys: false, // reported here, with both places
  });
  return [...documents].flatMap((document) => {
    // Errors after the first one mostly follow from it.
    const error = document.errors[0] ?? document.warnings[0];
    if (error !== undefined) {
      reportSyntax(file, document, error, problems);
      return [];
    }
    const node = new NodeReader(file, document, problems).document();
    return node === undefined ? [] : [node];
  });
}

function reportSyntax(file: TextFile, document: Document.Parsed, error: YAMLError, problems: Problems): void {
  const [start, end] = error.pos;
  const unclosed = error.message.startsWith("Missing closing") ? openingQuote(document, start) : undefined;
  const range =
    unclosed === undefined
      ? rangeBetween(file, Math.min(start, file.text.length), Math.min(end, file.text.length))
      : rangeBetween(file, unclosed, unclosed + 1);
  problems.error(range, `YAML: ${syntaxMessage(error, unclosed !== undefined)}`);
}

/** Where the quoted text begins that runs on to the given offset. */
function openingQuote(document: Document.Parsed, end: number): number | undefined {
  let start: number | undefined;
  visit(document, {
    Scalar(_key, { type, range }) {
      if (type?.startsWith("QUOTE") && range?.[1] === end) start = range[0];
    },
  });
  return start;
}

/** The parser's message, in the words of people who do not know its grammar where it is a frequent one. */
function syntaxMessage(error: YAMLError, unclosedQuote: boolean): string {
  if (unclosedQuote) return "this quote is never closed";
  if (error.code === "RESOURCE_EXHAUSTION") return "nested too deeply";
  if (error.code === "NON_STRING_KEY") return "a key must be a text";
  const unclosed = /^Flow (?:map|sequence) in .* end with a (\S)$/.exec(error.message)?.[1];
  if (unclosed !== undefined) return `missing "${unclosed}" before this line`;
  return `${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
}

/** Turns the parser's tree into ours; undefined where something in it can't be read. */
class NodeReader {
  readonly #file: TextFile;
  readonly #document: Document.Parsed;
  readonly #problems: Problems;
  /** The last node of each anchor so far; undefined while it is still being read. */
  readonly #anchors = new Map<string, YamlNode | undefined>();

  constructor(file: TextFile, document: Document.Parsed, problems: Problems) {
    this.#file = file;
    this.#document = document;
    this.#problems = problems;
  }

  document(): YamlNode | undefined {
    const before = this.#problems.errors;
    const at = this.#document.range[0];
    const node = this.#read(this.#document.contents, at);
    return this.#problems.errors === before ? node : undefined;
  }

  /** `at`: where an absent value would stand. */
  #read(node: Node | null, at: number): YamlNode {
    if (node === null) return this.#scalar(null, "", at, at);
    const [start, end] = node.range ?? [at, at];
    if (isAlias(node)) return this.#alias(node.source, start, end);

    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const read = this.#readPlain(node, start, end);
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  #readPlain(node: Node, start: number, end: number): YamlNode {
    const range = rangeBetween(this.#file, start, this.#trimmedEnd(start, end));
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      return { kind: "mapping", entries: this.#entries(node), range };
    }
    if (isSeq<ParsedNode>(node)) {
      return { kind: "sequence", items: node.items.map((item) => this.#read(item, start)), range };
    }
    if (!isScalar(node)) return this.#scalar(undefined, "", start, end);

    const quotes = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
    const text = typeof node.value === "string" ? node.value : (node.source ?? "");
    return this.#scalar(node.value, text, start, end, quotes);
  }

  #entries(map: YAMLMap<ParsedNode, ParsedNode | null>): YamlEntry[] {
    const seen = new Map<string, SourceRange>();
    return map.items.map((pair) => {
      const [keyStart, keyEnd] = pair.key.range;
      const keyRange = rangeBetween(this.#file, keyStart, keyEnd);
      const key = isScalar(pair.key) ? String(pair.key.value ?? "") : "";
      const first = seen.get(key);
      if (first === undefined) seen.set(key, keyRange);
      else this.#duplicate(key, keyRange, first);
      return { key, keyRange, value: this.#read(pair.value, keyEnd) };
    });
  }

  #duplicate(key: string, range: SourceRange, first: SourceRange): void {
    this.#problems.error(range, `duplicate key "${key}"`, {
      related: [{ message: "the first one is here", range: first }],
    });
  }

  #alias(name: string, start: number, end: number): YamlNode {
    const node = this.#anchors.get(name);
    if (node !== undefined) return node;
    const message = this.#anchors.has(name)
      ? `the anchor "${name}" contains itself`
      : `unknown anchor "${name}": an alias needs an "&${name}" before it`;
    this.#problems.error(rangeBetween(this.#file, start, end), message);
    return this.#scalar(null, "", start, end);
  }

  #scalar(value: unknown, text: string, start: number, end: number, quotes = 0): YamlScalar {
    const stop = this.#trimmedEnd(start, end);
    const located = new LocatedText(
      this.#file,
      text,
      start + quotes,
      Math.max(start + quotes, stop - quotes),
    );
    return { kind: "scalar", value, text: located, range: rangeBetween(this.#file, start, stop) };
  }

  /** Block scalars and collections end after their last line break; people do not mean that. */
  #trimmedEnd(start: number, end: number): number {
    return start + this.#file.text.slice(start, end).trimEnd().length;
  }
}
