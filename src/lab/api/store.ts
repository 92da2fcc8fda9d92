import { randomInt, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DeleteOptions, LabMetadata, LabObject, LabStore, ResourceType, StoreEvent } from "../model.ts";
import { withDefaults } from "./defaults.ts";
import { graceSeconds, isReleased, propagationFinalizers } from "./deletion-rules.ts";
import { fieldsOf, isFields } from "./fields.ts";
import { apiVersionOf, resourceType } from "./resource-types.ts";
import { alreadyExists, conflict, noSuchPath, notFound, StatusError } from "./status-error.ts";

export interface StoreOptions {
  readonly now?: () => Date;
  readonly newUid?: () => string;
}

const MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

/** Kinds whose `metadata.generation` the API server does not keep. */
const WITHOUT_GENERATION: ReadonlySet<string> = new Set([
  "namespaces",
  "nodes",
  "services",
  "resourcequotas",
  "limitranges",
]);

/** The characters of generated names (apimachinery util/rand): no vowels, so no words. */
const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A separator that sorts before every character of a name. */
const SEPARATOR = "\0";

interface Shelf {
  readonly type: ResourceType;
  readonly objects: Map<string, LabObject>;
  /** In order of their keys; undefined after an object came or went. */
  sorted: readonly LabObject[] | undefined;
}

/** See `LabStore`. Objects are completed with the defaults that the API server gives them (defaults.ts). */
export class MemoryStore implements LabStore {
  readonly #shelves = new Map<string, Shelf>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #pending: StoreEvent[] = [];
  readonly #now: () => Date;
  readonly #newUid: () => string;
  #delivering = false;
  #version = 1;

  constructor(options: StoreOptions = {}) {
    this.#now = options.now ?? (() => new Date());
    this.#newUid = options.newUid ?? randomUUID;
  }

