import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  visit,
} from "yaml";
import { firstDifference, unreadableCharacter } from "./libyaml.ts";
import type { Span, TextProblem } from "./raw-document.ts";
import { numberAsKey, resolvePlain, resolveTagged, type Scalar as ScalarValue } from "./yaml-scalar.ts";

/** A YAML document as the parser leaves it: scalars are still text, aliases are resolved to what they stand for. */
export interface YamlTree {
  /** Null where there are only comments. */
  readonly root: Node | null;
  /** What each alias stands for; undefined for one whose anchor does not come before it. */
  readonly targets: ReadonlyMap<Alias, Node | undefined>;
}

/** Parses one document. Offsets in the tree and the problems count from the beginning of `text`. */
export function parseYamlTree(text: string): {
  tree: YamlTree | undefined;
  problems: readonly TextProblem[];
} {
  const character = unreadableCharacter(text);
  if (character !== undefined) return { tree: undefined, problems: [character] };
  const documents: readonly Document[] = [
    ...parseAllDocuments(text, {
      // Scalars stay text: the parser's own YAML 1.1 schema is not what the API server reads.
      schema: "failsafe",
      version: "1.1",
      uniqueKeys: false, // reported by the reader, with field paths
      prettyErrors: false,
      logLevel: "silent", // tags that the schema does not know are no problem
    }),
  ];
  const directive = /^%.*/m.exec(text);
  const [document, second] = documents;
  if (directive !== null && (document === undefined || document.errors.length > 0)) {
    const span = { start: directive.index, end: directive.index + directive[0].length };
    return failed(
      span,
      "YAML: kubectl does not read directives",
      "remove the line; YAML 1.1 rules hold always",
    );
  }
  const error = document?.errors[0];
  if (error !== undefined) {
    const message = `YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
    return failed({ start: error.pos[0], end: error.pos[1] }, message, templateHint(text));
  }
  if (second !== undefined) {
    const start = second.contents?.range?.[0] ?? text.length;
    return failed(
      { start, end: start + 1 },
      'YAML: kubectl ignores what follows the document end marker "..."',
      'begin every document with a line "---"',
    );
  }
  if (document === undefined) return { tree: { root: null, targets: new Map() }, problems: [] };
  const difference = firstDifference(document, text);
  if (difference !== undefined) return { tree: undefined, problems: [difference] };
  return { tree: { root: document.contents, targets: aliasTargets(document, text) }, problems: [] };
}

function failed(span: Span, message: string, hint?: string) {
  return { tree: undefined, problems: [hint === undefined ? { span, message } : { span, message, hint }] };
}

function templateHint(text: string): string | undefined {
  return text.includes("{{")
    ? "this looks like a template: render it first, with `helm template` for instance"
    : undefined;
}

/** An alias stands for the last node before it that has its anchor. */
function aliasTargets(document: Document, text: string): YamlTree["targets"] {
  const targets = new Map<Alias, Node | undefined>();
  if (!text.includes("*")) return targets;
  const anchors = new Map<string, Node>();
  visit(document, {
    Alias: (_, alias) => void targets.set(alias, anchors.get(alias.source)),
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** The entries of a map; empty for anything else. */
export function entriesOf(node: Node): readonly Pair<Node, Node | null>[] {
  if (!isMap<Node, Node | null>(node)) return [];
  return node.items.filter((item) => isPair(item));
}

/** What a scalar says; undefined where its tag does not allow its text. */
export function scalarValue(scalar: Scalar): ScalarValue | undefined {
  const text = String(scalar.value);
  if (scalar.tag !== undefined) return resolveTagged(scalar.tag, text);
  return scalar.type === "PLAIN" ? resolvePlain(text) : text;
}

/** Whether an entry's key asks to merge its value into the map around it (`<<` without quotes). */
export function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.tag === undefined;
}

/** The text that a key becomes in JSON; undefined for what can't be a key: null, lists and maps. */
export function keyText(key: Node, tree: YamlTree): string | undefined {
  const node = isAlias(key) ? tree.targets.get(key) : key;
  if (node === undefined || !isScalar(node)) return undefined;
  const value = scalarValue(node);
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? numberAsKey(value, String(node.value)) : String(value);
}

/** The maps whose entries a merge adds, the one that takes precedence first; undefined: not all of them are maps. */
export function mergedMaps(value: Node | null, tree: YamlTree): readonly Node[] | undefined {
  const target = value !== null && isAlias(value) ? tree.targets.get(value) : value;
  if (target === undefined || target === null) return undefined;
  if (isMap(target)) return [value === null ? target : value];
  // A list of maps may be written in place only, an alias to a list may not (decode.go, merge).
  if (!isSeq<Node>(target) || target !== value) return undefined;
  const maps = target.items;
  const allMaps = maps.every((item) => {
    const node = isAlias(item) ? tree.targets.get(item) : item;
    return node !== undefined && isMap(node);
  });
  return allMaps ? maps : undefined;
}

/** From the first character of a node to its end; an empty value is an empty stretch. */
export function spanOf(node: Node | null | undefined, fallback: number): Span {
  const range = node?.range;
  return range === undefined || range === null
    ? { start: fallback, end: fallback }
    : { start: range[0], end: range[1] };
}
