import type { StoreEvent } from "../../model.ts";
import { type Control, type Controller, deleteQuietly, writeStatus } from "../control.ts";
import { matchesMap } from "../label-selector.ts";
import { controllerOf, isActive, isFinished, type LabPod, type NodeSelectorTerm } from "../pod.ts";
import { claimPods, countReady, createPod, templateHash, type Workload } from "./workload.ts";

const REVISION_LABEL = "controller-revision-hash";

/** Keeps a pod of each DaemonSet on every node that its nodeSelector names; taints play no part. */
export class DaemonSets implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    if (resource.resource === "daemonsets" && type !== "DELETED") this.#enqueue(namespace, name);
    if (resource.resource === "nodes") {
      for (const { metadata } of this.#control.store.list("daemonsets")) {
        this.#enqueue(metadata.namespace, metadata.name);
      }
    }
    if (resource.resource !== "pods") return;
    const owner = controllerOf(object);
    if (owner?.kind === "DaemonSet") this.#enqueue(namespace, owner.name);
  }

  #enqueue(namespace: string | undefined, name: string): void {
    this.#control.queue.add(`daemonsets ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store } = this.#control;
    const set = store.get("daemonsets", namespace, name) as Workload | undefined;
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const nodes = store
      .list("nodes")
      .filter((node) => matchesMap(set.spec.template.spec.nodeSelector ?? {}, node.metadata.labels))
      .map(({ metadata }) => metadata.name);
    const revision = templateHash(set.spec.template);
    const pods = claimPods(this.#control, set);
    for (const pod of pods) {
      const node = targetOf(pod);
      const isStale = pod.metadata.labels?.[REVISION_LABEL] !== revision;
      if (isFinished(pod) || isStale || node === undefined || !nodes.includes(node)) {
        deleteQuietly(store, "pods", pod);
      }
    }
    // One that is ending keeps its place until it is gone.
    const taken = new Set(this.#control.pods.controlledBy(set.metadata.uid).map(targetOf));
    for (const node of nodes) {
      if (taken.has(node)) continue;
      const refusal = createPod(this.#control, set, {
        metadata: { generateName: `${name}-` },
        labels: { [REVISION_LABEL]: revision },
        spec: { affinity: { ...set.spec.template.spec.affinity, nodeAffinity: onNode(node) } },
      });
      if (refusal !== undefined) break;
    }
    this.#status(set, nodes.length);
  }

  #status(set: Workload, wanted: number): void {
    const pods = this.#control.pods.controlledBy(set.metadata.uid).filter(isActive);
    const ready = countReady(pods);
    writeStatus(this.#control.store, "daemonsets", set, {
      desiredNumberScheduled: wanted,
      currentNumberScheduled: pods.length,
      updatedNumberScheduled: pods.length,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: Math.max(0, wanted - ready),
      numberMisscheduled: 0,
      observedGeneration: set.metadata.generation,
    });
  }
}

function onNode(node: string): {
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: readonly NodeSelectorTerm[] };
} {
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } };
}

/** The node that the pod was made for. */
function targetOf({ spec }: LabPod): string | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0] ?? spec.nodeName;
}
