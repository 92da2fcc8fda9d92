import { addressesText } from "./address-set.ts";
import { answersText } from "./answers-text.ts";
import { type FoldedEdge, foldConnections } from "./fold-connections.ts";
import { GroupSets } from "./group-sets.ts";
import type { Matrix, MatrixGroup } from "./matrix.ts";

/** Something that is drawn: pods that act alike, a namespace, or what lies outside. */
export interface GraphNode {
  readonly id: string;
  readonly kind: "pods" | "namespace" | "outside" | "junction";
  /** Empty for a junction. */
  readonly label: string;
  /** Further lines, such as how many pods there are. */
  readonly detail: string;
  /** The box that it stands in: a namespace. */
  readonly box?: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** A picture of a matrix that is small enough to be looked at. */
export interface Graph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What was left out, and how to see it. */
  readonly notes: readonly string[];
}

/** More than that nobody can follow with the eye. */
export const MAX_NODES = 40;
export const MAX_EDGES = 120;

/** The whole matrix: group by group where there are few, else a node for each namespace. */
export function overviewGraph(matrix: Matrix): Graph {
  const { groups } = matrix;
  if (groups.length <= MAX_NODES) {
    return graphOf(matrix, { title: "all pods", nodeOf: ({ id }) => `g${id}`, notes: [] });
  }
  return graphOf(matrix, {
    title: "namespaces",
    nodeOf: ({ namespaces }) => `n ${namespaces.join(" ")}`,
    notes: [
      `${groups.length} groups of pods are drawn as their namespaces; a namespace by itself shows its groups`,
    ],
  });
}

/** One namespace group by group, and the others as far as they have to do with it. */
export function namespaceGraph(matrix: Matrix, namespace: string): Graph {
  const own = new Set(
    matrix.groups.filter(({ namespaces }) => namespaces.includes(namespace)).map(({ id }) => id),
  );
  const connections = matrix.connections.filter(({ from, to }) => own.has(from) || own.has(to));
  const kept = new Set([...own, ...connections.flatMap(({ from, to }) => [from, to])]);
  const part = { ...matrix, connections };
  return graphOf(part, {
    title: namespace,
    about: namespace,
    keep: ({ id }) => kept.has(id),
    withOutside: ({ id }) => own.has(id),
    nodeOf: ({ id, namespaces }) => (own.has(id) ? `g${id}` : `n ${namespaces.join(" ")}`),
    notes: [],
  });
}

interface GraphPlan {
  readonly title: string;
  readonly nodeOf: (group: MatrixGroup) => string;
  readonly keep?: (group: MatrixGroup) => boolean;
  /** Whether its connections with the outside are drawn. */
  readonly withOutside?: (group: MatrixGroup) => boolean;
  /** The one namespace that the graph is about: it needs no box, and others are drawn as what they are. */
  readonly about?: string;
  readonly notes: readonly string[];
}

function graphOf(matrix: Matrix, plan: GraphPlan): Graph {
  const kept = matrix.groups.filter((group) => plan.keep?.(group) ?? true);
  const sets = new GroupSets(matrix);
  const byNode = Map.groupBy(kept, plan.nodeOf);
  const folded = foldConnections(byNode, matrix.connections);
  const { edges: outside, marks } = outsideEdges(byNode, plan);
  const merged = mergeAlike(byNode, [...folded.edges, ...outside], marks, folded.inside);
  const nodes: GraphNode[] = merged.nodes.map(({ id, groups }) => ({
    id,
    ...wordsOf(groups, sets, folded.inside.get(id), marks.get(id) ?? [], plan.about),
  }));
  if (outside.some(({ from }) => from === FROM_OUTSIDE))
    nodes.push(outsideNode(FROM_OUTSIDE, "from outside"));
  if (outside.some(({ to }) => to === TO_OUTSIDE)) nodes.push(outsideNode(TO_OUTSIDE, "to outside"));
  const joined = withJunctions(merged.edges);
  return bounded({
    title: plan.title,
    nodes: [...nodes, ...joined.nodes],
    edges: joined.edges,
    notes: plan.notes,
  });
}

