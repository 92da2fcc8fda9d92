import { StatusError } from "../api/status-error.ts";
import type { LabObject, LabStore, StoreEvent } from "../model.ts";
import type { Clock } from "./clock.ts";
import type { PodIndex } from "./pod-index.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What the controllers share. */
export interface Control {
  readonly store: LabStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly pods: PodIndex;
}

/** Something that keeps a part of the lab as the objects say it; told of every change, in order. */
export interface Controller {
  onEvent(event: StoreEvent): void;
}

/** The newest version of an object; undefined: it is gone, or another one has its name now. */
export function newest<T extends LabObject>(store: LabStore, resource: string, object: T): T | undefined {
  const { namespace, name, uid } = object.metadata;
  const current = store.get(resource, namespace, name);
  return current?.metadata.uid === uid ? (current as T) : undefined;
}

/** Writes status fields, the others stay; nothing where the object is gone. */
export function writeStatus(
  store: LabStore,
  resource: string,
  object: LabObject,
  status: Readonly<Record<string, unknown>>,
): void {
  const current = newest(store, resource, object);
  if (current === undefined) return;
  const before = current.status as Readonly<Record<string, unknown>> | undefined;
  store.replace(resource, { ...current, status: { ...before, ...status } });
}

/** Deletes unless somebody else did; the rest is for those who watch deletions. */
export function deleteQuietly(store: LabStore, resource: string, object: LabObject): void {
  if (newest(store, resource, object) === undefined) return;
  store.delete(resource, object.metadata.namespace, object.metadata.name, {
    propagationPolicy: "Background",
  });
}

/** What the API refuses, in its words; undefined: it was done. */
export function refusalOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
