import { addressesText } from "../address-set.ts";
import type { PortAnswers } from "../answer-table.ts";
import { answersText, isDenied } from "../answers-text.ts";
import { counted } from "../counted.ts";
import { type Graph, namespaceGraph, overviewGraph } from "../graph.ts";
import { GroupSets } from "../group-sets.ts";
import {
  type BothWays,
  exposedGroups,
  type Matrix,
  type MatrixGroup,
  type OutsideAnswers,
} from "../matrix.ts";
import { portsText, toPortSet } from "../port-set.ts";
import { type Reach, reachLists } from "../reach-lists.ts";
import { workloadText } from "../workload-of.ts";
import { graphSvg } from "./graph-svg.ts";
import { HTML_SCRIPT } from "./html-script.ts";
import { HTML_STYLE } from "./html-style.ts";
import { html, scriptJson } from "./html-text.ts";

/** More rows make a page that browsers are slow with. */
const MAX_ROWS = 5000;
/** So many namespaces get a graph of their own where all groups do not fit into one. */
const MAX_GRAPHS = 60;
const MAX_NAMES = 12;

/** One page that needs nothing beside it: filters, table, graphs, exposure; light and dark, readable without its script. */
export function matrixHtml(matrix: Matrix): string {
  const all = reachLists(matrix);
  const reach = all.slice(0, MAX_ROWS);
  const sets = new GroupSets(matrix);
  const namespaces = [...new Set(matrix.groups.flatMap((group) => group.namespaces))].sort();
  const left = all.length - reach.length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Who reaches whom: ${html(titleOf(matrix))}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<h1>Who reaches whom</h1>
<p>${html(countsText(matrix))}</p>
<p class="quiet">Predicted from the policies as written, profile ${html(matrix.profile)}; pods that act alike are one group. ${html(scopeText(matrix))}</p>
${matrix.notes.map((note) => `<p class="doubt">${html(note)}</p>`).join("\n")}
${filters(namespaces)}
<h2>Graph</h2>
${figures(matrix, namespaces)}
<h2>Connections</h2>
${left === 0 ? "" : `<p class="doubt">${left} of ${all.length} rows are left out; -n NAMESPACE shows fewer groups, -o csv all of them.</p>`}
${reach.length === 0 ? "<p>No pod reaches another one.</p>" : connectionTable(reach, sets)}
<h2>Outside the cluster</h2>
${outsideTable(matrix)}
<h2>New pods</h2>
<p class="quiet">What a pod without labels could do that somebody creates: in a namespace that does not exist yet, or beside the pods of the group. Its address is not known.</p>
${newPodTable(matrix)}
<h2>Pods without a policy</h2>
${unprotectedList(matrix, "ingress")}
${unprotectedList(matrix, "egress")}
<script type="application/json" id="data">${scriptJson(dataOf(matrix, reach))}</script>
<script>${HTML_SCRIPT}</script>
</body>
</html>
`;
}

function titleOf({ namespaces, counts }: Matrix): string {
  return namespaces === undefined ? counted(counts.pods, "pod") : namespaces.join(", ");
}

function countsText({ counts, groups }: Matrix): string {
  const admin = counts.adminPolicies === 0 ? "" : ` and ${counts.adminPolicies} of the admin tiers`;
  return `${counted(counts.pods, "pod")} in ${counted(counts.namespaces, "namespace")}, ${counted(counts.networkPolicies, "NetworkPolicy", "NetworkPolicies")}${admin}, ${counted(groups.length, "group")} of pods that act alike.`;
}

function scopeText({ namespaces, ports }: Matrix): string {
  const about = namespaces === undefined ? "" : ` Only connections from and to ${namespaces.join(", ")}.`;
  const asked = portsText(ports);
  return `${asked === "all ports" ? "" : `Only ${asked}.`}${about}`.trim();
}

function filters(namespaces: readonly string[]): string {
  const options = namespaces.map((name) => `<option>${html(name)}</option>`).join("");
  return `<form id="filters" class="filters hidden" onsubmit="return false">
<label>search<input id="search" type="search" placeholder="workload, label, namespace"></label>
<label>namespace<select id="namespace"><option value="">all</option>${options}</select></label>
<label>port<input id="port" type="number" min="1" max="65535" placeholder="any"></label>
<label>protocol<select id="protocol"><option value="">any</option><option>TCP</option><option>UDP</option><option>SCTP</option></select></label>
<label>direction<select id="direction"><option value="">from or to</option><option value="from">from</option><option value="to">to</option></select></label>
<output id="shown"></output>
</form>`;
}

function connectionTable(reach: readonly Reach[], sets: GroupSets): string {
  const rows = reach.map(
    ({ from, to, ...answers }) =>
      `<tr><td>${namesCell(from, sets)}</td><td>${namesCell(to, sets)}</td><td class="ports">${portsCell(answers)}</td></tr>`,
  );
  return `<table id="connections" class="wide"><colgroup><col style="width:42%"><col style="width:42%"><col></colgroup><thead><tr><th>from</th><th>to</th><th>ports</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;
}

