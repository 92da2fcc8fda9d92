import Table from "cli-table3";
import { displayCells, escapeControls } from "../../source/display-text.ts";
import { addressesText } from "../address-set.ts";
import { answersText, isDenied } from "../answers-text.ts";
import { counted } from "../counted.ts";
import { EndNames } from "../end-names.ts";
import { GroupSets } from "../group-sets.ts";
import {
  type Exposure,
  exposedGroups,
  type Matrix,
  type MatrixGroup,
  type OutsideAnswers,
} from "../matrix.ts";
import { ALL_PORTS, portsText } from "../port-set.ts";
import { reachLists } from "../reach-lists.ts";
import { type WorkloadName, workloadKey, workloadText } from "../workload-of.ts";

/** For people, in `width` columns as far as names allow. */
export function matrixTable(matrix: Matrix, { width }: { readonly width: number }): string {
  const sets = new GroupSets(matrix);
  const sections = [
    [headline(matrix)],
    connectionLines(matrix, sets, width),
    outsideLines(matrix, width),
    newPodLines(matrix, sets, width),
    unprotectedLines(matrix, width),
    ...(matrix.notes.length === 0 ? [] : [matrix.notes.map((note) => escapeControls(note))]),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function headline({ counts, groups, profile, ports, namespaces }: Matrix): string {
  const admin = counts.adminPolicies === 0 ? "" : ` and ${counts.adminPolicies} of the admin tiers`;
  const about = namespaces === undefined ? "" : `; from and to ${namespaces.join(", ")}`;
  const asked = ports === ALL_PORTS ? "" : `; only ${portsText(ports)}`;
  return (
    `${counted(counts.pods, "pod")} in ${counted(counts.namespaces, "namespace")}, ` +
    `${counted(counts.networkPolicies, "NetworkPolicy", "NetworkPolicies")}${admin}; ` +
    `${counted(groups.length, "group")} of pods that act alike${about}${asked}; profile ${profile}`
  );
}

function connectionLines(matrix: Matrix, sets: GroupSets, width: number): string[] {
  if (matrix.groups.length === 0) return ["there is no pod to tell of"];
  if (matrix.connections.length === 0) return ["no pod reaches another one"];
  const grid = gridOf(matrix, width);
  if (grid !== undefined) return grid;
  const rows = reachLists(matrix).map(({ from, to, ...answers }, at, all) => [
    all[at - 1]?.from.join() === from.join() ? "" : sets.nameOf(from),
    sets.nameOf(to),
    answersText(answers),
  ]);
  return [...tableLines(["FROM", "TO", "PORTS"], rows.slice(0, MAX_ROWS), width), ...leftOut(rows.length)];
}

/** More rows of a table nobody reads on a terminal. */
const MAX_ROWS = 100;

function leftOut(rows: number): string[] {
  const left = rows - MAX_ROWS;
  return left > 0
    ? [`… ${counted(left, "more row")}; -n NAMESPACE shows a part, -o html or json all of them`]
    : [];
}

/** Groups as rows and columns; undefined where they do not fit. */
function gridOf({ groups, connections }: Matrix, width: number): string[] | undefined {
  if (groups.length > 12) return undefined;
  const answers = new Map(
    connections.map((connection) => [`${connection.from} ${connection.to}`, connection]),
  );
  const names = groups.map(({ name }) => escapeControls(name));
  const cells = groups.map((from) =>
    groups.map((to) => {
      const found = answers.get(`${from.id} ${to.id}`);
      if (found !== undefined) return answersText(found);
      return from.id === to.id && from.pods === 1 ? "." : "-";
    }),
  );
  const columns = groups.map((_, at) =>
    Math.max(...[names[at] ?? "", ...cells.map((row) => row[at] ?? "")].map(widthOf)),
  );
  const needed = columns.reduce(
    (sum, column) => sum + column + 2,
    Math.max(...names.map(widthOf), "FROM / TO".length),
  );
  if (needed > width) return undefined;
  return tableLines(
    ["FROM / TO", ...names],
    cells.map((row, at) => [names[at] ?? "", ...row]),
    width,
  );
}

function outsideLines(matrix: Matrix, width: number): string[] {
  const rows = exposedGroups(matrix)
    .filter(({ outside }) => outside.ingress.length > 0 || outside.egress.length > 0)
    .map(({ name, outside }) => [name, outsideText(outside.ingress), outsideText(outside.egress)]);
  if (rows.length === 0) return ["outside the cluster: nothing reaches these pods, and they reach nothing"];
  const merged = mergedRows(rows);
  return [
    ...tableLines(["OUTSIDE THE CLUSTER", "REACHED FROM", "REACHES"], merged.slice(0, MAX_ROWS), width),
    ...leftOut(merged.length),
  ];
}

function outsideText(list: readonly OutsideAnswers[]): string {
  if (list.length === 0) return "-";
  return list.map((answers) => `${addressesText(answers.addresses)}: ${answersText(answers)}`).join("; ");
}

/** Rows that say the same of several groups become one. */
function mergedRows(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...Map.groupBy(rows, ([, ...rest]) => rest.join("\n")).values()].map((alike) => {
    const names = alike.map(([name]) => name ?? "");
    const more = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    return [listed(more), ...(alike[0]?.slice(1) ?? [])];
  });
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return /^\d+ more$/.test(last) ? `${names.slice(0, -1).join(", ")} and ${last}` : names.join(", ");
}

function newPodLines(matrix: Matrix, sets: GroupSets, width: number): string[] {
  const own = exposedGroups(matrix);
  return [
    ...newPodLine(
      "a pod without labels in a new namespace",
      own,
      ({ newNamespace }) => newNamespace,
      sets,
      width,
    ),
    ...newPodLine("a new pod without labels in the same namespace", own, ({ newPod }) => newPod, sets, width),
  ];
}

function newPodLine(
  subject: string,
  groups: readonly (MatrixGroup & Exposure)[],
  pick: (group: Exposure) => Exposure["newPod"],
  sets: GroupSets,
  width: number,
): string[] {
  const text = (direction: "ingress" | "egress"): string => {
    const open = groups.filter((group) => !isDenied(pick(group)[direction]));
    if (open.length === 0) return "nothing";
    return [...Map.groupBy(open, (group) => answersText(pick(group)[direction]))]
      .map(([ports, alike]) => {
        const ids = alike.map(({ id }) => id);
        return `${ids.length === groups.length && ids.length > 1 ? "all of these" : sets.nameOf(ids)} (${ports})`;
      })
      .join("; ");
  };
  return [
    `${subject}`,
    ...wrapped(`reaches ${text("ingress")}`, width),
    ...wrapped(`is reached by ${text("egress")}`, width),
  ];
}

function unprotectedLines({ unprotected, groups }: Matrix, width: number): string[] {
  const names = new EndNames(distinctWorkloads(groups));
  const textOf = (list: readonly WorkloadName[]): string =>
    list.length <= SHOWN_WORKLOADS
      ? list.map(workloadText).join(", ")
      : names.nameOf(
          list.map((workload) => ({ ...workload, type: "workload" as const })),
          SHOWN_WORKLOADS,
        );
  const line = (direction: "ingress" | "egress"): string[] => {
    const list = unprotected[direction];
    if (list.length === 0) return [`no pod is without a policy for ${direction}`];
    const pods = list.reduce((sum, entry) => sum + entry.pods, 0);
    return [`no policy for ${direction}: ${counted(pods, "pod")}`, ...wrapped(textOf(list), width)];
  };
  return [...line("ingress"), ...line("egress")];
}

const SHOWN_WORKLOADS = 8;

/** A workload whose pods act in two ways is in two groups. */
function distinctWorkloads(groups: readonly MatrixGroup[]): readonly WorkloadName[] {
  const all = groups.flatMap(({ workloads }) => workloads.map((one) => [workloadKey(one), one] as const));
  return [...new Map(all).values()];
}

const GAP = 2;

/** A table without lines whose columns are broken at spaces where they would be too wide. */
function tableLines(head: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const cleaned = rows.map((row) => row.map(escapeControls));
  const needed = head.map((title, at) =>
    Math.max(widthOf(title), ...cleaned.map((row) => widthOf(row[at] ?? ""))),
  );
  const columns = shrunk(needed, width - GAP * head.length);
  const table = new Table({
    head: [...head],
    colWidths: columns.map((column) => column + GAP),
    wordWrap: true,
    chars: NO_BORDERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP, compact: true },
  });
  for (const row of cleaned) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** Takes from the widest columns until all fit. */
function shrunk(needed: readonly number[], room: number): number[] {
  const columns = [...needed];
  const smallest = Math.max(12, Math.floor(room / columns.length));
  let over = columns.reduce((sum, column) => sum + column, 0) - room;
  while (over > 0) {
    const widest = columns.indexOf(Math.max(...columns));
    const column = columns[widest] as number;
    if (column <= smallest) break;
    const next = Math.max(smallest, Math.max(...columns.filter((_, at) => at !== widest), column - over));
    const cut = Math.max(1, column - Math.min(next, column - 1));
    columns[widest] = column - Math.min(cut, over);
    over -= Math.min(cut, over);
  }
  return columns;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const word of escapeControls(text).split(" ")) {
    if (line.trim() !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function widthOf(text: string): number {
  return displayCells(text).reduce((sum, cell) => sum + cell.width, 0);
}

const NO_BORDERS = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((name) => [name, ""]),
);
