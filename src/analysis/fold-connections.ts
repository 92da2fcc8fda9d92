import type { PortAnswers } from "./answer-table.ts";
import { answersText } from "./answers-text.ts";
import type { Matrix, MatrixConnection, MatrixGroup } from "./matrix.ts";
import { toPortSet } from "./port-set.ts";

export interface FoldedEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export interface FoldedConnections {
  readonly edges: readonly FoldedEdge[];
  /** What holds between the pods of a node, as a label. */
  readonly inside: ReadonlyMap<string, string>;
}

/**
 * The connections between nodes that stand for one or more groups: all ports that are open between some of their pods,
 * with `(some)` behind them where it is not so between all.
 */
export function foldConnections(
  byNode: ReadonlyMap<string, readonly MatrixGroup[]>,
  connections: Matrix["connections"],
): FoldedConnections {
  const nodeOf = new Map(
    [...byNode].flatMap(([node, groups]) => groups.map(({ id }) => [id, node] as const)),
  );
  const byPair = new Map<string, { from: string; to: string; list: MatrixConnection[] }>();
  for (const connection of connections) {
    const from = nodeOf.get(connection.from);
    const to = nodeOf.get(connection.to);
    if (from === undefined || to === undefined) continue;
    const key = `${from}\n${to}`;
    const pair = byPair.get(key) ?? { from, to, list: [] };
    byPair.set(key, pair);
    pair.list.push(connection);
  }
  const edges: FoldedEdge[] = [];
  const inside = new Map<string, string>();
  for (const { from, to, list } of byPair.values()) {
    const pairs = pairsBetween(byNode.get(from) ?? [], byNode.get(to) ?? [], from === to);
    const label = labelOf(list, list.length < pairs);
    if (from === to) inside.set(from, label);
    else edges.push({ from, to, label });
  }
  return { edges, inside };
}

function pairsBetween(from: readonly MatrixGroup[], to: readonly MatrixGroup[], isSame: boolean): number {
  return from.length * to.length - (isSame ? from.filter(({ pods }) => pods < 2).length : 0);
}

function labelOf(list: readonly PortAnswers[], isPart: boolean): string {
  const texts = new Set(list.map(answersText));
  if (texts.size === 1 && !isPart) return [...texts][0] ?? "";
  const allow = toPortSet(list.flatMap((answers) => answers.allow));
  const undetermined = allow.length > 0 ? [] : toPortSet(list.flatMap((answers) => answers.undetermined));
  return `${answersText({ allow, undetermined })} (some)`;
}
