import type { StoreEvent } from "../model.ts";
import { controllerOf, keyOf, type LabPod } from "./pod.ts";

/** The pods by who manages them, by node and by namespace; kept up by the store's events. */
export class PodIndex {
  readonly #byKey = new Map<string, LabPod>();
  readonly #byController = new Map<string, Map<string, LabPod>>();
  readonly #byNode = new Map<string, Map<string, LabPod>>();
  readonly #byNamespace = new Map<string, Map<string, LabPod>>();

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource !== "pods") return;
    const key = keyOf(object);
    const old = this.#byKey.get(key);
    if (old !== undefined) this.#remove(key, old);
    if (type !== "DELETED") this.#add(key, object as LabPod);
  }

  get(key: string): LabPod | undefined {
    return this.#byKey.get(key);
  }

  /** `uid`: of a ReplicaSet, StatefulSet, … */
  controlledBy(uid: string): readonly LabPod[] {
    return [...(this.#byController.get(uid)?.values() ?? [])];
  }

  onNode(node: string): readonly LabPod[] {
    return [...(this.#byNode.get(node)?.values() ?? [])];
  }

  inNamespace(namespace: string): readonly LabPod[] {
    return [...(this.#byNamespace.get(namespace)?.values() ?? [])];
  }

  #add(key: string, pod: LabPod): void {
    this.#byKey.set(key, pod);
    for (const [map, value] of this.#places(pod)) {
      const inner = map.get(value);
      if (inner === undefined) map.set(value, new Map([[key, pod]]));
      else inner.set(key, pod);
    }
  }

  #remove(key: string, pod: LabPod): void {
    this.#byKey.delete(key);
    for (const [map, value] of this.#places(pod)) {
      const inner = map.get(value);
      inner?.delete(key);
      if (inner?.size === 0) map.delete(value);
    }
  }

  #places(pod: LabPod): readonly (readonly [Map<string, Map<string, LabPod>>, string])[] {
    const controller = controllerOf(pod)?.uid;
    const { nodeName } = pod.spec;
    return [
      [this.#byNamespace, pod.metadata.namespace ?? ""],
      ...(controller === undefined ? [] : [[this.#byController, controller] as const]),
      ...(nodeName === undefined ? [] : [[this.#byNode, nodeName] as const]),
    ];
  }
}
