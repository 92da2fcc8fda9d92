import type { StoreEvent } from "../../model.ts";
import { type Control, type Controller, writeStatus } from "../control.ts";
import { matchesSelector } from "../label-selector.ts";
import { controllerOf, isActive } from "../pod.ts";
import { claimPods, countReady, createPod, scalePods, type Workload } from "./workload.ts";

/** Keeps `spec.replicas` pods of each ReplicaSet. */
export class ReplicaSets implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource === "replicasets" && type !== "DELETED") this.#enqueue(object.metadata);
    if (resource.resource !== "pods") return;
    const owner = controllerOf(object);
    if (owner?.kind === "ReplicaSet") this.#enqueue({ ...object.metadata, name: owner.name });
    else if (owner === undefined) this.#enqueueAdopters(object.metadata);
  }

  /** A pod without a manager may be one that a ReplicaSet has just lost, or can take. */
  #enqueueAdopters({ namespace, labels }: StoreEvent["object"]["metadata"]): void {
    for (const set of this.#control.store.list("replicasets", namespace)) {
      if (matchesSelector((set as Workload).spec.selector, labels)) this.#enqueue(set.metadata);
    }
  }

  #enqueue({ namespace, name }: { readonly namespace?: string; readonly name: string }): void {
    this.#control.queue.add(`replicasets ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store } = this.#control;
    const set = store.get("replicasets", namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const pods = claimPods(this.#control, set);
    const active = pods.filter(isActive);
    let refusal: string | undefined;
    // A template that its own selector does not match would make pods without end.
    if (
      set.metadata.deletionTimestamp === undefined &&
      matchesSelector(set.spec.selector, set.spec.template.metadata?.labels)
    ) {
      refusal = scalePods(this.#control, active, set.spec.replicas ?? 1, () =>
        createPod(this.#control, set, { metadata: { generateName: `${name}-` } }),
      );
    }
    const ready = countReady(pods);
    writeStatus(store, "replicasets", set, {
      replicas: active.length,
      fullyLabeledReplicas: active.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation,
      conditions:
        refusal === undefined
          ? []
          : [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refusal }],
    });
  }
}