/** With more of them the picture is about nothing else; nodes then say it themselves. */
const MAX_OUTSIDE_EDGES = 5;

const FROM_OUTSIDE = "outside-in";
const TO_OUTSIDE = "outside-out";

function outsideNode(id: string, label: string): GraphNode {
  return { id, kind: "outside", label, detail: "the cluster" };
}

function wordsOf(
  groups: readonly MatrixGroup[],
  sets: GroupSets,
  inside: string | undefined,
  marks: readonly string[],
  about: string | undefined,
): Omit<GraphNode, "id"> {
  const pods = groups.reduce((sum, group) => sum + group.pods, 0);
  const namespaces = [...new Set(groups.flatMap((group) => group.namespaces))].sort();
  const count = pods === 1 ? "1 pod" : `${pods} pods`;
  const detail = [count, ...(inside === undefined ? [] : [`each other: ${inside}`]), ...marks].join("\n");
  const [only] = groups;
  if (groups.length === 1 && only !== undefined && only.namespaces.length === 1) {
    const [box = ""] = only.namespaces;
    const label = only.name.slice(box.length + 1);
    if (about === undefined) return { kind: "pods", label, detail, box };
    return about === box ? { kind: "pods", label, detail } : { kind: "namespace", label: only.name, detail };
  }
  const label = namespaces.length <= 3 ? namespaces.join(", ") : `${namespaces.length} namespaces`;
  const names = namespaces.length <= 3 ? "" : `${namespaces.slice(0, 3).join(", ")}, …\n`;
  return groups.length === 1
    ? { kind: "namespace", label: sets.nameOf(groups.map(({ id }) => id)), detail }
    : { kind: "namespace", label, detail: `${names}${detail}` };
}

function outsideEdges(
  byNode: ReadonlyMap<string, readonly MatrixGroup[]>,
  { withOutside }: GraphPlan,
): { readonly edges: readonly FoldedEdge[]; readonly marks: ReadonlyMap<string, readonly string[]> } {
  const marks = new Map<string, string[]>();
  const found = [...byNode].map(([node, groups]) => {
    const own = groups.filter((group) => withOutside?.(group) ?? true);
    const text = (direction: "ingress" | "egress"): string => {
      const texts = own.map(({ exposure }) =>
        (exposure?.outside[direction] ?? [])
          .map((answers) => {
            const addresses = addressesText(answers.addresses, 2);
            const ports = answersText(answers);
            return addresses === "anywhere" ? ports : `${ports} (${addresses})`;
          })
          .join("; "),
      );
      const distinct = [...new Set(texts)].filter((part) => part !== "");
      if (distinct.length === 0) return "";
      return distinct.length === 1 && !texts.includes("") ? (distinct[0] ?? "") : "some pods";
    };
    return { node, into: text("ingress"), out: text("egress") };
  });
  const edges = (direction: "into" | "out"): readonly FoldedEdge[] => {
    const own = found.filter((entry) => entry[direction] !== "");
    if (own.length <= MAX_OUTSIDE_EDGES) {
      return own.map((entry) =>
        direction === "into"
          ? { from: FROM_OUTSIDE, to: entry.node, label: entry.into }
          : { from: entry.node, to: TO_OUTSIDE, label: entry.out },
      );
    }
    const words = direction === "into" ? "from outside" : "to outside";
    for (const entry of own) {
      marks.set(entry.node, [...(marks.get(entry.node) ?? []), `${words}: ${entry[direction]}`]);
    }
    return [];
  };
  return { edges: [...edges("into"), ...edges("out")], marks };
}

