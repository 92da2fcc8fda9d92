import { decodeObject, type FieldProblem } from "../../manifests/decode.ts";
import { JsonReader, JsonSyntaxError } from "../../manifests/json-reader.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../manifests/json-value.ts";
import type { ResourceType } from "../model.ts";
import type { Fields } from "./fields.ts";
import { apiVersionOf } from "./resource-types.ts";
import { badRequest, invalidObject } from "./status-error.ts";

/** What is done about fields that the API does not know (`fieldValidation` of a query). */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface DecodedBody {
  readonly object: Fields;
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
}

/**
 * Top-level fields of kinds that the field table of src/manifests does not hold (k8s.io/api). What is below them is
 * kept as it came: nothing in the lab reads it.
 */
export const OTHER_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["data", "binaryData", "immutable"],
  Secret: ["data", "stringData", "type", "immutable"],
  ServiceAccount: ["secrets", "imagePullSecrets", "automountServiceAccountToken"],
  Event: [
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "type",
    "eventTime",
    "series",
    "action",
    "related",
    "reportingComponent",
    "reportingInstance",
  ],
  ResourceQuota: ["spec", "status"],
  LimitRange: ["spec"],
  Role: ["rules"],
  ClusterRole: ["rules", "aggregationRule"],
  RoleBinding: ["subjects", "roleRef"],
  ClusterRoleBinding: ["subjects", "roleRef"],
};

/** `Strict`: also keys that stand twice are found. 400 where the text is no JSON object. */
export function parseJson(
  text: string,
  validation: FieldValidation,
): { object: JsonObject; duplicates: string[] } {
  try {
    if (validation !== "Strict") return { object: asJsonObject(JSON.parse(text)), duplicates: [] };
    const reader = new JsonReader(text, 0);
    const object = asJsonObject(reader.value());
    if (!reader.atEnd()) throw new SyntaxError("more text follows the object");
    return { object, duplicates: reader.problems.map(({ message }) => message) };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof JsonSyntaxError)) throw error;
    throw badRequest(`the body of the request could not be read as JSON: ${error.message}`);
  }
}

function asJsonObject(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw badRequest("the body of the request must be a JSON object");
  return value;
}

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get("fieldValidation") || "Warn";
  if (value === "Strict" || value === "Warn" || value === "Ignore") return value;
  throw badRequest(`invalid fieldValidation: ${value}: must be Strict, Warn or Ignore`);
}

/**
 * An object as the API server decodes it: nulls are absent fields, unknown fields are dropped, with a warning, or
 * refused. 400 where a type does not fit or a strict request has unknown fields, 422 where a required field is absent.
 */
export function decodeBody(
  type: ResourceType,
  value: JsonObject,
  options: { readonly validation: FieldValidation; readonly duplicates?: readonly string[] },
): DecodedBody {
  checkKind(type, value);
  const { object, problems } = decodeKind(type, value);
  const unknown = [...(options.duplicates ?? [])];
  const missing: string[] = [];
  for (const { refusal } of problems) {
    if (refusal.code === "unknown-field") unknown.push(refusal.detail);
    else if (refusal.code === "missing-field") missing.push(refusal.path ?? "");
    else {
      const version = apiVersionOf(type);
      throw badRequest(
        `${type.kind} in version "${version}" cannot be handled as a ${type.kind}: ${refusal.detail}`,
      );
    }
  }
  if (options.validation === "Strict" && unknown.length > 0) {
    throw badRequest(`strict decoding error: ${unknown.join(", ")}`);
  }
  if (missing.length > 0) {
    throw invalidObject(
      type,
      String((object.metadata as Fields | undefined)?.name ?? ""),
      missing.map((field) => ({ reason: "FieldValueRequired", message: "Required value", field })),
    );
  }
  return { object, warnings: options.validation === "Warn" ? unknown : [] };
}

/** kubectl may leave both out of a patch, never out of an object. */
function checkKind(type: ResourceType, value: JsonObject): void {
  const [apiVersion, kind] = [apiVersionOf(type), type.kind];
  for (const [field, wanted] of [
    ["apiVersion", apiVersion],
    ["kind", kind],
  ] as const) {
    const found = value[field];
    if (found !== undefined && found !== wanted) {
      throw badRequest(
        `the ${field === "kind" ? "kind" : "API version"} in the data (${String(found)}) does not match the expected ${
          field === "kind" ? "kind" : "API version"
        } (${wanted})`,
      );
    }
  }
}

function decodeKind(
  type: ResourceType,
  value: JsonObject,
): { readonly object: JsonObject; readonly problems: readonly FieldProblem[] } {
  const fields = OTHER_FIELDS[type.kind];
  if (fields === undefined) return decodeObject(type.kind, value);
  const known = new Set(["apiVersion", "kind", "metadata", ...fields]);
  // Two decodings in one: the fields here, the metadata by the field table, under the path that it has in a pod.
  const decoded = decodeObject("Pod", { metadata: value.metadata ?? {}, spec: { containers: [] } });
  const unknown = Object.keys(value).filter((name) => !known.has(name));
  const problems = unknown.map((name): FieldProblem => {
    const message = `unknown field "${name}"`;
    return {
      path: [name],
      at: "key",
      message,
      refusal: { code: "unknown-field", path: name, detail: message },
    };
  });
  const kept = Object.entries(value).filter(([name, field]) => known.has(name) && field !== null);
  return {
    object: { ...Object.fromEntries(kept), metadata: decoded.object.metadata ?? {} },
    problems: [...problems, ...decoded.problems],
  };
}
