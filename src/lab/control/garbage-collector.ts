import type { LabMetadata, LabObject, StoreEvent } from "../model.ts";
import { type Control, type Controller, deleteQuietly, newest } from "./control.ts";
import { isDeleting, keyOf } from "./pod.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

interface Dependent {
  readonly resource: string;
  readonly object: LabObject;
}

/**
 * Removes objects whose owners are all gone (in the background), keeps an owner that is deleted in the foreground until
 * its blocking dependents are gone, and frees the dependents of one that is to orphan them.
 */
export class GarbageCollector implements Controller {
  readonly #control: Control;
  /** By the owner's uid, then by resource and key. */
  readonly #dependents = new Map<string, Map<string, Dependent>>();
  readonly #alive = new Set<string>();

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource: { resource }, object, previous }: StoreEvent): void {
    const { uid } = object.metadata;
    const id = `${resource} ${keyOf(object)}`;
    for (const owner of previous?.metadata.ownerReferences ?? []) this.#forget(owner.uid, id);
    if (type === "DELETED") {
      this.#alive.delete(uid);
      for (const owner of object.metadata.ownerReferences ?? []) {
        this.#forget(owner.uid, id);
        this.#enqueueOwner(owner.uid);
      }
      for (const dependent of this.#of(uid)) this.#enqueue(dependent);
      return;
    }
    this.#alive.add(uid);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid) ?? new Map<string, Dependent>();
      this.#dependents.set(owner.uid, known.set(id, { resource, object }));
    }
    // Owners come before what they own: one that is not there is gone, or never was.
    if (object.metadata.ownerReferences?.some((owner) => !this.#alive.has(owner.uid)) === true) {
      this.#enqueue({ resource, object });
    }
    if (
      isDeleting(object) &&
      (object.metadata.finalizers ?? []).some((one) => one === FOREGROUND || one === ORPHAN)
    ) {
      this.#control.queue.add(`finalize ${uid}`, () => this.#finalize({ resource, object }));
    }
  }

  #of(uid: string): readonly Dependent[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  #forget(owner: string, id: string): void {
    const known = this.#dependents.get(owner);
    known?.delete(id);
    if (known?.size === 0) this.#dependents.delete(owner);
  }

  /** A dependent went: an owner that waits for that may go, too. */
  #enqueueOwner(uid: string): void {
    this.#control.queue.add(`finalize ${uid}`, () => {
      for (const resource of OWNER_RESOURCES) {
        const owner = this.#control.store.list(resource).find((one) => one.metadata.uid === uid);
        if (owner !== undefined && isDeleting(owner)) this.#finalize({ resource, object: owner });
      }
    });
  }

  #enqueue(dependent: Dependent): void {
    const { resource, object } = dependent;
    this.#control.queue.add(`collect ${resource} ${object.metadata.uid}`, () => this.#collect(dependent));
  }

  #collect({ resource, object }: Dependent): void {
    const { store } = this.#control;
    const current = newest(store, resource, object);
    const owners = current?.metadata.ownerReferences ?? [];
    if (current === undefined || owners.length === 0) return;
    const alive = owners.filter(({ uid }) => this.#alive.has(uid));
    if (alive.length === 0) deleteQuietly(store, resource, current);
    else if (alive.length < owners.length) this.#setOwners(resource, current, alive);
  }

  #finalize({ resource, object }: Dependent): void {
    const { store } = this.#control;
    const owner = newest(store, resource, object);
    if (owner === undefined) return;
    const { uid, finalizers = [] } = owner.metadata;
    if (finalizers.includes(ORPHAN)) {
      for (const dependent of this.#of(uid)) {
        const current = newest(store, dependent.resource, dependent.object);
        if (current === undefined) continue;
        const others = (current.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid);
        this.#setOwners(dependent.resource, current, others);
      }
      this.#removeFinalizer(resource, owner, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      const blocking = this.#of(uid).filter(({ object: one }) =>
        one.metadata.ownerReferences?.some((ref) => ref.uid === uid && ref.blockOwnerDeletion === true),
      );
      for (const dependent of this.#of(uid)) {
        const current = newest(store, dependent.resource, dependent.object);
        if (current === undefined || isDeleting(current)) continue;
        const { namespace, name } = current.metadata;
        store.delete(dependent.resource, namespace, name, { propagationPolicy: "Foreground" });
      }
      if (blocking.length === 0) this.#removeFinalizer(resource, owner, FOREGROUND);
    }
  }

  #setOwners(resource: string, object: LabObject, owners: LabMetadata["ownerReferences"] & object): void {
    const { ownerReferences: _, ...metadata } = object.metadata;
    this.#control.store.replace(resource, {
      ...object,
      metadata: { ...metadata, ...(owners.length === 0 ? {} : { ownerReferences: owners }) },
    });
  }

  #removeFinalizer(resource: string, object: LabObject, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    this.#control.store.replace(resource, { ...object, metadata: { ...object.metadata, finalizers } });
  }
}

/** Kinds that own others in a lab, and that may be deleted in the foreground. */
const OWNER_RESOURCES = ["deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "services"];
