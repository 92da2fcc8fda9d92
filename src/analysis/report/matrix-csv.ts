import { addressesText } from "../address-set.ts";
import type { PortAnswers } from "../answer-table.ts";
import type { Matrix, MatrixConnection, MatrixGroup } from "../matrix.ts";
import { portsText } from "../port-set.ts";
import { workloadText } from "../workload-of.ts";

const HEAD = "from,to,allowed,undetermined";

/** How many lines the table would have. */
export function csvLines({ groups, connections }: Matrix): number {
  const size = (id: number): number => groups[id]?.workloads.length ?? 0;
  return connections.reduce((sum, { from, to }) => sum + size(from) * size(to), 0);
}

/**
 * A line for each pair of workloads with a port that is not denied, and for addresses outside that workloads reach or
 * are reached from.
 */
export function matrixCsv({ groups, connections }: Matrix): string {
  const lines = [HEAD];
  const names = groups.map(({ workloads }) => workloads.map(workloadText));
  for (const connection of connections) {
    const ports = portColumns(connection);
    for (const from of names[connection.from] ?? []) {
      for (const to of names[connection.to] ?? []) {
        if (from !== to || hasSeveral(groups, connection))
          lines.push(`${quoted(from)},${quoted(to)},${ports}`);
      }
    }
  }
  for (const [id, { exposure }] of groups.entries()) {
    if (exposure === undefined) continue;
    const { outside } = exposure;
    for (const answers of outside.ingress) {
      const addresses = quoted(addressesText(answers.addresses, Number.POSITIVE_INFINITY));
      for (const name of names[id] ?? []) lines.push(`${addresses},${quoted(name)},${portColumns(answers)}`);
    }
    for (const answers of outside.egress) {
      const addresses = quoted(addressesText(answers.addresses, Number.POSITIVE_INFINITY));
      for (const name of names[id] ?? []) lines.push(`${quoted(name)},${addresses},${portColumns(answers)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A workload reaches itself only where it has more pods than one. */
function hasSeveral(groups: readonly MatrixGroup[], { from }: MatrixConnection): boolean {
  const group = groups[from];
  return group !== undefined && group.pods > group.workloads.length;
}

function portColumns({ allow, undetermined }: PortAnswers): string {
  return `${quoted(portsText(allow))},${quoted(portsText(undetermined))}`;
}

/** Names of the cluster begin with a letter or a digit, so none is a formula to a spreadsheet. */
function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
