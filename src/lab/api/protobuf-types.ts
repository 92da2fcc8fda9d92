import { type FieldType, type ObjectType, objectType, type ScalarType } from "../../manifests/field-types.ts";
import table from "./protobuf-fields.json" with { type: "json" };

/**
 * protobuf-fields.json holds the tags of the Go types of k8s.io/api and apimachinery 0.36 (`protobuf:"bytes,3,…"`):
 * `numbers` lists each type's fields by number, from 1; null: no such field; `~Type`: a message whose fields are in
 * JSON those of the type itself; a star: a pointer in Go, so that its zero value means something. `types` has the
 * fields of the types that src/manifests does not read.
 */
const NUMBERS: Readonly<Record<string, readonly (string | null)[]>> = table.numbers;
const OTHER_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = table.types;
const SCALARS: ReadonlySet<string> = new Set([
  "string",
  "int32",
  "int64",
  "number",
  "boolean",
  "quantity",
  "time",
  "microtime",
  "bytes",
]);

const others = new Map<string, ObjectType>();

/** A kind or a part of one that may come as protobuf; undefined: the lab does not know it. */
export function protobufType(name: string): ObjectType | undefined {
  const row = OTHER_TYPES[name];
  if (row === undefined) return Object.hasOwn(NUMBERS, name) ? objectType(name) : undefined;
  const known = others.get(name);
  if (known !== undefined) return known;
  const fields = new Map(Object.entries(row).map(([field, text]) => [field, parseType(text)]));
  const type: ObjectType = { name, fields };
  others.set(name, type);
  return type;
}

/** What a field's number means in a message; undefined: nothing that we know. */
export type NumberedField =
  | { readonly inline: string }
  | { readonly name: string; readonly keepsZero: boolean };

export function numberedField(message: string, number: number): NumberedField | undefined {
  const text = NUMBERS[message]?.[number - 1] ?? undefined;
  if (text === undefined) return undefined;
  if (text.startsWith("~")) return { inline: text.slice(1) };
  const keepsZero = text.endsWith("*");
  return { name: keepsZero ? text.slice(0, -1) : text, keepsZero };
}

function parseType(text: string): FieldType {
  if (text.endsWith("[]")) return { kind: "list", item: parseType(text.slice(0, -2)) };
  if (text.endsWith("{}")) return { kind: "map", item: parseType(text.slice(0, -2)) };
  if (SCALARS.has(text)) return { kind: "scalar", scalar: text as ScalarType };
  const type = protobufType(text);
  if (type === undefined) throw new Error(`protobuf-fields.json has no type ${text}`);
  return { kind: "object", type };
}
