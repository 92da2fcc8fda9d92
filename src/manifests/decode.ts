import { nearest } from "../source/nearest.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import { type FieldType, type ObjectType, objectType, type ScalarType } from "./field-types.ts";
import { goDecodingError } from "./go-decoding-error.ts";
import { describeValue, isJsonObject, type JsonObject, type JsonValue, setKey } from "./json-value.ts";
import type { Refusal } from "./refusal.ts";
import { EMPTY_STRINGS, REQUIRED_FIELDS } from "./required-fields.ts";

/** A field that the API server refuses to decode, or without which the object is of no use. */
export interface FieldProblem {
  readonly path: FieldPath;
  /** What is wrong: the field's name, or its value. */
  readonly at: "key" | "value";
  readonly message: string;
  readonly refusal: Refusal;
  readonly hint?: string;
  /** The value would be right if it were written in quotes. */
  readonly unquoted?: boolean;
}

export interface Decoded {
  readonly object: JsonObject;
  /** Where it is not empty, `object` lacks what these are about. */
  readonly problems: readonly FieldProblem[];
}

/**
 * Decodes an object of a Kubernetes type as the API server does with strict field validation (V15, V17): names are
 * case-sensitive, unknown ones are refused, types must fit. A null is an absent field; as an item of a list or as a
 * value of a map it is the empty value of its type (`ingress: [null]` is one empty rule).
 */
export function decodeObject(type: string, value: JsonObject): Decoded {
  const decoder = new Decoder();
  return { object: decoder.object(objectType(type), value), problems: decoder.problems };
}

class Decoder {
  readonly problems: FieldProblem[] = [];
  readonly #path: (string | number)[] = [];
  /** The fields around the current value without the keys of maps and the places in lists, and the types they are of. */
  readonly #fields: { readonly type: string; readonly name: string }[] = [];

  object(type: ObjectType, value: JsonObject): JsonObject {
    const result: Record<string, JsonValue> = {};
    for (const [name, field] of Object.entries(value)) {
      this.#path.push(name);
      this.#fields.push({ type: type.name, name });
      const fieldType = type.fields.get(name);
      const decoded = fieldType === undefined ? this.#unknown(name, type) : this.#field(fieldType, field);
      if (decoded !== undefined) result[name] = decoded;
      this.#fields.pop();
      this.#path.pop();
    }
    for (const name of EMPTY_STRINGS[type.name] ?? []) result[name] ??= "";
    for (const name of REQUIRED_FIELDS[type.name] ?? []) this.#require(name, result[name], value[name]);
    return result;
  }

  #unknown(name: string, type: ObjectType): undefined {
    const meant = nearest(name, type.fields.keys());
    const path = formatPath(this.#path);
    const message = `unknown field "${path}"`;
    const refusal: Refusal = { code: "unknown-field", path, detail: message };
    this.#report("key", message, refusal, meant === undefined ? {} : { hint: `did you mean "${meant}"?` });
  }

  #require(name: string, decoded: JsonValue | undefined, written: JsonValue | undefined): void {
    if (decoded !== undefined && decoded !== "") return;
    // A value of the wrong type was reported already.
    if (decoded === undefined && written !== undefined && written !== null) return;
    this.#path.push(name);
    const path = formatPath(this.#path);
    this.#report("key", `${path}: Required value`, { code: "missing-field", path, detail: "" });
    this.#path.pop();
  }