function namesCell(ids: readonly number[], sets: GroupSets): string {
  const short = sets.nameOf(ids, MAX_NAMES);
  const names = sets.namesOf(ids);
  if (short === "every pod") return short;
  return names.length <= MAX_NAMES
    ? namesHtml(names)
    : `<details><summary>${html(sets.nameOf(ids, 3))}</summary>${namesHtml(names)}</details>`;
}

/** Each name in one piece as long as it fits. */
function namesHtml(names: readonly string[]): string {
  return names.map((name) => `<span class="piece">${html(name)}</span>`).join(", ");
}

function portsCell({ allow, undetermined }: PortAnswers): string {
  return [
    ...(allow.length === 0 ? [] : [html(portsText(allow))]),
    ...(undetermined.length === 0
      ? []
      : [`<span class="doubt">undetermined: ${html(portsText(undetermined))}</span>`]),
  ].join("; ");
}

function figures(matrix: Matrix, namespaces: readonly string[]): string {
  const overview = overviewGraph(matrix);
  if (matrix.groups.length === 0) return "<p>There is no pod to draw.</p>";
  const hasOwn = namespaces.length > 1;
  const shown = hasOwn ? namespaces.slice(0, MAX_GRAPHS) : [];
  const left = namespaces.length - shown.length;
  const more =
    hasOwn && left > 0
      ? `<p class="doubt">${left} of ${namespaces.length} namespaces have no graph of their own here; -n NAMESPACE draws one.</p>`
      : "";
  return [
    ARROWS,
    figure(overview, "", hasOwn),
    more,
    ...shown.map((name) => figure(namespaceGraph(matrix, name), name, true)),
  ].join("\n");
}

const ARROWS =
  '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="arrow" d="M0 0L8 4L0 8z"/></marker></defs></svg>';

/** Without the script the overview stands open and the graphs of namespaces can be opened one by one. */
function figure(graph: Graph, namespace: string, hasOthers: boolean): string {
  const notes = graph.notes.map((note) => `<p class="quiet">${html(note)}</p>`).join("");
  const svg = `<div class="graph">${graphSvg(graph)}</div>`;
  const choose = hasOthers ? "Choose a namespace above to see it by itself; click" : "Click";
  const hint = `<p class="quiet script hidden">${choose} a node to see what it has to do with.</p>`;
  return namespace === ""
    ? `<figure data-namespace="" style="margin:0">${hint}${notes}${svg}</figure>`
    : `<figure data-namespace="${html(namespace)}" style="margin:0"><details open><summary>${html(namespace)}</summary>${notes}${svg}</details></figure>`;
}

