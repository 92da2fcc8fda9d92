import type { RunReport, Shard } from "../model/report.ts";
import { exitCode, summarise } from "./exit-code.ts";

/** Why a report cannot be a part of a run, whatever the others are; undefined: it can. As the end of a sentence. */
export function whyNotAShard(report: RunReport): string | undefined {
  const { mode, shard, shards, flows } = report;
  if (shards !== undefined) return "is merged already";
  if (mode !== "run") return "holds predictions, not a run";
  if (shard === undefined) return "is of a whole run, not of a shard";
  const contradiction = contradictionIn(report, shard);
  if (contradiction !== undefined) return `contradicts itself: ${contradiction}`;
  return flows.length === 0 ? "has no flow at all" : undefined;
}

/** A report is judged by its flows; one that was cut or changed on the way does not fit to itself any more. */
function contradictionIn(report: RunReport, { index, count }: Shard): string | undefined {
  const { flows, summary, enforcement } = report;
  if (index > count) return `there is no shard ${index} of ${count}`;
  const stray = flows.find((flow) => flow.shard === undefined || flow.shard > count);
  if (stray !== undefined) return `the flow ${stray.id} is in none of ${count} shards`;
  const foreign = flows.find((flow) => flow.shard !== index && flow.verdict !== "skipped");
  if (foreign !== undefined) return `the flow ${foreign.id} is in another shard and was tried`;
  if (enforcement === undefined) return "it does not say whether policies are enforced";
  const counted = Object.entries(summarise(flows));
  const told = new Map(Object.entries(summary));
  if (counted.some(([key, value]) => told.get(key) !== value)) return "its summary does not count its flows";
  const code = exitCode(report);
  return code === report.exitCode ? undefined : `its exit code is ${report.exitCode}, its flows say ${code}`;
}

interface OfAShard {
  readonly report: RunReport;
  readonly shard: Shard;
}

/** Why two reports are not of one run; undefined: they are. */
export function whyForeign(one: OfAShard, other: OfAShard): string | undefined {
  if (one.shard.fingerprint !== other.shard.fingerprint) return difference(one, other);
  const flows = other.report.flows;
  const same =
    one.report.flows.length === flows.length &&
    one.report.flows.every(
      ({ id, shard }, place) => id === flows[place]?.id && shard === flows[place]?.shard,
    );
  return same ? undefined : "its flows are others";
}

/** The fingerprint tells that they differ; this tells in what, as far as reports carry it. */
function difference(one: OfAShard, other: OfAShard): string {
  const pairs: readonly [what: string, a: unknown, b: unknown][] = [
    ["cluster", one.report.cluster?.server, other.report.cluster?.server],
    ["shard group", one.shard.group, other.shard.group],
    ["number of shards", one.shard.count, other.shard.count],
    ["version of netverdict", one.report.version, other.report.version],
    ["scenarios", names(one.report), names(other.report)],
    ...settingsOf(one.report, other.report),
  ];
  const texts = pairs
    .filter(([, a, b]) => a !== b)
    .map(([what, a, b]) => `${what} ${a ?? "none"} in place of ${b ?? "none"}`);
  return texts.length === 0 ? "other contents of the scenarios, or other settings" : texts.join(", ");
}

function names({ scenarios }: RunReport): string {
  return scenarios.map(({ name }) => name).join(" ");
}

function settingsOf(one: RunReport, other: RunReport): readonly [string, unknown, unknown][] {
  const keys = new Set([...Object.keys(one.settings), ...Object.keys(other.settings)]);
  // To keep stand-ins for a look decides nothing.
  keys.delete("keep");
  return [...keys].map((key) => [key, one.settings[key], other.settings[key]]);
}
