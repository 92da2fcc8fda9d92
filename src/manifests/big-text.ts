import type { SourceRange } from "../source/position.ts";
import { createTextFile, positionAt } from "../source/text-file.ts";
import { type BigPiece, cutText } from "./cut-text.ts";
import type { FieldPath } from "./field-path.ts";
import type { JsonValue } from "./json-value.ts";
import type { RawDocument, Span } from "./raw-document.ts";
import { splitDocuments } from "./split-documents.ts";
import type { RecentTrees } from "./yaml-document.ts";

/** Spans of a big text hold the number of the piece above these bits, and below them the offset in its text. */
const PIECE = 2 ** 32;

/**
 * A text that is too big for one string: read in pieces of whole documents or whole items of a list, one after the
 * other. Nothing of a piece's text is kept; where a position is asked for, its piece is read again.
 */
export class BigText {
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #pieces: readonly BigPiece[];
  #recent:
    | { readonly index: number; readonly text: string; readonly documents: readonly RawDocument[] }
    | undefined;

  constructor(path: string, bytes: Uint8Array, pieceBytes?: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.#pieces = cutText(bytes, pieceBytes);
  }

  *documents(recent: RecentTrees): Generator<RawDocument> {
    for (const index of this.#pieces.keys()) {
      const { documents } = this.#read(index, recent);
      for (const [place, { value, problems }] of documents.entries()) {
        yield {
          value: value === undefined ? undefined : withoutBallast(value),
          problems: problems.map((problem) => ({ ...problem, span: shifted(problem.span, index) })),
          place: (path) => this.#place(index, place, path, recent),
        };
      }
    }
  }

  range(span: Span): SourceRange {
    const index = Math.floor(span.start / PIECE);
    const piece = this.#pieces[index];
    if (piece === undefined) throw new Error("a span of another text");
    const text = this.#textOf(index);
    const inner = text.slice(piece.head.length, text.length - piece.tail.length);
    const file = createTextFile(this.#path, inner);
    const at = (offset: number) => {
      const { line, column } = positionAt(file, offset - index * PIECE - piece.head.length);
      return line === 1
        ? { line: piece.line, column: piece.column + column - 1 }
        : { line: piece.line + line - 1, column };
    };
    return { file: this.#path, start: at(span.start), end: at(span.end) };
  }

  textOf(span: Span): string {
    const index = Math.floor(span.start / PIECE);
    return this.#textOf(index).slice(span.start - index * PIECE, span.end - index * PIECE);
  }

  #place(index: number, document: number, path: FieldPath, recent: RecentTrees) {
    const found = this.#read(index, recent).documents[document]?.place(path);
    if (found === undefined) throw new Error("a document is no longer there");
    const key = found.key === undefined ? undefined : shifted(found.key, index);
    return { key, value: shifted(found.value, index), depth: found.depth };
  }

  #read(index: number, recent: RecentTrees) {
    if (this.#recent?.index !== index) {
      const text = this.#textOf(index);
      this.#recent = { index, text, documents: splitDocuments(text, recent) };
    }
    return this.#recent;
  }

  #textOf(index: number): string {
    if (this.#recent?.index === index) return this.#recent.text;
    const piece = this.#pieces[index];
    if (piece === undefined) throw new Error("a piece of another text");
    const inner = new TextDecoder("utf-8", { fatal: true }).decode(
      this.#bytes.subarray(piece.start, piece.end),
    );
    return piece.head + inner + piece.tail;
  }
}

function shifted({ start, end }: Span, index: number): Span {
  return { start: start + index * PIECE, end: end + index * PIECE };
}

const BALLAST = new Set(["managedFields", "kubectl.kubernetes.io/last-applied-configuration"]);

/** A copy that does not hold on to the text, without what the API server and kubectl note for themselves. */
function withoutBallast(value: JsonValue): JsonValue {
  const text = JSON.stringify(value, (key, field: unknown) => (BALLAST.has(key) ? undefined : field));
  return JSON.parse(text) as JsonValue;
}
