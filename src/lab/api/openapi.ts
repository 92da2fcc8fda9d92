import { type FieldType, objectType } from "../../manifests/field-types.ts";
import type { ResourceType } from "../model.ts";
import { OTHER_FIELDS } from "./decode-object.ts";
import { groupVersionPaths } from "./discovery.ts";
import { patchStrategy } from "./patch-strategies.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";

type Schema = Readonly<Record<string, unknown>>;

const INFO = { title: "Kubernetes", version: "netverdict-lab" };

/** Query parameters that kubectl looks for before it leaves checking to the server. */
const PARAMETERS = ["dryRun", "fieldManager", "fieldValidation"];

/**
 * The answer at an OpenAPI path; undefined: it is none. The schemas are those by which objects are decoded, so they
 * say exactly what the lab takes.
 */
export function openApi(path: string): unknown {
  if (path === "/openapi/v2") return documentV2();
  if (path === "/openapi/v3") return { paths: Object.fromEntries(groupVersionPaths().map(indexEntry)) };
  const found = groupVersionPaths().find((one) => path === `/openapi/v3/${one.path}`);
  return found === undefined ? undefined : documentV3(found);
}

function indexEntry({ path }: { readonly path: string }): [string, object] {
  return [path, { serverRelativeURL: `/openapi/v3/${path}` }];
}

function documentV2(): unknown {
  const types = RESOURCE_TYPES;
  return {
    swagger: "2.0",
    info: INFO,
    paths: Object.fromEntries(types.flatMap((type) => pathsOf(type, (schema) => schema))),
    definitions: schemasOf(types, "#/definitions/"),
  };
}

function documentV3({ group, path }: { readonly group: string; readonly path: string }): unknown {
  const types = RESOURCE_TYPES.filter((type) => type.group === group);
  return {
    openapi: "3.0.0",
    info: { ...INFO, title: `Kubernetes ${path}` },
    paths: Object.fromEntries(types.flatMap((type) => pathsOf(type, (schema) => ({ schema })))),
    components: { schemas: schemasOf(types, "#/components/schemas/") },
  };
}

function pathsOf(type: ResourceType, wrap: (schema: Schema) => Schema): readonly [string, object][] {
  const { group, version, kind, resource, namespaced } = type;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${root}${namespaced ? "/namespaces/{namespace}" : ""}/${resource}`;
  const parameters = PARAMETERS.map((name) => ({ name, in: "query", ...wrap({ type: "string" }) }));
  const operation = (action: string) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
    parameters,
    responses: { 200: { description: "OK" } },
  });
  return [
    [collection, { get: operation("list"), post: operation("post"), delete: operation("deletecollection") }],
    [
      `${collection}/{name}`,
      {
        get: operation("get"),
        put: operation("put"),
        patch: operation("patch"),
        delete: operation("delete"),
      },
    ],
  ];
}

/** The kinds and every type below them, by name. */
function schemasOf(types: readonly ResourceType[], prefix: string): Readonly<Record<string, Schema>> {
  const schemas = new Map<string, Schema>();
  const add = (name: string): Schema => {
    if (!schemas.has(name)) {
      schemas.set(name, {}); // before its fields: types refer to themselves
      schemas.set(name, objectSchema(name));
    }
    return { $ref: `${prefix}${name}` };
  };
  const objectSchema = (name: string): Schema => {
    const fields = [...objectType(name).fields].map(([field, type]) => {
      const schema = schemaOf(type);
      return [field, { ...schema, ...extensions(name, field) }];
    });
    return { type: "object", properties: Object.fromEntries(fields) };
  };
  const schemaOf = (type: FieldType): Schema => {
    switch (type.kind) {
      case "object":
        return add(type.type.name);
      case "list":
        return { type: "array", items: schemaOf(type.item) };
      case "map":
        return { type: "object", additionalProperties: schemaOf(type.item) };
      case "scalar":
        return SCALARS[type.scalar];
    }
  };
  for (const { group, version, kind } of types) {
    const others = OTHER_FIELDS[kind];
    if (others === undefined) add(kind);
    else schemas.set(kind, looseSchema(others, add("ObjectMeta")));
    schemas.set(kind, {
      ...schemas.get(kind),
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    });
  }
  return Object.fromEntries(schemas);
}

/** A kind that is stored as it comes: the fields are known, what is in them is not. */
function looseSchema(fields: readonly string[], metadata: Schema): Schema {
  const named = ["apiVersion", "kind"].map((name) => [name, { type: "string" }]);
  const loose = fields.map((name) => [name, { "x-kubernetes-preserve-unknown-fields": true }]);
  return { type: "object", properties: Object.fromEntries([...named, ["metadata", metadata], ...loose]) };
}

function extensions(type: string, field: string): Schema {
  const strategy = patchStrategy(type, field);
  if (strategy === undefined) return {};
  const names = [strategy.merge ? "merge" : "", strategy.retainKeys ? "retainKeys" : ""].filter(Boolean);
  const key = strategy.mergeKey;
  return {
    "x-kubernetes-patch-strategy": names.join(","),
    ...(key === undefined ? {} : { "x-kubernetes-patch-merge-key": key }),
  };
}

const TEXT: Schema = { type: "string" };

const SCALARS = {
  string: TEXT,
  bytes: { type: "string", format: "byte" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  number: { type: "number" },
  "int-or-string": { type: "string", format: "int-or-string" },
  quantity: TEXT,
  time: { type: "string", format: "date-time" },
  microtime: { type: "string", format: "date-time" },
  any: { type: "object" },
} as const satisfies Readonly<Record<string, Schema>>;
