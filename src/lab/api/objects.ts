import type { LabObject, LabStore, ResourceType } from "../model.ts";
import { withDefaults } from "./defaults.ts";
import { type Fields, fieldsOf } from "./fields.ts";
import { qualifiedResource } from "./resource-types.ts";
import { badRequest, forbidden, notFound, StatusError } from "./status-error.ts";
import { timestamp } from "./store.ts";
import { validateObject } from "./validate-object.ts";
import { validateUpdate } from "./validate-update.ts";

/** Where an object is to be, by the URL. */
export interface Target {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
}

const PROTECTED_NAMESPACES: ReadonlySet<string> = new Set(["default", "kube-public", "kube-system"]);

/** Creates what a client sent: defaults, admission and validation as the API server's. */
export function createObject(
  store: LabStore,
  { type, namespace }: Omit<Target, "name">,
  sent: Fields,
  options: { readonly dryRun: boolean },
): LabObject {
  const metadata = cleanMetadata(sent.metadata);
  if (metadata.resourceVersion)
    throw badRequest("resourceVersion should not be set on objects to be created");
  const placed = { ...metadata, ...inNamespace(type, metadata, namespace) };
  if (namespace !== undefined) admitTo(store, { type, namespace, name: String(metadata.name ?? "") });
  const wanted = { ...withoutStatus(type, sent), metadata: placed };
  const preview = asStored(type, wanted);
  validateObject(type, preview);
  if (options.dryRun) return preview;
  return store.create(type.resource, wanted);
}

/** Replaces an object by what a client sent; `part`: the only part of it that counts. */
export function updateObject(
  store: LabStore,
  target: Target,
  sent: Fields,
  options: { readonly dryRun: boolean; readonly part?: "status" | "finalize" },
): LabObject {
  const { type, namespace, name } = target;
  const current = existing(store, target);
  const metadata = cleanMetadata(sent.metadata);
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name ?? ""}) does not match the name on the URL (${name})`,
    );
  }
  const placed = { ...metadata, ...inNamespace(type, metadata, namespace) };
  const { uid, resourceVersion: expected } = metadata;
  const object = merged(
    type,
    { ...sent, metadata: { ...placed, uid: uid || current.metadata.uid } },
    current,
    options.part,
  );
  if (options.part === undefined) {
    const preview = withDefaults(type, object);
    validateObject(type, preview);
    validateUpdate(type, preview, current);
    if (options.dryRun) return { ...preview, metadata: { ...current.metadata, ...preview.metadata } };
  } else if (options.dryRun) return object;
  return store.replace(
    type.resource,
    object,
    typeof expected === "string" && expected !== "" ? { expectVersion: expected } : {},
  );
}

/** @throws 404 */
export function existing(store: LabStore, { type, namespace, name }: Target): LabObject {
  const found = store.get(type.resource, namespace, name);
  if (found === undefined) throw notFound(type, name);
  return found;
}

/** @throws 403 */
export function checkDeletable({ type, name }: Target): void {
  if (type.resource === "namespaces" && PROTECTED_NAMESPACES.has(name)) {
    throw forbidden(type, name, "this namespace may not be deleted");
  }
}

function merged(
  type: ResourceType,
  sent: Fields,
  current: LabObject,
  part: "status" | "finalize" | undefined,
): LabObject {
  if (part === "status") return { ...current, status: fieldsOf(sent.status) };
  if (part === "finalize") {
    return {
      ...current,
      spec: { ...fieldsOf(current.spec), finalizers: fieldsOf(sent.spec).finalizers ?? [] },
    };
  }
  const status = current.status === undefined ? {} : { status: current.status };
  return withAllocated(type, { ...withoutStatus(type, sent), ...status }, current) as LabObject;
}

/** What a client may write but by the status subresource. */
function withoutStatus(type: ResourceType, { status: _status, ...rest }: Fields): Fields {
  return type.resource === "secrets" ? encodeSecret(rest) : rest;
}

/** Cluster addresses and a namespace's finalizers are given by the cluster, and need not be sent back. */
function withAllocated(type: ResourceType, object: Fields, current: LabObject): Fields {
  const [spec, before] = [fieldsOf(object.spec), fieldsOf(current.spec)];
  if (type.resource === "namespaces") return { ...object, spec: before };
  if (type.resource !== "services" || spec.type === "ExternalName" || spec.clusterIP) return object;
  const given = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"].filter(
    (name) => before[name] !== undefined,
  );
  return { ...object, spec: { ...spec, ...Object.fromEntries(given.map((name) => [name, before[name]])) } };
}

/** What clients send of metadata, without what is the server's. */
function cleanMetadata(value: unknown): Record<string, unknown> {
  const metadata: Record<string, unknown> = { ...fieldsOf(value) };
  delete metadata.managedFields;
  delete metadata.selfLink;
  delete metadata.generation;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  for (const name of ["labels", "annotations", "finalizers", "ownerReferences"]) {
    const field = metadata[name];
    if (typeof field === "object" && field !== null && Object.keys(field).length === 0) delete metadata[name];
  }
  return metadata;
}

function inNamespace(
  type: ResourceType,
  metadata: Fields,
  namespace: string | undefined,
): { readonly namespace?: string } {
  if (!type.namespaced || namespace === undefined) return {};
  if (metadata.namespace !== undefined && metadata.namespace !== "" && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return { namespace };
}

/** The admission plugin NamespaceLifecycle. */
function admitTo(store: LabStore, { type, namespace, name }: Target & { readonly namespace: string }): void {
  const found = store.get("namespaces", undefined, namespace);
  if (found === undefined) {
    const message = `namespaces "${namespace}" not found`;
    throw new StatusError(404, "NotFound", message, { name: namespace, kind: "namespaces" });
  }
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ];
  throw new StatusError(403, "Forbidden", `${qualifiedResource(type)} "${name}" is forbidden: ${why}`, {
    name,
    kind: type.resource,
    causes,
  });
}

/** As the store will hold it, but for uid and version, which only storing gives. */
function asStored(type: ResourceType, wanted: Fields): LabObject {
  const metadata = fieldsOf(wanted.metadata);
  const generated = `${String(metadata.generateName ?? "")}xxxxx`;
  const name = String(metadata.name ?? "") || (metadata.generateName ? generated : "");
  const filled = { ...metadata, name, creationTimestamp: timestamp(new Date()) };
  return withDefaults(type, { ...wanted, metadata: filled } as unknown as LabObject);
}

/** `stringData` is for writing only. */
function encodeSecret(object: Fields): Fields {
  const { stringData, ...rest } = object;
  if (stringData === undefined) return rest;
  const encoded = Object.entries(fieldsOf(stringData)).map(([name, text]) => [
    name,
    Buffer.from(String(text), "utf8").toString("base64"),
  ]);
  return { ...rest, data: { ...fieldsOf(rest.data), ...Object.fromEntries(encoded) } };
}
