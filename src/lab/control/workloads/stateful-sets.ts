import type { StoreEvent } from "../../model.ts";
import { type Control, type Controller, deleteQuietly, writeStatus } from "../control.ts";
import { controllerOf, isActive, isFinished, isReady, keyOf, type LabPod } from "../pod.ts";
import { claimPods, countReady, createPod, templateHash, type Workload } from "./workload.ts";

const REVISION_LABEL = "controller-revision-hash";

/**
 * Keeps pods `name-0`, `name-1`, … of each StatefulSet: one after the other as they become ready, or all at once with
 * `podManagementPolicy: Parallel`. Claims of volumes play no part.
 */
export class StatefulSets implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    if (resource.resource === "statefulsets" && type !== "DELETED") this.#enqueue(namespace, name);
    if (resource.resource !== "pods") return;
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") this.#enqueue(namespace, owner.name);
  }

  #enqueue(namespace: string | undefined, name: string): void {
    this.#control.queue.add(`statefulsets ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store } = this.#control;
    const set = store.get("statefulsets", namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const revision = `${name}-${templateHash(set.spec.template)}`;
    let refusal: string | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      refusal = this.#scale(set, claimPods(this.#control, set), revision);
    }
    const pods = this.#control.pods.controlledBy(set.metadata.uid).filter(isActive);
    const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision);
    const ready = countReady(pods);
    const isComplete = updated.length === pods.length;
    const before = set.status as { readonly currentRevision?: string } | undefined;
    writeStatus(store, "statefulsets", set, {
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: isComplete ? updated.length : pods.length - updated.length,
      updatedReplicas: updated.length,
      currentRevision: isComplete ? revision : (before?.currentRevision ?? revision),
      updateRevision: revision,
      observedGeneration: set.metadata.generation,
      conditions:
        refusal === undefined
          ? []
          : [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refusal }],
    });
  }

  #scale(set: Workload, pods: readonly LabPod[], revision: string): string | undefined {
    const { store } = this.#control;
    const { name, namespace } = set.metadata;
    const wanted = set.spec.replicas ?? 1;
    const byKey = new Map(pods.map((pod) => [keyOf(pod), pod]));
    const isParallel = set.spec.podManagementPolicy === "Parallel";
    for (const pod of pods) if (isFinished(pod)) deleteQuietly(store, "pods", pod);
    for (const pod of pods) if (ordinalOf(pod) >= wanted && isActive(pod)) deleteQuietly(store, "pods", pod);
    for (let ordinal = 0; ordinal < wanted; ordinal++) {
      const podName = `${name}-${ordinal}`;
      const pod = byKey.get(`${namespace}/${podName}`);
      if (pod === undefined) {
        // Its predecessor of the same name may not be quite gone, or it is somebody else's.
        if (store.get("pods", namespace, podName) !== undefined) return undefined;
        const refusal = createPod(this.#control, set, {
          metadata: { name: podName },
          labels: {
            [REVISION_LABEL]: revision,
            "statefulset.kubernetes.io/pod-name": podName,
            "apps.kubernetes.io/pod-index": String(ordinal),
          },
          spec: { hostname: podName, ...subdomainOf(set) },
        });
        if (refusal !== undefined) return refusal;
        if (!isParallel) return undefined;
      } else if (!isParallel && !(isActive(pod) && isReady(pod))) return undefined;
    }
    this.#update(pods, revision);
    return undefined;
  }

  /** All are there and ready: the highest one with an old template goes, to come back with the new one. */
  #update(pods: readonly LabPod[], revision: string): void {
    if (!pods.every((pod) => isActive(pod) && isReady(pod))) return;
    const outdated = pods
      .filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== revision)
      .sort((a, b) => ordinalOf(b) - ordinalOf(a))[0];
    if (outdated !== undefined) deleteQuietly(this.#control.store, "pods", outdated);
  }
}

function ordinalOf(pod: LabPod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? Number.NaN);
}

function subdomainOf(set: Workload): { readonly subdomain?: string } {
  const { serviceName } = set.spec;
  return typeof serviceName === "string" && serviceName !== "" ? { subdomain: serviceName } : {};
}
