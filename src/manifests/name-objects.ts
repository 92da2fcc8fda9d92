import { isJsonObject, type JsonObject } from "./json-value.ts";
import type { ReadKind } from "./kinds.ts";
import { NameFinder } from "./name-finder.ts";
import type { ObjectSource, ReadObject } from "./read-objects.ts";
import type { ManifestDiagnostic } from "./refusal.ts";

/** An object with its name and, for namespaced kinds, its namespace in `metadata`. */
export interface NamedObject {
  readonly kind: ReadKind;
  /** Undefined for kinds that stand outside of namespaces. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: JsonObject;
  readonly source: ObjectSource;
}

/** Recognises an object among all others. */
export function objectKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** Kinds of which a new object is made each time: the API server completes `generateName` for them. */
const GENERATED: ReadonlySet<ReadKind> = new Set<ReadKind>(["Pod", "Job"]);

/**
 * Fills in namespaces (`default` where a file names none) and generated names (`generateName` and "x"), and refuses
 * objects without a name and objects that are there twice.
 */
export function nameObjects(objects: readonly ReadObject[]): {
  readonly objects: readonly NamedObject[];
  readonly diagnostics: readonly ManifestDiagnostic[];
} {
  const diagnostics: ManifestDiagnostic[] = [];
  const named = new Map<string, NamedObject>();
  const generated: { entry: ReadObject; prefix: string; namespace: string | undefined }[] = [];

  for (const entry of objects) {
    const metadata = metadataOf(entry.object);
    const namespace = entry.namespaced ? text(metadata.namespace) || "default" : undefined;
    const name = text(metadata.name);
    const prefix = text(metadata.generateName);
    if (name !== "") {
      const object = withNames(entry, namespace, name);
      const key = objectKey(entry.kind, namespace, name);
      const first = named.get(key);
      if (first === undefined) named.set(key, object);
      else diagnostics.push(duplicate(first, object));
    } else if (prefix !== "" && GENERATED.has(entry.kind)) {
      generated.push({ entry, prefix, namespace });
    } else {
      diagnostics.push(nameless(entry, prefix));
    }
  }

  // After all others, so that a made-up name never takes one that a file gives.
  const names = new NameFinder((key) => named.has(key));
  for (const { entry, prefix, namespace } of generated) {
    const name = names.find(`${prefix}x`, "", (candidate) => objectKey(entry.kind, namespace, candidate));
    named.set(objectKey(entry.kind, namespace, name), withNames(entry, namespace, name));
  }
  return { objects: [...named.values()], diagnostics };
}

function withNames(entry: ReadObject, namespace: string | undefined, name: string): NamedObject {
  const { namespace: _, ...metadata } = metadataOf(entry.object);
  const place = namespace === undefined ? {} : { namespace };
  const object = { ...entry.object, metadata: { ...metadata, ...place, name } };
  return { kind: entry.kind, namespace, name, object, source: entry.source };
}

function duplicate(first: NamedObject, second: NamedObject): ManifestDiagnostic {
  const where = second.namespace === undefined ? second.name : `${second.namespace}/${second.name}`;
  return {
    severity: "error",
    message: `${second.kind} ${where} is there twice`,
    range: second.source.valueRange(["metadata", "name"]),
    hint: "remove one of them, or give them different names",
    refusal: {
      code: "duplicate-object",
      path: "metadata.name",
      detail: "the object is there twice",
    },
    object: {
      kind: second.kind,
      ...(second.namespace === undefined ? {} : { namespace: second.namespace }),
      name: second.name,
    },
    related: [{ message: "the first one", range: first.source.valueRange(["metadata", "name"]) }],
  };
}

function nameless(entry: ReadObject, prefix: string): ManifestDiagnostic {
  const generates = prefix !== "";
  return {
    severity: "error",
    message: "metadata.name: Required value: name or generateName is required",
    refusal: { code: "missing-field", path: "metadata.name", detail: "name or generateName is required" },
    object: { kind: entry.kind },
    range: generates
      ? entry.source.keyRange(["metadata", "generateName"])
      : entry.source.keyRange(["metadata"]),
    ...(generates ? { hint: `give the ${entry.kind} a name: findings have to refer to it` } : {}),
  };
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object.metadata) ? object.metadata : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
