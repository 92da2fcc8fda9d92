import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { formatPath } from "./field-path.ts";
import { type JsonValue, setKey } from "./json-value.ts";
import type { Span, TextProblem } from "./raw-document.ts";
import {
  entriesOf,
  isMergeKey,
  keyText,
  mergedMaps,
  scalarValue,
  spanOf,
  type YamlTree,
} from "./yaml-tree.ts";

/**
 * The JSON value that sigs.k8s.io/yaml makes of a document; undefined where it refuses it. Keys that stand twice are
 * problems although a value is there.
 */
export function readYamlValue(tree: YamlTree): {
  value: JsonValue | undefined;
  problems: readonly TextProblem[];
} {
  const reader = new ValueReader(tree);
  return { value: reader.root(), problems: reader.problems };
}

// The limits of go.yaml.in/yaml/v2 (decode.go): the share of nodes that may come from aliases, by the number of nodes.
const ALIAS_RATIO_LOW = 400_000;
const ALIAS_RATIO_HIGH = 4_000_000;

function allowedAliasRatio(nodes: number): number {
  if (nodes <= ALIAS_RATIO_LOW) return 0.99;
  if (nodes >= ALIAS_RATIO_HIGH) return 0.1;
  return 0.99 - 0.89 * ((nodes - ALIAS_RATIO_LOW) / (ALIAS_RATIO_HIGH - ALIAS_RATIO_LOW));
}

/** The document can't be read at all. */
class Unreadable extends Error {
  readonly span: Span;

  constructor(span: Span, message: string) {
    super(message);
    this.name = "Unreadable";
    this.span = span;
  }
}

interface MapUnderWay {
  readonly entries: Record<string, JsonValue>;
  readonly origins: Map<string, Origin>;
}

/** One reading of a map of the text: its entries share it. `merge`: the key of the merge that asked for it, if any. */
interface Origin {
  readonly merge: Node | undefined;
}

class ValueReader {
  readonly problems: TextProblem[] = [];
  readonly #tree: YamlTree;
  readonly #path: (string | number)[] = [];
  readonly #open = new Set<Node>();
  readonly #reported = new Set<Node>();
  #nodes = 0;
  #aliased = 0;
  #aliasDepth = 0;

  constructor(tree: YamlTree) {
    this.#tree = tree;
  }

  root(): JsonValue | undefined {
    try {
      return this.#tree.root === null ? null : this.#value(this.#tree.root);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.problems.push({ span: error.span, message: `YAML: ${error.message}` });
      return undefined;
    }
  }

  #value(node: Node | null): JsonValue {
    if (node === null) return null;
    this.#count(node);
    if (isAlias(node)) return this.#alias(node, (target) => this.#value(target));
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq<Node | null>(node)) {
      return node.items.map((item, index) => {
        this.#path.push(index);
        const value = this.#value(item);
        this.#path.pop();
        return value;
      });
    }
    const map: MapUnderWay = { entries: {}, origins: new Map() };
    this.#addEntries(node, map, undefined);
    return map.entries;
  }

  #count(node: Node): void {
    this.#nodes += 1;
    if (this.#aliasDepth > 0) this.#aliased += 1;
    const excessive =
      this.#aliased > 100 &&
      this.#nodes > 1000 &&
      this.#aliased / this.#nodes > allowedAliasRatio(this.#nodes);
    if (excessive) throw new Unreadable(spanOf(node, 0), "document contains excessive aliasing");
  }

  #alias<T>(alias: Node, read: (target: Node) => T): T {
    const name = isAlias(alias) ? alias.source : "";
    const target = isAlias(alias) ? this.#tree.targets.get(alias) : alias;
    if (target === undefined) throw new Unreadable(spanOf(alias, 0), `unknown anchor '${name}' referenced`);
    if (this.#open.has(alias))
      throw new Unreadable(spanOf(alias, 0), `anchor '${name}' value contains itself`);
    this.#open.add(alias);
    this.#aliasDepth += 1;
    const value = read(target);
    this.#aliasDepth -= 1;
    this.#open.delete(alias);
    return value;
  }

  #scalar(node: Node): JsonValue {
    const value = isScalar(node) ? scalarValue(node) : undefined;
    const text = isScalar(node) ? String(node.value) : "";
    if (value === undefined) {
      const tag = isScalar(node) ? (node.tag ?? "").replace("tag:yaml.org,2002:", "!!") : "";
      throw new Unreadable(spanOf(node, 0), `cannot decode \`${text}\` as a ${tag}`);
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new Unreadable(spanOf(node, 0), `unsupported value: ${text}`);
    }
    return value;
  }

  /** Adds the entries of a map; `merge` is the merge of the text that they come from, if any. */
  #addEntries(node: Node, map: MapUnderWay, merge: Node | undefined): void {
    if (isAlias(node)) {
      this.#count(node);
      this.#alias(node, (target) => {
        this.#count(target);
        this.#addEntries(target, map, merge);
      });
      return;
    }
    const origin: Origin = { merge };
    for (const { key, value } of entriesOf(node)) {
      if (isMergeKey(key)) this.#merge(key, value, map, merge);
      else this.#addEntry(key, value, map, origin);
    }
  }

  #addEntry(key: Node, value: Node | null, map: MapUnderWay, origin: Origin): void {
    this.#count(key);
    const name = keyText(key, this.#tree);
    if (name === undefined) throw new Unreadable(spanOf(key, 0), "invalid map key: a key must be a word");
    this.#path.push(name);
    const before = map.origins.get(name);
    if (before !== undefined) this.#refuseTwice(key, before, origin);
    setKey(map.entries, name, this.#value(value));
    map.origins.set(name, origin);
    this.#path.pop();
  }

  /**
   * A plain entry may replace what a merge gave before it. The other way round readers differ: kubectl lets the merge
   * win, by YAML's own rule the plain entry does.
   */
  #refuseTwice(key: Node, before: Origin, now: Origin): void {
    const duplicate = formatPath(this.#path);
    const message = `duplicate field "${duplicate}"`;
    if (before === now) {
      this.#reportAt(key, { message, duplicate });
    } else if (now.merge !== undefined && now.merge !== before.merge) {
      this.#reportAt(now.merge, {
        message: `${message}: it is merged here, and stands before`,
        duplicate,
        hint: 'put "<<" before the entries that replace something of it',
      });
    }
  }

  /** Once for each place, however often aliases lead to it. */
  #reportAt(node: Node, problem: Omit<TextProblem, "span">): void {
    if (this.#reported.has(node)) return;
    this.#reported.add(node);
    this.problems.push({ span: spanOf(node, 0), ...problem });
  }

  #merge(key: Node, value: Node | null, map: MapUnderWay, outer: Node | undefined): void {
    const maps = mergedMaps(value, this.#tree);
    if (maps === undefined) {
      throw new Unreadable(
        spanOf(value ?? key, 0),
        "map merge requires map or sequence of maps as the value",
      );
    }
    // Backwards, so that what an earlier map says takes precedence.
    for (const merged of [...maps].reverse()) {
      if (isMap(merged)) this.#count(merged);
      this.#addEntries(merged, map, outer ?? key);
    }
  }
}
