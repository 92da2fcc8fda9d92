import { isAlias, isSeq, type Node } from "yaml";
import type { FieldPath } from "./field-path.ts";
import type { Place } from "./raw-document.ts";
import { entriesOf, isMergeKey, keyText, mergedMaps, spanOf, type YamlTree } from "./yaml-tree.ts";

/** Where a field of a document stands; undefined for a document that holds nothing. */
export function findPlace(tree: YamlTree, path: FieldPath): Place | undefined {
  return tree.root === null ? undefined : placeIn(tree, tree.root, path);
}

function placeIn(tree: YamlTree, root: Node, path: FieldPath): Place {
  let node: Node | null = root;
  let key: Node | undefined;
  let fallback = spanOf(root, 0);
  for (const [depth, segment] of path.entries()) {
    const inside: Node | null = node !== null && isAlias(node) ? (tree.targets.get(node) ?? null) : node;
    const found: Found | undefined = inside === null ? undefined : step(tree, inside, segment);
    if (found === undefined) return { key: key && spanOf(key, 0), value: spanOf(node, fallback.end), depth };
    fallback = spanOf(found.key ?? found.value, fallback.end);
    ({ key, value: node } = found);
  }
  return { key: key && spanOf(key, 0), value: spanOf(node, fallback.end), depth: path.length };
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | null;
}

/** The entry of a map, or the item of a list. */
function step(tree: YamlTree, node: Node, segment: string | number): Found | undefined {
  if (typeof segment === "number") {
    if (!isSeq<Node | null>(node)) return undefined;
    const item = node.items[segment];
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  const entries = entriesOf(node);
  const plain = entries.findLast(({ key }) => !isMergeKey(key) && keyText(key, tree) === segment);
  if (plain !== undefined) return plain;
  for (const { key, value } of entries.toReversed()) {
    if (!isMergeKey(key)) continue;
    for (const merged of mergedMaps(value, tree) ?? []) {
      const target = isAlias(merged) ? tree.targets.get(merged) : merged;
      const found = target === undefined ? undefined : step(tree, target, segment);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
