import { Graph as DagreGraph, layout } from "@dagrejs/dagre";
import type { Graph, GraphEdge, GraphNode } from "../graph.ts";
import { html } from "./html-text.ts";

const LINE = 16;
const PADDING = 10;
/** Of a letter at 12 px in a sans-serif face, on the safe side. */
const LETTER = 7.5;
const SMALL_LETTER = 6.2;
const MARGIN = 16;
const NAME_ROOM = 12;
/** A drawing is made smaller to fit into the page, but not so small that nobody can read it. */
const SMALLEST = 0.75;
const MAX_LETTERS = 32;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A drawing of the graph, laid out from left to right; colours come from the page. */
export function graphSvg(graph: Graph): string {
  const dagre = new DagreGraph({ compound: true, multigraph: true });
  dagre.setGraph({
    rankdir: "LR",
    nodesep: 20,
    edgesep: 8,
    ranksep: 44,
    marginx: MARGIN,
    marginy: MARGIN + NAME_ROOM,
  });
  dagre.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map<string, readonly GraphNode[]>(
    [...Map.groupBy(graph.nodes, ({ box }) => box)].flatMap(([box, nodes]) =>
      box === undefined ? [] : [[box, nodes] as const],
    ),
  );
  for (const node of graph.nodes) dagre.setNode(node.id, sizeOf(node));
  for (const [box, nodes] of boxes) {
    dagre.setNode(`box ${box}`, { label: box });
    for (const { id } of nodes) dagre.setParent(id, `box ${box}`);
  }
  for (const [at, { from, to, label }] of graph.edges.entries()) {
    const text = shortened(label);
    dagre.setEdge(
      from,
      to,
      { width: text.length * SMALL_LETTER + 8, height: text === "" ? 0 : LINE, labelpos: "c" },
      `${at}`,
    );
  }
  layout(dagre);
  const { width = 0, height = 0 } = dagre.graph() as { width?: number; height?: number };
  const parts = [
    ...[...boxes.keys()].map((box) => boxSvg(box, dagre.node(`box ${box}`) as Box)),
    ...graph.edges.map((edge, at) =>
      edgeSvg(edge, dagre.edge(edge.from, edge.to, `${at}`) as Point & { points: readonly Point[] }, graph),
    ),
    ...graph.nodes.map((node) => nodeSvg(node, dagre.node(node.id) as Box)),
  ];
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return `<svg viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" style="min-width:${Math.ceil(w * SMALLEST)}px" role="img" aria-label="${html(`Graph: ${graph.title}`)}">${parts.join("")}</svg>`;
}

function linesOf({ label, detail }: GraphNode): readonly string[] {
  return [label, ...detail.split("\n")].filter((line) => line !== "").map(shortened);
}

function shortened(text: string): string {
  return text.length <= MAX_LETTERS ? text : `${text.slice(0, MAX_LETTERS - 1)}…`;
}

function sizeOf(node: GraphNode): { readonly width: number; readonly height: number } {
  if (node.kind === "junction") return { width: 8, height: 8 };
  const [first = "", ...rest] = linesOf(node);
  const letters = Math.max(first.length * LETTER, ...rest.map((line) => line.length * SMALL_LETTER));
  return { width: Math.max(60, letters + 2 * PADDING), height: (1 + rest.length) * LINE + 2 * PADDING - 4 };
}

function boxSvg(name: string, { x, y, width, height }: Box): string {
  // The layout leaves no room for the name of the box.
  const [left, top] = [x - width / 2, y - height / 2 - NAME_ROOM];
  return (
    `<g class="box"><rect x="${number(left)}" y="${number(top)}" width="${number(width)}" height="${number(height + NAME_ROOM)}" rx="8"/>` +
    `<text x="${number(left + 8)}" y="${number(top + 14)}">${html(name)}</text></g>`
  );
}

function nodeSvg(node: GraphNode, { x, y, width, height }: Box): string {
  if (node.kind === "junction")
    return `<circle class="junction" data-junction="${html(node.id)}" cx="${number(x)}" cy="${number(y)}" r="3.5"/>`;
  const [left, top] = [x - width / 2, y - height / 2];
  const lines = linesOf(node).map(
    (line, at) =>
      `<text class="${at === 0 ? "name" : "detail"}" x="${number(x)}" y="${number(top + PADDING + 9 + at * LINE)}">${html(line)}</text>`,
  );
  const title = html([node.label, ...node.detail.split("\n")].join(", "));
  return (
    `<g class="node ${node.kind}" data-node="${html(node.id)}"><title>${title}</title>` +
    `<rect x="${number(left)}" y="${number(top)}" width="${number(width)}" height="${number(height)}" rx="6"/>${lines.join("")}</g>`
  );
}

function edgeSvg(
  edge: GraphEdge,
  placed: Point & { readonly points: readonly Point[] },
  graph: Graph,
): string {
  const isIntoJunction = graph.nodes.some(({ id, kind }) => id === edge.to && kind === "junction");
  const text = shortened(edge.label);
  const label =
    text === ""
      ? ""
      : `<text class="ports" x="${number(placed.x)}" y="${number(placed.y + 4)}">${html(text)}</text>`;
  const arrow = isIntoJunction ? "" : ' marker-end="url(#arrow)"';
  const title = edge.label === text ? "" : `<title>${html(edge.label)}</title>`;
  return (
    `<g class="edge" data-from="${html(edge.from)}" data-to="${html(edge.to)}">${title}` +
    `<path d="${curve(placed.points)}"${arrow}/>${label}</g>`
  );
}

/** A smooth line through the middles of the points that the layout gives. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const last = rest.at(-1) ?? first;
  let path = `M${number(first.x)} ${number(first.y)}`;
  for (const [at, point] of rest.slice(0, -1).entries()) {
    const next = rest[at + 1] ?? point;
    const end = at === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${number(point.x)} ${number(point.y)} ${number(end.x)} ${number(end.y)}`;
  }
  return rest.length < 2 ? `${path}L${number(last.x)} ${number(last.y)}` : path;
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
