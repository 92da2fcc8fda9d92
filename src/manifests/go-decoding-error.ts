import type { FieldType } from "./field-types.ts";
import type { JsonValue } from "./json-value.ts";

/** Strings that have a Go type of their own; the client's models, where our table is from, know only strings. */
const NAMED_STRINGS: Readonly<Record<string, string>> = {
  "ContainerPort.protocol": "v1.Protocol",
  "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
  "NetworkPolicyPort.protocol": "v1.Protocol",
  "NetworkPolicySpec.policyTypes": "v1.PolicyType",
  "ServicePort.protocol": "v1.Protocol",
};

/**
 * What Go's decoder says of a value of the wrong type, as the API server passes it on; undefined for types that read
 * themselves (quantities, times).
 * @param fields from the root, each with the type that it belongs to; the last one holds the value
 */
export function goDecodingError(
  fields: readonly { readonly type: string; readonly name: string }[],
  wanted: FieldType,
  value: JsonValue,
): string | undefined {
  const last = fields.at(-1);
  const type = last === undefined ? undefined : goType(wanted, `${last.type}.${last.name}`);
  if (last === undefined || type === undefined) return undefined;
  const path = fields.map(({ name }) => name).join(".");
  return `json: cannot unmarshal ${valueName(value, type)} into Go struct field ${last.type}.${path} of type ${type}`;
}

function goType(type: FieldType, field: string): string | undefined {
  switch (type.kind) {
    case "object":
      return `v1.${type.type.name}`;
    case "list":
      return prefixed("[]", goType(type.item, field));
    case "map":
      return prefixed("map[string]", goType(type.item, field));
    case "scalar":
      break;
  }
  switch (type.scalar) {
    case "string":
      return NAMED_STRINGS[field] ?? "string";
    case "boolean":
      return "bool";
    case "int32":
    case "int64":
      return type.scalar;
    case "int-or-string":
      return "int32";
    default:
      return undefined;
  }
}

function prefixed(prefix: string, type: string | undefined): string | undefined {
  return type === undefined ? undefined : prefix + type;
}

/** Numbers are shown where a number is wanted, as it is then their form or size that is wrong. */
function valueName(value: JsonValue, type: string): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return /^int/.test(type) ? `number ${value}` : "number";
  return typeof value === "boolean" ? "bool" : typeof value;
}
