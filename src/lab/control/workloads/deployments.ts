import type { LabObject, StoreEvent } from "../../model.ts";
import { timestamp } from "../clock.ts";
import { mergeConditions } from "../conditions.ts";
import { type Control, type Controller, newest, refusalOf, writeStatus } from "../control.ts";
import { type Condition, controllerOf, hasCondition } from "../pod.ts";
import { ownerReference, templateHash, type Workload } from "./workload.ts";

const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/**
 * Keeps a ReplicaSet for each Deployment's template. A changed template gets a new one; the old ones go to zero when
 * the new one's pods are ready, or before with the strategy Recreate. In between there are both, not step by step.
 */
export class Deployments implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    if (resource.resource === "deployments" && type !== "DELETED") this.#enqueue(namespace, name);
    if (resource.resource !== "replicasets") return;
    const owner = controllerOf(object);
    if (owner?.kind === "Deployment") this.#enqueue(namespace, owner.name);
  }

  #enqueue(namespace: string | undefined, name: string): void {
    this.#control.queue.add(`deployments ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store } = this.#control;
    const deployment = store.get("deployments", namespace, name) as Workload | undefined;
    if (deployment === undefined) return;
    const owned = (): readonly Workload[] =>
      (store.list("replicasets", namespace) as readonly Workload[]).filter(
        (set) => controllerOf(set)?.uid === deployment.metadata.uid,
      );
    let refusal: string | undefined;
    if (deployment.metadata.deletionTimestamp === undefined) refusal = this.#roll(deployment, owned());
    this.#status(deployment, owned(), refusal);
  }

  /** Why no ReplicaSet could be made, if so. */
  #roll(deployment: Workload, sets: readonly Workload[]): string | undefined {
    const hash = templateHash(deployment.spec.template);
    const wanted = deployment.spec.replicas ?? 1;
    const old = sets.filter((set) => set.metadata.labels?.[HASH_LABEL] !== hash);
    const current = sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
    const isRecreating = (deployment.spec.strategy as { type?: string } | undefined)?.type === "Recreate";
    const oldPods = old.reduce((sum, set) => sum + (replicasOf(set) ?? 0), 0);
    if (isRecreating && oldPods > 0) {
      for (const set of old) this.#scale(set, 0);
      return undefined;
    }
    if (current === undefined) return this.#createSet(deployment, hash, wanted, sets.length + 1);
    this.#scale(current, wanted);
    const ready = (current.status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
    if (ready >= wanted) for (const set of old) this.#scale(set, 0);
    return undefined;
  }

  #createSet(deployment: Workload, hash: string, replicas: number, revision: number): string | undefined {
    const { metadata, spec } = deployment;
    const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
    return refusalOf(() => {
      this.#control.store.create("replicasets", {
        metadata: {
          name: `${metadata.name}-${hash}`,
          namespace: metadata.namespace,
          labels,
          annotations: { ...metadata.annotations, [REVISION]: String(revision) },
          ownerReferences: [ownerReference(deployment)],
        },
        spec: {
          replicas,
          selector: {
            ...spec.selector,
            matchLabels: { ...spec.selector?.matchLabels, [HASH_LABEL]: hash },
          },
          template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
        },
      });
    });
  }

  #scale(set: Workload, replicas: number): void {
    const current = newest(this.#control.store, "replicasets", set);
    if (current === undefined || current.spec.replicas === replicas) return;
    this.#control.store.replace("replicasets", { ...current, spec: { ...current.spec, replicas } });
  }

  #status(deployment: Workload, sets: readonly Workload[], refusal: string | undefined): void {
    const { store, clock } = this.#control;
    const hash = templateHash(deployment.spec.template);
    const wanted = deployment.spec.replicas ?? 1;
    const sum = (field: string, of: readonly LabObject[]): number =>
      of.reduce((total, { status }) => total + Number((status as Record<string, unknown>)?.[field] ?? 0), 0);
    const current = sets.filter((set) => set.metadata.labels?.[HASH_LABEL] === hash);
    const available = sum("availableReplicas", sets);
    const updated = sum("replicas", current);
    const isComplete = updated === wanted && sum("availableReplicas", current) === wanted;
    const failed = sets.find((set) => hasCondition(set, "ReplicaFailure"));
    const why =
      refusal ??
      (failed?.status as { conditions?: readonly Condition[] } | undefined)?.conditions?.[0]?.message;
    const conditions: readonly Condition[] = [
      available >= wanted
        ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable" }
        : { type: "Available", status: "False", reason: "MinimumReplicasUnavailable" },
      {
        type: "Progressing",
        status: "True",
        reason: isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
      },
      why === undefined
        ? { type: "ReplicaFailure", status: "False" }
        : { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: why },
    ];
    const before = deployment.status as { conditions?: readonly Condition[] } | undefined;
    writeStatus(store, "deployments", deployment, {
      replicas: sum("replicas", sets),
      updatedReplicas: updated,
      readyReplicas: sum("readyReplicas", sets),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, wanted - available),
      observedGeneration: deployment.metadata.generation,
      conditions: mergeConditions(before?.conditions, conditions, timestamp(clock.now())),
    });
  }
}

/** Pods that it still has. */
function replicasOf(set: Workload): number | undefined {
  return (set.status as { replicas?: number } | undefined)?.replicas;
}
