import type { JsonObject, JsonValue } from "../manifests/json-value.ts";
import { isJsonObject } from "../manifests/json-value.ts";
import { decideKind } from "../manifests/kinds.ts";
import { ManifestFile, type ManifestText } from "../manifests/manifest-file.ts";
import { nameObjects } from "../manifests/name-objects.ts";
import { type ObjectSource, readObjects } from "../manifests/read-objects.ts";
import { RecentTrees } from "../manifests/yaml-document.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { createObject } from "./api/objects.ts";
import { resourceTypeOfKind } from "./api/resource-types.ts";
import { StatusError } from "./api/status-error.ts";
import type { LabStore, ResourceType } from "./model.ts";

/** An object of a file, as it is to be created. */
export interface ManifestObject {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: JsonObject;
  /** Absent for kinds that say nothing about traffic, which are taken as they are. */
  readonly source?: ObjectSource;
}

export interface ManifestObjects {
  readonly objects: readonly ManifestObject[];
  /** What a lab does not play: `Ingress (2)`. */
  readonly skipped: readonly string[];
}

/** In this order, so that policies bite before the first pod runs, and pods find what they refer to. */
const ORDER = [
  "namespaces",
  "serviceaccounts",
  "configmaps",
  "secrets",
  "networkpolicies",
  "services",
  "endpointslices",
  "pods",
  "replicasets",
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  // Never run; their template says what pods would look like.
  "cronjobs",
];

/** Kinds that the reader of manifests leaves out and that containers may refer to. */
const REFERRED = new Set(["ConfigMap", "Secret", "ServiceAccount"]);

/**
 * The objects of files that have no mistakes, in the order in which to create them: without what only a live cluster
 * gives (status, node, owners, addresses), so that the output of `kubectl get -o yaml` will do, too. What another
 * object of the files would make anew is left out.
 */