function outsideTable(matrix: Matrix): string {
  const rows = exposedGroups(matrix).filter(
    ({ outside }) => outside.ingress.length + outside.egress.length > 0,
  );
  if (rows.length === 0) return "<p>Nothing outside reaches these pods, and they reach nothing outside.</p>";
  const cells = rows.map(({ name, outside }) => [
    html(name),
    outsideCell(outside.ingress),
    outsideCell(outside.egress),
  ]);
  return table(["group", "reached from", "reaches"], cells, rows);
}

function outsideCell(list: readonly OutsideAnswers[]): string {
  return list
    .map((answers) => `${html(addressesText(answers.addresses, 8))}: ${portsCell(answers)}`)
    .join("<br>");
}

function newPodTable(matrix: Matrix): string {
  const open = ({ ingress, egress }: BothWays<PortAnswers>): boolean =>
    !isDenied(ingress) || !isDenied(egress);
  const rows = exposedGroups(matrix).filter(({ newNamespace, newPod }) => open(newNamespace) || open(newPod));
  if (rows.length === 0) return "<p>No new pod without labels could reach any of these, or be reached.</p>";
  const cells = rows.map(({ name, newNamespace, newPod }) => [
    html(name),
    ...[newNamespace.ingress, newNamespace.egress, newPod.ingress, newPod.egress].map(portsCell),
  ]);
  const head = [
    "group",
    "reached from a new namespace",
    "reaches a new namespace",
    "reached from a new pod beside it",
    "reaches a new pod beside it",
  ];
  return table(head, cells, rows);
}

/** Rows that say the same of several groups are one. */
function table(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  groups: readonly MatrixGroup[],
): string {
  const rows = cells.map(([name, ...rest], at) => ({ name, rest, id: groups[at]?.id }));
  const merged = [...Map.groupBy(rows, ({ rest }) => rest.join("\n")).values()].map((alike) => {
    const names = alike.map(({ name }) => name ?? "");
    const shown =
      names.length <= MAX_NAMES
        ? names.join(", ")
        : `<details><summary>${names.slice(0, 3).join(", ")} and ${names.length - 3} more</summary>${names.join(", ")}</details>`;
    const ids = alike.map(({ id }) => id).join(" ");
    const columns = [shown, ...(alike[0]?.rest ?? [])].map((cell) => `<td>${cell}</td>`).join("");
    return `<tr data-groups="${ids}">${columns}</tr>`;
  });
  return `<table class="wide"><thead><tr>${head.map((title) => `<th>${html(title)}</th>`).join("")}</tr></thead><tbody>
${merged.join("\n")}
</tbody></table>`;
}

function unprotectedList({ unprotected }: Matrix, direction: "ingress" | "egress"): string {
  const list = unprotected[direction];
  const pods = list.reduce((sum, entry) => sum + entry.pods, 0);
  if (pods === 0) return `<p>No pod is without a policy for ${direction}.</p>`;
  const text = html(list.map(workloadText).join(", "));
  const head = `${counted(pods, "pod")} without a policy for ${direction}`;
  return list.length <= MAX_NAMES
    ? `<p>${head}: ${text}</p>`
    : `<details><summary>${head}</summary>${text}</details>`;
}

/** What the script filters by. */
function dataOf({ groups }: Matrix, reach: readonly Reach[]): object {
  const ports: (readonly [string, number, number])[][] = [];
  const known = new Map<string, number>();
  const portsId = (answers: PortAnswers): number => {
    const text = answersText(answers);
    let id = known.get(text);
    if (id === undefined) {
      const set = toPortSet([...answers.allow, ...answers.undetermined]);
      id = ports.push(set.map(({ protocol, first, last }) => [protocol, first, last] as const)) - 1;
      known.set(text, id);
    }
    return id;
  };
  const rows = reach.map(({ from, to, ...answers }) => [from, to, portsId(answers)]);
  return {
    groups: groups.map(({ name, namespaces, workloads }) => ({
      name,
      namespaces,
      workloads: workloads.map(workloadText).join(" "),
    })),
    rows,
    ports,
  };
}