  /** Undefined: absent. */
  #field(type: FieldType, value: JsonValue): JsonValue | undefined {
    return value === null ? undefined : this.#value(type, value);
  }

  #value(type: FieldType, value: JsonValue): JsonValue | undefined {
    switch (type.kind) {
      case "scalar":
        return this.#scalar(type, value);
      case "list":
        return Array.isArray(value) ? this.#list(type.item, value) : this.#mismatch("a list", type, value);
      case "map":
        return isJsonObject(value) ? this.#map(type.item, value) : this.#mismatch("an object", type, value);
      case "object":
        return isJsonObject(value) ? this.object(type.type, value) : this.#mismatch("an object", type, value);
    }
  }

  #list(item: FieldType, values: readonly JsonValue[]): JsonValue {
    return values.map((value, index) => {
      this.#path.push(index);
      const decoded = this.#element(item, value);
      this.#path.pop();
      return decoded ?? null;
    });
  }

  #map(item: FieldType, values: JsonObject): JsonValue {
    const result: Record<string, JsonValue> = {};
    for (const [key, value] of Object.entries(values)) {
      this.#path.push(key);
      const decoded = this.#element(item, value);
      this.#path.pop();
      if (decoded !== undefined) setKey(result, key, decoded);
    }
    return result;
  }

  /** An item of a list, or a value of a map: null is the empty value that Go's decoder leaves there. */
  #element(type: FieldType, value: JsonValue): JsonValue | undefined {
    if (value !== null) return this.#value(type, value);
    if (type.kind === "object") return this.object(type.type, {});
    return type.kind === "scalar" ? EMPTY_SCALARS[type.scalar] : null;
  }

  #scalar(type: FieldType & { kind: "scalar" }, value: JsonValue): JsonValue | undefined {
    const mismatch = (wanted: string) => this.#mismatch(wanted, type, value);
    const { scalar } = type;
    switch (scalar) {
      case "any":
        return value;
      case "string":
        return typeof value === "string" ? value : mismatch("a string");
      case "bytes":
        return typeof value === "string" && BASE64.test(value) ? value : mismatch("base64 text");
      case "boolean":
        return typeof value === "boolean" ? value : mismatch("true or false");
      case "number":
        return typeof value === "number" ? value : mismatch("a number");
      case "int32":
      case "int64":
        return isInteger(value, scalar) ? value : mismatch(integerName(scalar));
      case "int-or-string":
        if (typeof value === "string" || isInteger(value, "int32")) return value;
        return mismatch("a string or an integer of 32 bits");
      case "quantity":
        if ((typeof value === "string" || typeof value === "number") && QUANTITY.test(String(value).trim())) {
          return String(value);
        }
        return mismatch('a quantity, such as "500m" or "64Mi"');
      case "time":
      case "microtime":
        if (typeof value === "string" && TIME.test(value)) return value;
        return mismatch('a time, such as "2006-01-02T15:04:05Z"');
    }
  }

  #mismatch(wanted: string, type: FieldType, value: JsonValue): undefined {
    const text = wanted === "a string" && (typeof value === "number" || typeof value === "boolean");
    const quoted =
      wanted !== "a string" && typeof value === "string" && /^(-?[0-9]+|true|false)$/.test(value);
    const more = text ? { unquoted: true } : quoted ? { hint: `write ${value} without quotes` } : {};
    const message = `${formatPath(this.#path)}: must be ${wanted}, not ${describeValue(value)}`;
    const detail = goDecodingError(this.#fields, type, value) ?? message;
    this.#report("value", message, { code: "wrong-type", path: formatPath(this.#path), detail }, more);
  }

  #report(
    at: "key" | "value",
    message: string,
    refusal: Refusal,
    more: { hint?: string; unquoted?: boolean } = {},
  ): void {
    this.problems.push({ path: [...this.#path], at, message, refusal, ...more });
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** k8s.io/apimachinery api/resource quantity.go, with the suffixes that it knows. */
const QUANTITY = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$/;
/** RFC 3339. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)$/;

function isInteger(value: JsonValue, type: "int32" | "int64"): boolean {
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  const limit = type === "int32" ? 2 ** 31 : 2 ** 63;
  return value >= -limit && value < limit;
}

function integerName(type: "int32" | "int64"): string {
  return type === "int32" ? "an integer of 32 bits" : "an integer";
}

const EMPTY_SCALARS: Readonly<Record<ScalarType, JsonValue>> = {
  string: "",
  bytes: "",
  boolean: false,
  int32: 0,
  int64: 0,
  number: 0,
  "int-or-string": 0,
  quantity: "0",
  time: null,
  microtime: null,
  any: null,
};
