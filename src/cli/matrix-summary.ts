import { counted } from "../analysis/counted.ts";
import { type MatrixSummary, summarise } from "../engine/summarise.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { alignedColumns } from "./aligned-columns.ts";

/** The summary of a run of the program, with the time that reading took in front of the engine's. */
export type TimedSummary = Omit<MatrixSummary, "phases"> & {
  readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
};

export function timedSummary(snapshot: Snapshot, profile: Profile, parseMs: number): TimedSummary {
  const summary = summarise(snapshot, { profile, now: () => performance.now() });
  const phases = [{ name: "parse", durationMs: parseMs }, ...summary.phases];
  return {
    ...summary,
    phases: phases.map(({ name, durationMs }) => ({ name, durationMs: Math.round(durationMs * 10) / 10 })),
  };
}

export function summaryTable(summary: TimedSummary): string {
  const { pods, namespaces, networkPolicies, adminPolicies, classes, unprotected, profile, phases } = summary;
  const table = alignedColumns(
    [
      ["PORTS", "ALLOW", "DENY", "UNDETERMINED"],
      ...portRows(summary.ports).map((row) => [
        row.ports,
        ...[row.allow, row.deny, row.undetermined].map(grouped),
      ]),
    ],
    [1, 2, 3],
  );
  const admin = adminPolicies === 0 ? "" : ` and ${adminPolicies} of admin tiers`;
  return [
    `${counted(pods, "pod")} in ${counted(namespaces, "namespace")}, ` +
      `${counted(networkPolicies, "NetworkPolicy", "NetworkPolicies")}${admin}, profile ${profile}`,
    `${counted(classes, "group")} of pods that no policy tells apart`,
    `not isolated: ${counted(unprotected.ingress, "pod")} for ingress, ${unprotected.egress} for egress`,
    "",
    "Ordered pairs of pods, each pod with itself too (which the API leaves open), by ports:",
    ...table,
    "",
    phases.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(", "),
    "",
  ].join("\n");
}

type PortCounts = MatrixSummary["ports"][number];
type PortRow = Pick<PortCounts, "allow" | "deny" | "undetermined"> & { readonly ports: string };

/** Ports with counts of their own first; the counts that most ports of a protocol have are those of all others. */
function portRows(counts: readonly PortCounts[]): readonly PortRow[] {
  return [...Map.groupBy(counts, ({ protocol }) => protocol)].flatMap(([protocol, own]) => {
    const alike = [...Map.groupBy(own, countsKey).values()];
    const [most = []] = alike.toSorted((a, b) => portsIn(b) - portsIn(a));
    const [sample] = most;
    const rest = own.length === most.length ? `all ${protocol} ports` : `all other ${protocol} ports`;
    return [
      ...own
        .filter((entry) => !most.includes(entry))
        .map((entry) => ({ ...entry, ports: `${protocol} ${rangeText(entry)}` })),
      ...(sample === undefined ? [] : [{ ...sample, ports: rest }]),
    ];
  });
}

function countsKey({ allow, deny, undetermined }: PortCounts): string {
  return `${allow} ${deny} ${undetermined}`;
}

function portsIn(list: readonly PortCounts[]): number {
  return list.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function rangeText({ first, last }: PortCounts): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** `9,864,465` */
function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
