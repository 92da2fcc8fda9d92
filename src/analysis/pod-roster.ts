import { hasEnded, podEnds } from "../engine/pod-ends.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";
import { createWorkloadFinder, type WorkloadName } from "./workload-of.ts";

/** A pod that may send and receive, with the workload that it belongs to. */
export interface RosterPod {
  readonly end: PodEnd;
  readonly name: string;
  readonly workload: WorkloadName;
}

/** All pods of a snapshot that analyses are about: none that have ended (S37), and none of our own. */
export function podRoster(snapshot: Snapshot): readonly RosterPod[] {
  const workloadOf = createWorkloadFinder(snapshot);
  const living = snapshot.pods.filter((pod) => !hasEnded(pod));
  return podEnds({ ...snapshot, pods: living }).flatMap((end, at) => {
    const pod = living[at];
    return pod === undefined || pod.metadata.labels?.[STAND_IN_LABEL] !== undefined
      ? []
      : [{ end, name: pod.metadata.name, workload: workloadOf(pod) }];
  });
}
