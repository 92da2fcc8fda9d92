/**
 * Writes src/manifests/kubernetes-fields.json: the fields of the Kubernetes kinds that we read and of all types
 * below them, with their types, taken from the client library's own models (which come from the API's OpenAPI).
 *
 *     npx node scripts/generate-kubernetes-fields.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as client from "@kubernetes/client-node";

/** Fields of one type: name in JSON to the type as src/manifests/field-types.ts reads it. */
export type FieldTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

const ROOTS = [
  "V1CronJob",
  "V1DaemonSet",
  "V1Deployment",
  "V1EndpointSlice",
  "V1Job",
  "V1Namespace",
  "V1NetworkPolicy",
  "V1Node",
  "V1Pod",
  "V1ReplicaSet",
  "V1ReplicationController",
  "V1Service",
  "V1StatefulSet",
];

/**
 * Fields whose Go type is resource.Quantity or a map of it (k8s.io/api core/v1 types.go): they take numbers and
 * strings, but OpenAPI, and so the client's models, call them strings.
 */
const QUANTITIES: ReadonlySet<string> = new Set([
  "V1ContainerStatus.allocatedResources",
  "V1EmptyDirVolumeSource.sizeLimit",
  "V1NodeAllocatableResourceClaimStatus.resources",
  "V1NodeStatus.allocatable",
  "V1NodeStatus.capacity",
  "V1PersistentVolumeClaimStatus.allocatedResources",
  "V1PersistentVolumeClaimStatus.capacity",
  "V1PodSpec.overhead",
  "V1PodStatus.allocatedResources",
  "V1ResourceFieldSelector.divisor",
  "V1ResourceRequirements.limits",
  "V1ResourceRequirements.requests",
  "V1VolumeResourceRequirements.limits",
  "V1VolumeResourceRequirements.requests",
]);

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** All types that can be reached from the roots, by name, each with its fields by name. */
export function kubernetesFields(): FieldTable {
  const types = new Map<string, Readonly<Record<string, string>>>();
  const waiting = [...ROOTS];
  for (let model = waiting.pop(); model !== undefined; model = waiting.pop()) {
    if (types.has(model)) continue;
    const fields: [string, string][] = [];
    for (const attribute of attributesOf(model)) {
      const quantity = QUANTITIES.has(`${model}.${attribute.baseName}`);
      const type = fieldType(attribute.type, quantity ? "quantity" : attribute.format, waiting);
      fields.push([attribute.baseName, type]);
    }
    types.set(model, sorted(fields));
  }
  return sorted([...types].map(([model, fields]) => [shortName(model), fields]));
}

function attributesOf(model: string): readonly Attribute[] {
  const found: unknown = Reflect.get(client, model);
  if (typeof found !== "function") throw new Error(`the client library has no model ${model}`);
  const list: unknown = Reflect.get(found, "attributeTypeMap");
  if (!Array.isArray(list)) throw new Error(`model ${model} of the client library lists no attributes`);
  return list;
}

/** The field table's name of a type; model names that are met on the way are added to `models`. */
function fieldType(type: string, format: string, models: string[]): string {
  const array = /^Array<(.*)>$/.exec(type)?.[1];
  if (array !== undefined) return `${fieldType(array, format, models)}[]`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return `${fieldType(map, format, models)}{}`;
  switch (type) {
    case "string":
      if (format === "quantity") return "quantity";
      return format === "byte" ? "bytes" : "string";
    case "number":
      return format === "int32" || format === "int64" ? format : "number";
    case "boolean":
    case "any":
      return type;
    case "Date":
      return "time";
    case "V1MicroTime":
      return "microtime";
    case "IntOrString":
      return "int-or-string";
    default:
      models.push(type);
      return shortName(type);
  }
}

function shortName(model: string): string {
  return model.replace(/^V1(?=[A-Z])/, "");
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL("../src/manifests/kubernetes-fields.json", import.meta.url);
  writeFileSync(target, `${JSON.stringify(kubernetesFields(), null, 2)}\n`);
}
