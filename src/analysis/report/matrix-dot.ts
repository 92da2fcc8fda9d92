import type { Graph, GraphNode } from "../graph.ts";

/** Graphviz: `netverdict matrix -o dot | dot -Tsvg`. */
export function matrixDot(graph: Graph): string {
  const boxes = Map.groupBy(graph.nodes, ({ box }) => box);
  const ids = new Map(graph.nodes.map(({ id }, at) => [id, `n${at}`]));
  const id = (node: string): string => ids.get(node) ?? quoted(node);
  const lines = [
    "digraph netverdict {",
    "  rankdir=LR;",
    '  graph [fontname="sans-serif", fontsize=12, nodesep=0.3, ranksep=1.0];',
    '  node [shape=box, style="rounded,filled", fillcolor="#eef4fb", color="#5b7ea4", fontname="sans-serif", fontsize=11];',
    '  edge [color="#666666", fontname="sans-serif", fontsize=9];',
  ];
  for (const note of graph.notes) lines.push(`  // ${note.replaceAll(/[\r\n]/g, " ")}`);
  let cluster = 0;
  for (const [box, nodes] of boxes) {
    if (box === undefined) {
      for (const node of nodes) lines.push(`  ${id(node.id)} ${nodeAttributes(node)};`);
      continue;
    }
    lines.push(
      `  subgraph cluster_${cluster++} {`,
      `    label=${quoted(box)}; style=rounded; color="#bbbbbb";`,
    );
    for (const node of nodes) lines.push(`    ${id(node.id)} ${nodeAttributes(node)};`);
    lines.push("  }");
  }
  for (const { from, to, label } of graph.edges) {
    const isIntoJunction = graph.nodes.some((node) => node.id === to && node.kind === "junction");
    const attributes = [
      ...(label === "" ? [] : [`label=${quoted(label)}`]),
      ...(isIntoJunction ? ["arrowhead=none"] : []),
    ];
    lines.push(`  ${id(from)} -> ${id(to)}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`};`);
  }
  if (graph.notes.length > 0) {
    lines.push(`  label=${quoted(graph.notes.join("\n"))}; labelloc=b;`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

function nodeAttributes({ kind, label, detail }: GraphNode): string {
  if (kind === "junction") return '[shape=point, width=0.08, label="", fillcolor="#666666"]';
  const style = kind === "outside" ? ', fillcolor="#fdf1e3", color="#b07a33"' : "";
  return `[label=${quoted(`${label}\n${detail}`)}${style}]`;
}

/** A quoted id of the DOT language: only the quote is special, and a backslash begins an escape in labels. */
function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
