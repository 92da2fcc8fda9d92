import Table from "cli-table3";
import { type MatrixSummary, summarise } from "../engine/summarise.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";

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
  const table = new Table({
    head: ["PORTS", "ALLOW", "DENY", "UNDETERMINED"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { protocol, first, last, allow, deny, undetermined } of summary.ports) {
    table.push([`${protocol} ${first === last ? first : `${first}-${last}`}`, allow, deny, undetermined]);
  }
  const admin = adminPolicies === 0 ? "" : ` and ${adminPolicies} of admin tiers`;
  return [
    `${pods} pods in ${namespaces} namespaces, ${networkPolicies} NetworkPolicies${admin}, profile ${profile}`,
    `${classes} groups of pods that no policy tells apart`,
    `not isolated: ${unprotected.ingress} pods for ingress, ${unprotected.egress} for egress`,
    "",
    "Ordered pairs of pods, by ports that all policies treat alike:",
    table.toString(),
    phases.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(", "),
    "",
  ].join("\n");
}
