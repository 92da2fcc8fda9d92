import type { Graph, GraphNode } from "../graph.ts";

/** A Mermaid flowchart, as GitHub and GitLab draw it in Markdown. */
export function matrixMermaid(graph: Graph): string {
  const ids = new Map(graph.nodes.map(({ id }, at) => [id, `n${at}`]));
  const boxes = Map.groupBy(graph.nodes, ({ box }) => box);
  const lines = ["flowchart LR"];
  for (const note of graph.notes) lines.push(`  %% ${note.replaceAll(/[\r\n]/g, " ")}`);
  let count = 0;
  for (const [box, nodes] of boxes) {
    if (box === undefined) {
      for (const node of nodes) lines.push(`  ${ids.get(node.id)}${shape(node)}`);
      continue;
    }
    lines.push(`  subgraph s${count++}["${escaped(box)}"]`);
    for (const node of nodes) lines.push(`    ${ids.get(node.id)}${shape(node)}`);
    lines.push("  end");
  }
  const junctions = new Set(graph.nodes.filter(({ kind }) => kind === "junction").map(({ id }) => id));
  for (const { from, to, label } of graph.edges) {
    const arrow = junctions.has(to) ? "---" : "-->";
    const text = label === "" ? "" : `|"${escaped(label)}"|`;
    lines.push(`  ${ids.get(from)} ${arrow}${text} ${ids.get(to)}`);
  }
  if (graph.notes.length > 0) lines.push(`  note["${graph.notes.map(escaped).join("<br/>")}"]`);
  return `${lines.join("\n")}\n`;
}

function shape({ kind, label, detail }: GraphNode): string {
  switch (kind) {
    case "junction":
      return '((" "))';
    case "outside":
      return `(["${escaped(label)}<br/>${lined(detail)}"])`;
    case "pods":
    case "namespace":
      return `["${escaped(label)}<br/>${lined(detail)}"]`;
    default: {
      const never: never = kind;
      throw new Error(`unhandled node ${String(never)}`);
    }
  }
}

function lined(text: string): string {
  return text.split("\n").map(escaped).join("<br/>");
}

/** Mermaid's own entities: `#` with a number or name, also for what Markdown or HTML would read as markup. */
function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 ./:,\-_=()]/gu, (character) => `#${character.codePointAt(0)};`);
}
