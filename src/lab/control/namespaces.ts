import { RESOURCE_TYPES } from "../api/resource-types.ts";
import type { LabObject, StoreEvent } from "../model.ts";
import { type Control, type Controller, newest } from "./control.ts";
import { isDeleting } from "./pod.ts";

const CONTENT = RESOURCE_TYPES.filter((type) => type.namespaced).map((type) => type.resource);

/** Gives each namespace its account, and empties one that is deleted before it goes. */
export class Namespaces implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource === "namespaces") {
      if (type !== "DELETED") this.#enqueue(object.metadata.name);
      return;
    }
    const { namespace } = object.metadata;
    if (type !== "DELETED" || namespace === undefined) return;
    const home = this.#control.store.get("namespaces", undefined, namespace);
    if (home !== undefined && isDeleting(home)) this.#enqueue(namespace);
  }

  #enqueue(name: string): void {
    this.#control.queue.add(`namespaces ${name}`, () => this.#reconcile(name));
  }

  #reconcile(name: string): void {
    const { store } = this.#control;
    const namespace = store.get("namespaces", undefined, name);
    if (namespace === undefined) return;
    if (isDeleting(namespace)) this.#empty(namespace);
    else if (store.get("serviceaccounts", name, "default") === undefined) {
      store.create("serviceaccounts", { metadata: { name: "default", namespace: name } });
    }
  }

  #empty(namespace: LabObject): void {
    const { store } = this.#control;
    const { name } = namespace.metadata;
    for (const resource of CONTENT) {
      for (const object of store.list(resource, name)) {
        if (!isDeleting(object))
          store.delete(resource, name, object.metadata.name, { propagationPolicy: "Background" });
      }
    }
    if (CONTENT.some((resource) => store.list(resource, name).length > 0)) return;
    const current = newest(store, "namespaces", namespace);
    if (current === undefined) return;
    const spec = current.spec as Readonly<Record<string, unknown>> | undefined;
    store.replace("namespaces", { ...current, spec: { ...spec, finalizers: [] } });
  }
}