export function manifestObjects(files: readonly ManifestText[]): ManifestObjects {
  const manifestFiles = files.map((file) => new ManifestFile(file));
  const { objects } = nameObjects(readObjects(manifestFiles).objects);
  const taken: ManifestObject[] = [];
  const skipped = new Map<string, number>();
  const skip = (kind: string): void => void skipped.set(kind, (skipped.get(kind) ?? 0) + 1);
  const known = new Set(objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`));
  for (const { kind, namespace, name, object, source } of objects) {
    const type = resourceTypeOfKind(String(object.apiVersion), kind);
    if (type === undefined || !ORDER.includes(type.resource)) skip(kind);
    else if (!isMadeByOther(object, (owner) => known.has(`${owner.kind} ${namespace}/${owner.name}`))) {
      taken.push({ type, namespace, name, object: withoutLive(type, object), source });
    }
  }
  for (const value of rawObjects(manifestFiles)) {
    const [apiVersion, kind] = [String(value.apiVersion), String(value.kind)];
    const type = resourceTypeOfKind(apiVersion, kind);
    const metadata = objectOf(value.metadata);
    if (decideKind(apiVersion, kind).decision === "read") continue;
    if (type === undefined || !REFERRED.has(kind) || typeof metadata.name !== "string") skip(kind);
    else {
      const namespace = typeof metadata.namespace === "string" ? metadata.namespace : "default";
      taken.push({ type, namespace, name: metadata.name, object: withoutLive(type, value) });
    }
  }
  const sorted = taken.sort((a, b) => ORDER.indexOf(a.type.resource) - ORDER.indexOf(b.type.resource));
  return {
    objects: sorted,
    skipped: [...skipped].map(([kind, count]) => (count === 1 ? kind : `${kind} (${count})`)),
  };
}

/** Creates them, with the namespaces that they only name. What the API refuses comes back with its place in the file. */
export function createObjects(store: LabStore, objects: readonly ManifestObject[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const named = new Set(objects.flatMap(({ namespace }) => namespace ?? []));
  const declared = new Set(
    objects.filter(({ type }) => type.resource === "namespaces").map(({ name }) => name),
  );
  for (const name of named) {
    if (declared.has(name) || store.get("namespaces", undefined, name) !== undefined) continue;
    store.create("namespaces", { metadata: { name } });
  }
  for (const one of objects) {
    try {
      create(store, one);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      diagnostics.push(...diagnosticsOf(error, one));
    }
  }
  return diagnostics;
}

function create(store: LabStore, { type, namespace, name, object }: ManifestObject): void {
  const existing = store.get(type.resource, namespace, name);
  if (existing === undefined) {
    createObject(store, { type, namespace }, object, { dryRun: false });
  } else if (type.resource === "namespaces") {
    // The cluster's own ones may get labels.
    const labels = { ...existing.metadata.labels, ...(objectOf(objectOf(object.metadata).labels) as Labels) };
    store.replace(type.resource, { ...existing, metadata: { ...existing.metadata, labels } });
  } else if (type.resource !== "serviceaccounts" && namespace !== "kube-system") {
    // In kube-system, the lab's own DNS stands for that of the files.
    throw new StatusError(409, "AlreadyExists", `${type.resource} "${name}" already exists`);
  }
}

type Labels = Readonly<Record<string, string>>;

function diagnosticsOf(
  error: StatusError,
  { source, type, namespace, name }: ManifestObject,
): readonly Diagnostic[] {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  const causes = error.status.details?.causes ?? [];
  const said = causes.length === 0 ? [{ message: error.message }] : causes;
  return said.map((cause): Diagnostic => {
    const field = "field" in cause ? cause.field : undefined;
    const message = `${type.kind} ${where}: ${field === undefined ? "" : `${field}: `}${cause.message}`;
    if (source === undefined) return { severity: "error", message };
    const path = field === undefined ? ["metadata", "name"] : pathOf(field);
    return { severity: "error", message, range: source.keyRange(path) };
  });
}

/** `spec.ports[0].name`, `metadata.labels[a/b]`. */
function pathOf(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)].map(([, index, key, word]) =>
    index === undefined ? (key ?? word ?? "") : Number(index),
  );
}

/** Every object of the files as it stands there, lists taken apart. */
function rawObjects(files: readonly ManifestFile[]): readonly JsonObject[] {
  const recent = new RecentTrees();
  return files.flatMap((file) =>
    [...file.documents(recent)].flatMap(({ value }) => (value === undefined ? [] : itemsOf(value))),
  );
}

function itemsOf(value: JsonValue): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  if (String(value.kind).endsWith("List") && Array.isArray(value.items)) return value.items.flatMap(itemsOf);
  return [value];
}

function isMadeByOther(
  object: JsonObject,
  isThere: (owner: { readonly kind: string; readonly name: string }) => boolean,
): boolean {
  const metadata = objectOf(object.metadata);
  const manager = objectOf(metadata.labels)["endpointslice.kubernetes.io/managed-by"];
  if (typeof manager === "string" && manager.startsWith("endpointslice")) return true;
  const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : [];
  return owners.some((value) => {
    const owner = objectOf(value);
    return isThere({ kind: String(owner.kind), name: String(owner.name) });
  });
}

const LIVE_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "ownerReferences",
  "selfLink",
];

function withoutLive(type: ResourceType, { status: _status, ...object }: JsonObject): JsonObject {
  const metadata = without(objectOf(object.metadata), LIVE_METADATA);
  const spec = isJsonObject(object.spec) ? { spec: specWithoutLive(type, object.spec) } : {};
  return { ...object, ...spec, metadata };
}

function specWithoutLive(type: ResourceType, spec: JsonObject): JsonObject {
  if (type.resource === "pods") return without(spec, ["nodeName"]);
  if (type.resource === "services" && spec.clusterIP !== "None")
    return without(spec, ["clusterIP", "clusterIPs"]);
  if (type.resource !== "jobs" || spec.manualSelector === true) return spec;
  return without(spec, ["selector"]);
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
