import { readPlainYaml } from "./plain-yaml.ts";
import type { PlaceFinder, RawDocument, Span } from "./raw-document.ts";
import { findPlace } from "./yaml-place.ts";
import { parseYamlTree, type YamlTree } from "./yaml-tree.ts";
import { readYamlValue } from "./yaml-value.ts";

/**
 * Keeps the trees of the documents that were looked into last. A tree takes a hundred times its text, so those of all
 * documents are not kept; where a position is wanted later, the document is parsed again.
 */
export class RecentTrees {
  readonly #limit: number;
  readonly #trees = new Map<PlaceFinder, YamlTree>();

  constructor(limit = 16) {
    this.#limit = limit;
  }

  get(place: PlaceFinder): YamlTree | undefined {
    return this.#trees.get(place);
  }

  keep(place: PlaceFinder, tree: YamlTree): void {
    this.#trees.delete(place);
    const oldest = this.#trees.size >= this.#limit ? this.#trees.keys().next() : undefined;
    if (oldest?.done === false) this.#trees.delete(oldest.value);
    this.#trees.set(place, tree);
  }
}

/** Reads the YAML document that stands at `span` of `text`. */
export function readYamlDocument(text: string, span: Span, recent: RecentTrees): RawDocument {
  const source = text.slice(span.start, span.end);
  const plain = readPlainYaml(source);
  if (plain !== undefined) return { value: plain.value, problems: [], place: placesIn(text, span, recent) };
  return parseYamlDocument(text, span, recent);
}

/** The same by the parser, which reads everything and says what is wrong. */
export function parseYamlDocument(text: string, span: Span, recent: RecentTrees): RawDocument {
  const parsed = parseYamlTree(text.slice(span.start, span.end));
  const problems = parsed.problems.map((problem) => ({
    ...problem,
    span: shifted(problem.span, span.start),
  }));
  if (parsed.tree === undefined) {
    return { value: undefined, problems, place: () => ({ key: undefined, value: span, depth: 0 }) };
  }
  const read = readYamlValue(parsed.tree);
  for (const problem of read.problems) {
    problems.push({ ...problem, span: shifted(problem.span, span.start) });
  }
  const place = placesIn(text, span, recent);
  recent.keep(place, parsed.tree);
  return { value: problems.length === 0 ? read.value : undefined, problems, place };
}

/** Finds fields in the document; it is parsed when one is asked for. */
function placesIn(text: string, span: Span, recent: RecentTrees): PlaceFinder {
  const place: PlaceFinder = (path) => {
    const tree = recent.get(place) ?? parseYamlTree(text.slice(span.start, span.end)).tree;
    const found = tree === undefined ? undefined : findPlace(tree, path);
    if (tree === undefined || found === undefined) return { key: undefined, value: span, depth: 0 };
    recent.keep(place, tree);
    const key = found.key === undefined ? undefined : shifted(found.key, span.start);
    return { key, value: shifted(found.value, span.start), depth: found.depth };
  };
  return place;
}

function shifted(span: Span, by: number): Span {
  return { start: span.start + by, end: span.end + by };
}