/** Namespaces that all edges treat alike become one node. */
function mergeAlike(
  byNode: ReadonlyMap<string, readonly MatrixGroup[]>,
  edges: readonly FoldedEdge[],
  marks: ReadonlyMap<string, readonly string[]>,
  inside: ReadonlyMap<string, string>,
): {
  readonly nodes: { id: string; groups: readonly MatrixGroup[] }[];
  readonly edges: readonly FoldedEdge[];
} {
  const around = new Map<string, string[]>();
  for (const { from, to, label } of edges) {
    around.set(from, [...(around.get(from) ?? []), `>${to} ${label}`]);
    around.set(to, [...(around.get(to) ?? []), `<${from} ${label}`]);
  }
  const alike = Map.groupBy(byNode.keys(), (node) =>
    node.startsWith("n ")
      ? [...(around.get(node) ?? []).sort(), ...(marks.get(node) ?? []), inside.get(node)].join("\n")
      : node,
  );
  const standIn = new Map(
    [...alike.values()].flatMap((nodes) => nodes.map((node) => [node, nodes[0] ?? node])),
  );
  const kept = new Map<string, FoldedEdge>();
  for (const edge of edges) {
    const from = standIn.get(edge.from) ?? edge.from;
    const to = standIn.get(edge.to) ?? edge.to;
    kept.set(`${from}>${to}>${edge.label}`, { from, to, label: edge.label });
  }
  return {
    nodes: [...alike.values()].map((nodes) => ({
      id: nodes[0] ?? "",
      groups: nodes.flatMap((node) => byNode.get(node) ?? []),
    })),
    edges: [...kept.values()],
  };
}

/** Where several nodes reach several nodes on the same ports, all edges meet in a point: 3 + 4 lines in place of 12. */
function withJunctions(edges: readonly FoldedEdge[]): {
  readonly nodes: GraphNode[];
  readonly edges: FoldedEdge[];
} {
  const sources = new Map<string, Map<string, string[]>>();
  for (const { from, to, label } of edges) {
    const ofLabel = sources.get(label) ?? new Map<string, string[]>();
    sources.set(label, ofLabel);
    ofLabel.set(to, [...(ofLabel.get(to) ?? []), from]);
  }
  const nodes: GraphNode[] = [];
  const joined: FoldedEdge[] = [];
  for (const [label, ofLabel] of sources) {
    const bySources = Map.groupBy(ofLabel, ([, from]) => [...from].sort().join("\n"));
    for (const alike of bySources.values()) {
      const from = alike[0]?.[1] ?? [];
      const to = alike.map(([target]) => target);
      if (from.length * to.length <= from.length + to.length + 1) {
        joined.push(...to.flatMap((target) => from.map((source) => ({ from: source, to: target, label }))));
        continue;
      }
      const id = `j${nodes.length}`;
      nodes.push({ id, kind: "junction", label: "", detail: "" });
      joined.push(...from.map((source) => ({ from: source, to: id, label: "" })));
      joined.push(...to.map((target) => ({ from: id, to: target, label })));
    }
  }
  return { nodes, edges: joined };
}

/** Of too many edges those stay whose ports are the rarest: what everybody may do says the least. */
function bounded(graph: Graph): Graph {
  if (graph.edges.length <= MAX_EDGES && graph.nodes.length <= 2 * MAX_NODES) return graph;
  const uses = Map.groupBy(graph.edges, ({ label }) => label);
  const rarest = [...uses.values()].sort((a, b) => a.length - b.length).flat();
  const kept = new Set<string>();
  const edges: GraphEdge[] = [];
  for (const edge of rarest) {
    const added = [edge.from, edge.to].filter((id) => !kept.has(id)).length;
    if (edges.length >= MAX_EDGES || kept.size + added > 2 * MAX_NODES) continue;
    edges.push(edge);
    kept.add(edge.from).add(edge.to);
  }
  const nodes = graph.nodes.filter(({ id }) => kept.has(id));
  const left = (what: string, all: number, shown: number): readonly string[] =>
    shown === all
      ? []
      : [`${all - shown} of ${all} ${what} are left out, those with the commonest ports first`];
  return {
    ...graph,
    nodes,
    edges,
    notes: [
      ...graph.notes,
      ...left("edges", graph.edges.length, edges.length),
      ...left("nodes", graph.nodes.length, nodes.length),
    ],
  };
}
