import type { FieldType, ObjectType, ScalarType } from "../../manifests/field-types.ts";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../../manifests/json-value.ts";
import { readMessage, type WireField } from "./protobuf-reader.ts";
import { numberedField, protobufType } from "./protobuf-types.ts";
import { badRequest } from "./status-error.ts";

/** What kubectl's own commands send, such as `create namespace` and `auth can-i`; manifests come as JSON. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** Before every object (apimachinery runtime/serializer/protobuf). */
const MAGIC = Buffer.from("k8s\0", "latin1");

/** An object in the API server's protobuf, as JSON. 400 where the bytes are none, or hold a field that we don't know. */
export function readProtobufBody(body: Buffer): JsonObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix k8s\\0");
  }
  const envelope = new Map(
    [...readMessage(body.subarray(MAGIC.length))].map((field) => [field.number, field]),
  );
  const typeMeta = new Map([...readMessage(bytesOf(envelope.get(1)))].map((field) => [field.number, field]));
  const apiVersion = bytesOf(typeMeta.get(1)).toString("utf8");
  const kind = bytesOf(typeMeta.get(2)).toString("utf8");
  const type = protobufType(kind);
  if (type === undefined) throw badRequest(`the lab reads no ${apiVersion} ${kind} in protobuf: send JSON`);
  return { apiVersion, kind, ...readObject(type, type.name, bytesOf(envelope.get(2))) };
}

/** `message`: whose numbers they are; another one than the type's where Go has a struct inside of it. */
function readObject(type: ObjectType, message: string, bytes: Buffer): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const field of readMessage(bytes)) {
    const known = numberedField(message, field.number);
    if (known === undefined) {
      throw badRequest(`the lab does not know field ${field.number} of ${message} in protobuf: send JSON`);
    }
    if ("inline" in known) {
      Object.assign(result, readObject(type, known.inline, bytesOf(field)));
      continue;
    }
    const fieldType = type.fields.get(known.name);
    if (fieldType === undefined) continue; // a status, which is not the client's to write
    const value = readField(fieldType, field, result[known.name]);
    if (value !== undefined && (known.keepsZero || !isZero(value))) setKey(result, known.name, value);
  }
  return result;
}

/** Lists and maps come one entry after another: `before` are those so far. */
function readField(type: FieldType, field: WireField, before: JsonValue | undefined): JsonValue | undefined {
  switch (type.kind) {
    case "scalar":
      return readScalar(type.scalar, field);
    case "object":
      return readObject(type.type, type.type.name, bytesOf(field));
    case "list": {
      const item = readField(type.item, field, undefined);
      return [...(Array.isArray(before) ? before : []), item ?? null];
    }
    case "map": {
      const entry = new Map([...readMessage(bytesOf(field))].map((part) => [part.number, part]));
      const key = bytesOf(entry.get(1)).toString("utf8");
      const value = entry.get(2) ?? { number: 2, value: Buffer.alloc(0) };
      const entries: Record<string, JsonValue> = isJsonObject(before) ? { ...before } : {};
      setKey(entries, key, readField(type.item, value, undefined) ?? null);
      return entries;
    }
  }
}

function readScalar(type: ScalarType, field: WireField): JsonValue | undefined {
  switch (type) {
    case "string":
      return bytesOf(field).toString("utf8");
    case "bytes":
      return bytesOf(field).toString("base64");
    case "boolean":
      return numberOf(field) !== 0;
    case "int32":
    case "int64":
      return numberOf(field);
    case "quantity":
      return bytesOf(partsOf(field).get(1)).toString("utf8");
    case "int-or-string": {
      const parts = partsOf(field);
      return numberOf(parts.get(1)) === 1 ? bytesOf(parts.get(3)).toString("utf8") : numberOf(parts.get(2));
    }
    case "time":
    case "microtime": {
      const parts = partsOf(field);
      if (parts.size === 0) return undefined; // Go's zero time
      const time = new Date(numberOf(parts.get(1)) * 1000).toISOString();
      return type === "time" ? `${time.slice(0, 19)}Z` : `${time.slice(0, 19)}.000000Z`;
    }
    case "number":
    case "any":
      throw badRequest(`the lab does not read field ${field.number} of its kind in protobuf: send JSON`);
  }
}

function partsOf(field: WireField): Map<number, WireField> {
  return new Map([...readMessage(bytesOf(field))].map((part) => [part.number, part]));
}

/** Absent: empty. */
function bytesOf(field: WireField | undefined): Buffer {
  if (field === undefined) return Buffer.alloc(0);
  if (typeof field.value === "bigint")
    throw badRequest(`field ${field.number} of the protobuf body is a number`);
  return field.value;
}

/** Absent: 0. */
function numberOf(field: WireField | undefined): number {
  if (field === undefined) return 0;
  if (typeof field.value !== "bigint")
    throw badRequest(`field ${field.number} of the protobuf body is no number`);
  return Number(BigInt.asIntN(64, field.value));
}

/** What Go leaves out of JSON, and protobuf writes all the same. */
function isZero(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false;
}