  get resourceVersion(): string {
    return String(this.#version);
  }

  get(resource: string, namespace: string | undefined, name: string): LabObject | undefined {
    return this.#shelf(resource).objects.get(keyOf(namespace, name));
  }

  list(resource: string, namespace?: string): readonly LabObject[] {
    const shelf = this.#shelf(resource);
    shelf.sorted ??= [...shelf.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    if (namespace === undefined) return shelf.sorted;
    return shelf.sorted.filter((object) => object.metadata.namespace === namespace);
  }

  create(resource: string, object: object): LabObject {
    const shelf = this.#shelf(resource);
    const { type } = shelf;
    const given = object as Partial<LabObject>;
    const metadata = (given.metadata ?? {}) as Partial<LabMetadata> & { readonly generateName?: string };
    const { namespace } = metadata;
    const name = metadata.name || this.#generateName(shelf, namespace, metadata.generateName ?? "");
    if (shelf.objects.has(keyOf(namespace, name))) throw alreadyExists(type, name);
    const complete: LabObject = {
      ...given,
      apiVersion: apiVersionOf(type),
      kind: type.kind,
      metadata: {
        ...metadata,
        name,
        uid: this.#newUid(),
        resourceVersion: this.#nextVersion(),
        ...(keepsGeneration(type, given) ? { generation: 1 } : {}),
        creationTimestamp: timestamp(this.#now()),
      },
    };
    const created = withDefaults(type, complete);
    shelf.objects.set(keyOf(namespace, name), created);
    shelf.sorted = undefined;
    this.#emit({ type: "ADDED", resource: type, object: created });
    return created;
  }

  replace(resource: string, object: LabObject, options: { readonly expectVersion?: string } = {}): LabObject {
    const shelf = this.#shelf(resource);
    const { type } = shelf;
    const { namespace, name, uid } = object.metadata;
    const current = this.#existing(shelf, namespace, name);
    if (options.expectVersion !== undefined && options.expectVersion !== current.metadata.resourceVersion) {
      throw conflict(type, name, MODIFIED);
    }
    if (uid !== undefined && uid !== current.metadata.uid)
      throw conflict(type, name, uidMismatch(uid, current));
    const kept = keepIdentity(type, object, current);
    // A new status on the same spec is the most common change, and has nothing to fill in.
    const sameSpec = isFields(object.spec) && object.spec === current.spec && resource !== "namespaces";
    const wanted = sameSpec ? kept : withDefaults(type, kept);
    if (isDeepStrictEqual(wanted, current)) return current;
    return this.#put(shelf, withVersion(wanted, this.#nextVersion()), current);
  }

  delete(
    resource: string,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): LabObject {
    const shelf = this.#shelf(resource);
    const current = this.#existing(shelf, namespace, name);
    const { metadata } = current;
    const grace = graceSeconds(shelf.type, current, options);
    // A second deletion can only shorten the grace period (apiserver registry/rest, BeforeDelete).
    const shorter = grace < (metadata.deletionGracePeriodSeconds ?? 0);
    const already = metadata.deletionTimestamp !== undefined;
    const finalizers = propagationFinalizers(metadata.finalizers ?? [], options.propagationPolicy);
    const marked: LabObject = {
      ...current,
      ...(shelf.type.resource === "namespaces"
        ? { status: { ...fieldsOf(current.status), phase: "Terminating" } }
        : {}),
      metadata: {
        ...metadata,
        ...(already && !shorter
          ? {}
          : {
              deletionTimestamp: timestamp(new Date(this.#now().getTime() + grace * 1000)),
              deletionGracePeriodSeconds: grace,
            }),
        ...(finalizers.length === 0 && metadata.finalizers === undefined ? {} : { finalizers }),
      },
    };
    if (isDeepStrictEqual(marked, current)) return current;
    const withNext = withVersion(marked, this.#nextVersion());
    return this.#put(shelf, nextGeneration(shelf.type, withNext, already), current);
  }

  remove(resource: string, namespace: string | undefined, name: string): void {
    const shelf = this.#shelf(resource);
    const current = shelf.objects.get(keyOf(namespace, name));
    if (current !== undefined) this.#drop(shelf, withVersion(current, this.#nextVersion()), current);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stores a changed object, or removes it where nothing holds it any longer. */
  #put(shelf: Shelf, object: LabObject, previous: LabObject): LabObject {
    if (isReleased(object)) return this.#drop(shelf, object, previous);
    shelf.objects.set(keyOf(object.metadata.namespace, object.metadata.name), object);
    shelf.sorted = undefined;
    this.#emit({ type: "MODIFIED", resource: shelf.type, object, previous });
    return object;
  }

  #drop(shelf: Shelf, object: LabObject, previous: LabObject): LabObject {
    shelf.objects.delete(keyOf(object.metadata.namespace, object.metadata.name));
    shelf.sorted = undefined;
    this.#emit({ type: "DELETED", resource: shelf.type, object, previous });
    return object;
  }

  #generateName(shelf: Shelf, namespace: string | undefined, prefix: string): string {
    if (prefix === "") throw new StatusError(422, "Invalid", "name or generateName is required");
    for (;;) {
      const suffix = Array.from({ length: 5 }, () => NAME_CHARACTERS[randomInt(NAME_CHARACTERS.length)]).join(
        "",
      );
      const name = prefix.slice(0, 63 - suffix.length) + suffix;
      if (!shelf.objects.has(keyOf(namespace, name))) return name;
    }
  }

  /** A listener's own changes are told after the change that it was called for, so that all see the same order. */
  #emit(event: StoreEvent): void {
    this.#pending.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    const failures: unknown[] = [];
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      for (const listener of this.#listeners) {
        try {
          listener(next);
        } catch (error) {
          failures.push(error);
        }
      }
    }
    this.#delivering = false;
    if (failures.length > 0) throw failures[0];
  }

  #existing(shelf: Shelf, namespace: string | undefined, name: string): LabObject {
    const found = shelf.objects.get(keyOf(namespace, name));
    if (found === undefined) throw notFound(shelf.type, name);
    return found;
  }

  #shelf(resource: string): Shelf {
    const known = this.#shelves.get(resource);
    if (known !== undefined) return known;
    const type = resourceType(resource);
    if (type === undefined) throw noSuchPath();
    const shelf: Shelf = { type, objects: new Map(), sorted: undefined };
    this.#shelves.set(resource, shelf);
    return shelf;
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}${SEPARATOR}${name}`;
}

/** The API's times have no fractions of seconds. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function withVersion(object: LabObject, resourceVersion: string): LabObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** The first mark of deletion is a new generation (apiserver registry/rest, BeforeDelete). */
function nextGeneration(type: ResourceType, object: LabObject, already: boolean): LabObject {
  const { generation } = object.metadata;
  if (already || generation === undefined || type.resource === "pods") return object;
  return { ...object, metadata: { ...object.metadata, generation: generation + 1 } };
}

function keepsGeneration(type: ResourceType, object: Partial<LabObject>): boolean {
  return object.spec !== undefined && !WITHOUT_GENERATION.has(type.resource);
}

/** What an update can't change stays; the generation counts changes of everything but metadata and status. */
function keepIdentity(type: ResourceType, object: LabObject, current: LabObject): LabObject {
  const kept = current.metadata;
  const { deletionTimestamp: _time, deletionGracePeriodSeconds: _grace, ...metadata } = object.metadata;
  const changed = keepsGeneration(type, current) && !isDeepStrictEqual(object.spec, current.spec);
  return {
    ...object,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {
      ...metadata,
      uid: kept.uid,
      creationTimestamp: kept.creationTimestamp,
      resourceVersion: kept.resourceVersion,
      ...(kept.generation === undefined ? {} : { generation: kept.generation + (changed ? 1 : 0) }),
      ...(kept.deletionTimestamp === undefined ? {} : { deletionTimestamp: kept.deletionTimestamp }),
      ...(kept.deletionGracePeriodSeconds === undefined
        ? {}
        : { deletionGracePeriodSeconds: kept.deletionGracePeriodSeconds }),
    },
  };
}

function uidMismatch(uid: string, current: LabObject): string {
  return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
}
