import type { SourceRange } from "../source/position.ts";
import type { LocatedText } from "./located-text.ts";

/** YAML with a place for every node; anchors are followed, keys are strings. */
export type YamlNode = YamlMapping | YamlSequence | YamlScalar;

export interface YamlMapping {
  readonly kind: "mapping";
  readonly entries: readonly YamlEntry[];
  /** The whole node. */
  readonly range: SourceRange;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyRange: SourceRange;
  readonly value: YamlNode;
}

export interface YamlSequence {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
  readonly range: SourceRange;
}

export interface YamlScalar {
  readonly kind: "scalar";
  /** What YAML 1.2 (core schema) reads: string, number, boolean, null; other types only by explicit tags. */
  readonly value: unknown;
  /** The string that was read or, for the other types, the text as it is spelled in the file. */
  readonly text: LocatedText;
  readonly range: SourceRange;
}

/** A place to point at for a mapping as a whole: its first key. */
export function beginning(node: YamlNode): SourceRange {
  return node.kind === "mapping" ? (node.entries[0]?.keyRange ?? node.range) : node.range;
}

/** `a list`, `the number 5`, …: what was found where something else was wanted. */
export function describe(node: YamlNode): string {
  if (node.kind === "mapping") return "a mapping";
  if (node.kind === "sequence") return "a list";
  const { value, text } = node;
  if (value === null) return "nothing";
  if (typeof value === "string") return value === "" ? "an empty text" : `the text "${shortened(value)}"`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${shortened(text.text)}`;
  return typeof value === "boolean" ? `the boolean ${text.text}` : "a value with a tag";
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
