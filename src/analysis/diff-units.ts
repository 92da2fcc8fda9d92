import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { podRoster } from "./pod-roster.ts";
import { stableLabels } from "./rule-proposal.ts";
import { type WorkloadName, workloadKey } from "./workload-of.ts";

/** A workload as it is before and after; empty: it is not there. */
export interface DiffUnit {
  readonly workload: WorkloadName;
  readonly before: readonly PodEnd[];
  readonly after: readonly PodEnd[];
}

/**
 * All workloads of both sides. Where only one side knows the addresses of a workload's pods (a cluster does, manifests
 * do not), they hold for the other side, too: to compare policies is no reason to forget them.
 */
export function diffUnits(before: Snapshot, after: Snapshot): readonly DiffUnit[] {
  const [old, now] = [podsByWorkload(before), podsByWorkload(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    const workload = (is ?? was)?.workload;
    if (workload === undefined) return [];
    const [podsBefore, podsAfter] = withAddresses(was?.pods ?? [], is?.pods ?? []);
    return [{ workload, before: podsBefore, after: podsAfter }];
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

function withAddresses(
  before: readonly PodEnd[],
  after: readonly PodEnd[],
): readonly [readonly PodEnd[], readonly PodEnd[]] {
  if (before.length === 0 || after.length === 0) return [before, after];
  const [knowsBefore, knowsAfter] = [before.some(hasAddress), after.some(hasAddress)];
  if (knowsBefore === knowsAfter) return [before, after];
  return knowsBefore ? [before, lent(after, before)] : [lent(before, after), after];
}

function hasAddress({ ips }: PodEnd): boolean {
  return ips !== undefined;
}

/** One pod for each pod that has an address, with the labels that this side gives them. */
function lent(pods: readonly PodEnd[], addressed: readonly PodEnd[]): readonly PodEnd[] {
  const [template] = pods;
  if (template === undefined) return pods;
  return addressed.map((pod) => ({
    ...template,
    key: pod.key,
    display: pod.display,
    // What controllers put on pods stays: manifests do not have it, and nothing takes it away.
    labels: { ...onlyControllers(pod), ...template.labels },
    ips: pod.ips,
    ...(pod.nodeIps === undefined ? {} : { nodeIps: pod.nodeIps }),
  }));
}

function onlyControllers({ labels }: PodEnd): PodEnd["labels"] {
  const own = stableLabels(labels);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !(key in own)));
}
