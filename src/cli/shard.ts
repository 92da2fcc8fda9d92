import { createHash } from "node:crypto";
import type { Shard } from "../model/report.ts";
import type { Flow } from "../model/scenario.ts";
import { endpointIdentity } from "../scenario/endpoint-display.ts";
import { UserError } from "../source/errors.ts";
import type { TextFile } from "../source/text-file.ts";
import type { Io } from "./io.ts";
import type { LiveRunSettings } from "./live-run.ts";
import { VERSION } from "./version.ts";

/** Which part of a run is wanted, as the user says it. */
export type ShardChoice = Omit<Shard, "fingerprint">;

const MAX_SHARDS = 1000;

/** Where Kubernetes tells the pods of an Indexed Job apart, from 0. */
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

/** `2/4`, or `index/4` for the pods of an Indexed Job. Throws UserError. */
export function readShard(text: string, group: string | undefined, env: Io["env"]): ShardChoice {
  const match = /^(\d{1,4}|index)\/(\d{1,4})$/.exec(text);
  const count = Number(match?.[2]);
  if (match?.[1] === undefined || count < 1 || count > MAX_SHARDS) {
    throw new UserError(`--shard ${text} is no shard`, {
      hint: `give the number of this shard, from 1, and how many there are, up to ${MAX_SHARDS}: --shard 2/4; in an Indexed Job: --shard index/4`,
    });
  }
  const index = match[1] === "index" ? completionIndex(text, env) + 1 : Number(match[1]);
  if (index < 1 || index > count) {
    throw new UserError(`--shard ${text}: there is no shard ${index} of ${count}`, {
      hint:
        match[1] === "index"
          ? `${INDEX_VARIABLE} counts from 0: are the Job's completions the number behind the slash?`
          : "shards count from 1",
    });
  }
  return { index, count, ...(group === undefined ? {} : { group }) };
}

function completionIndex(text: string, env: Io["env"]): number {
  const value = env[INDEX_VARIABLE];
  if (value !== undefined && /^\d{1,9}$/.test(value)) return Number(value);
  throw new UserError(
    `--shard ${text} takes its number from ${INDEX_VARIABLE}, which ${value === undefined ? "is not set" : `is "${value}"`}`,
    { hint: "Kubernetes sets it in the pods of a Job with completionMode: Indexed; elsewhere give a number" },
  );
}

/**
 * The shard of each flow, by its id: all flows of a source in one, since they share its pod and its exec; the shards
 * as even as that allows. Hangs on nothing but the flows themselves, not even on their order, so that every shard
 * comes to the same.
 */
export function shardsOf(flows: readonly Flow[], count: number): ReadonlyMap<string, number> {
  const bySource = Map.groupBy(flows, ({ from }) => endpointIdentity(from));
  const sources = [...bySource]
    .map(([source, own]) => ({ source, own, weight: own.filter(({ observe }) => observe).length }))
    .sort((a, b) => b.weight - a.weight || (a.source < b.source ? -1 : 1));
  const loads = Array.from({ length: count }, () => 0);
  const shards = new Map<string, number>();
  for (const { own, weight } of sources) {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest] = (loads[lightest] ?? 0) + weight;
    for (const { id } of own) shards.set(id, lightest + 1);
  }
  return shards;
}

/** What all shards of a run must have in common. */
export interface Common {
  readonly server: string;
  /** Their contents count, not where they lie. */
  readonly scenarios: readonly TextFile[];
  readonly shards: ReadonlyMap<string, number>;
  readonly choice: ShardChoice;
  readonly settings: LiveRunSettings;
}

/** Equal for equal runs; the index does not count. */
export function fingerprintOf({ server, scenarios, shards, choice, settings }: Common): string {
  const { count, group } = choice;
  const { profile, standIns, filter, canary, placement, confirm, strict, allowUnenforced } = settings;
  const { settleMs, probeImage, tolerateAll, controlNamespace } = settings;
  const parts = [
    [VERSION, server, count, group],
    scenarios.map(({ text }) => text),
    [...shards].sort(([a], [b]) => (a < b ? -1 : 1)),
    [profile, standIns, filter, canary, placement, confirm, strict, allowUnenforced],
    [settleMs, probeImage, tolerateAll, controlNamespace],
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
