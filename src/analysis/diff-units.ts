import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { podRoster } from "./pod-roster.ts";
import { type WorkloadName, workloadKey } from "./workload-of.ts";

/** A workload as it is before and after; empty: it is not there. */
export interface DiffUnit {
  readonly workload: WorkloadName;
  readonly before: readonly PodEnd[];
  readonly after: readonly PodEnd[];
}

/** All workloads of both sides. */
export function diffUnits(before: Snapshot, after: Snapshot): readonly DiffUnit[] {
  const [old, now] = [podsByWorkload(before), podsByWorkload(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    const workload = (is ?? was)?.workload;
    if (workload === undefined) return [];
    return [{ workload, before: was?.pods ?? [], after: is?.pods ?? [] }];
  });
}

function podsByWorkload(
  snapshot: Snapshot,
): ReadonlyMap<string, { readonly workload: WorkloadName; readonly pods: readonly PodEnd[] }> {
  const groups = Map.groupBy(podRoster(snapshot), ({ workload }) => workloadKey(workload));
  return new Map(
    [...groups].flatMap(([key, pods]) => {
      const [first] = pods;
      return first === undefined
        ? []
        : [[key, { workload: first.workload, pods: pods.map(({ end }) => end) }] as const];
    }),
  );
}
