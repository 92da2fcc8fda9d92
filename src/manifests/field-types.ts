import { ADMIN_POLICY_FIELDS } from "./admin-policy-fields.ts";
import table from "./kubernetes-fields.json" with { type: "json" };

/** The type of a field, as Go's decoder checks it. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "list"; readonly item: FieldType }
  | { readonly kind: "map"; readonly item: FieldType }
  | { readonly kind: "object"; readonly type: ObjectType };

export type ScalarType =
  | "string"
  | "int32"
  | "int64"
  | "number"
  | "boolean"
  | "int-or-string"
  | "quantity"
  | "time"
  | "microtime"
  | "bytes"
  | "any";

export interface ObjectType {
  /** The Go type's name, such as `PodSpec`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
}

const SCALARS: ReadonlySet<string> = new Set<ScalarType>([
  "string",
  "int32",
  "int64",
  "number",
  "boolean",
  "int-or-string",
  "quantity",
  "time",
  "microtime",
  "bytes",
  "any",
]);

const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...table,
  ...ADMIN_POLICY_FIELDS,
};
const compiled = new Map<string, ObjectType>();

/** The type of a kind or of a part of one. @throws where the field table does not hold it: a bug. */
export function objectType(name: string): ObjectType {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const row = TABLE[name];
  if (row === undefined) throw new Error(`the field table has no type ${name}`);
  const fields = new Map<string, FieldType>();
  const type = { name, fields };
  compiled.set(name, type); // before its fields: types refer to themselves
  for (const [field, text] of Object.entries(row)) fields.set(field, parseType(text));
  return type;
}

function parseType(text: string): FieldType {
  if (text.endsWith("[]")) return { kind: "list", item: parseType(text.slice(0, -2)) };
  if (text.endsWith("{}")) return { kind: "map", item: parseType(text.slice(0, -2)) };
  return isScalarType(text) ? { kind: "scalar", scalar: text } : { kind: "object", type: objectType(text) };
}

function isScalarType(text: string): text is ScalarType {
  return SCALARS.has(text);
}
