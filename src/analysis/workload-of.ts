import type { KubernetesObject, Pod, Workload } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What a pod belongs to: the workload that made it, or the pod itself where nothing did. */
export interface WorkloadName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `shop/api` */
export function workloadText({ namespace, name }: WorkloadName): string {
  return `${namespace}/${name}`;
}

/** The same for the same workload: `Deployment/shop/api`. */
export function workloadKey({ kind, namespace, name }: WorkloadName): string {
  return `${kind}/${namespace}/${name}`;
}

/** Finds the topmost owner: a Deployment over a ReplicaSet, a CronJob over a Job. */
export function createWorkloadFinder(snapshot: Pick<Snapshot, "workloads">): (pod: Pod) => WorkloadName {
  const workloads = new Map(
    snapshot.workloads.map((workload) => [
      workloadKey({
        kind: workload.kind,
        namespace: workload.metadata.namespace ?? "default",
        name: workload.metadata.name,
      }),
      workload,
    ]),
  );
  return (pod) => {
    const namespace = pod.metadata.namespace ?? "default";
    let found: WorkloadName = { kind: "Pod", namespace, name: pod.metadata.name };
    let owner = ownerOf(pod);
    // Owners of owners come to an end; a bound keeps a cluster that says otherwise from holding us up.
    for (let steps = 0; owner !== undefined && steps < 4; steps++) {
      found = { ...owner, namespace };
      const workload: Workload | undefined = workloads.get(workloadKey(found));
      owner = workload === undefined ? undefined : ownerOf(workload);
    }
    return found.kind === "ReplicaSet" ? (deploymentOver(found, pod) ?? found) : found;
  };
}

/** A node as owner, of a static pod, is no workload. */
function ownerOf({
  metadata,
}: Pick<KubernetesObject, "metadata">): { readonly kind: string; readonly name: string } | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined || owner.kind === "Node" ? undefined : { kind: owner.kind, name: owner.name };
}

/** Where ReplicaSets may not be read: theirs is the Deployment's name and the hash that the pods carry as a label. */
function deploymentOver(replicaSet: WorkloadName, pod: Pod): WorkloadName | undefined {
  const hash = pod.metadata.labels?.["pod-template-hash"];
  return hash !== undefined && replicaSet.name.endsWith(`-${hash}`)
    ? { ...replicaSet, kind: "Deployment", name: replicaSet.name.slice(0, -hash.length - 1) }
    : undefined;
}
