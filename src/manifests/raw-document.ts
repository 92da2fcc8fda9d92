import type { FieldPath } from "./field-path.ts";
import type { JsonValue } from "./json-value.ts";

/** A stretch of a text: offsets in UTF-16 code units, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something wrong with the text itself, or with how a document is written. */
export interface TextProblem {
  readonly span: Span;
  readonly message: string;
  /** The path of a key that stands twice. */
  readonly duplicate?: string;
  readonly hint?: string;
}

/** Where a field of a document stands. */
export interface Place {
  /** The field's name; absent for the root and for items of lists. */
  readonly key: Span | undefined;
  readonly value: Span;
  /** How many segments of the path were found; the rest does not exist in the text. */
  readonly depth: number;
}

/** One document of a text: a YAML document, or one value of a stream of JSON values. */
export interface RawDocument {
  /** Undefined where the text can't be read; `problems` then says why. */
  readonly value: JsonValue | undefined;
  readonly problems: readonly TextProblem[];
  readonly place: PlaceFinder;
}

/** Where a field of a document, or the nearest part of the document around it, stands. */
export type PlaceFinder = (path: FieldPath) => Place;
