/**
 * Writes src/lab/api/protobuf-fields.json (src/lab/api/protobuf-types.ts says what it holds) from the Go sources: the
 * numbers of the fields of all types in src/manifests/kubernetes-fields.json and of those that are reached from ROOTS,
 * of which it writes the types of the fields too. Go downloads the modules, unless their folders are given.
 *
 *     npx node scripts/generate-protobuf-types.ts [API_MODULE APIMACHINERY_MODULE]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import known from "../src/manifests/kubernetes-fields.json" with { type: "json" };

const VERSION = "v0.36.3";

/** Further kinds that kubectl's own commands may send as protobuf. */
const ROOTS = [
  "ClusterRole",
  "ClusterRoleBinding",
  "ConfigMap",
  "DeleteOptions",
  "Event",
  "Eviction",
  "LimitRange",
  "ResourceQuota",
  "Role",
  "RoleBinding",
  "Scale",
  "Secret",
  "SelfSubjectAccessReview",
  "SelfSubjectReview",
  "SelfSubjectRulesReview",
  "ServiceAccount",
];

const API_PACKAGES = [
  "apps/v1",
  "authentication/v1",
  "authorization/v1",
  "autoscaling/v1",
  "batch/v1",
  "core/v1",
  "discovery/v1",
  "networking/v1",
  "policy/v1",
  "rbac/v1",
];
const META_PACKAGE = "pkg/apis/meta/v1";

/** Types whose name another package has too, as OpenAPI calls them; Preconditions are those of DeleteOptions. */
const NAMES: Readonly<Record<string, string>> = {
  "core/v1 Preconditions": "CoreV1Preconditions",
  "core/v1 ResourceClaim": "CoreV1ResourceClaim",
  "discovery/v1 EndpointPort": "DiscoveryV1EndpointPort",
};

/** Go types to the names that src/manifests/field-types.ts has for them. */
const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  bool: "boolean",
  int32: "int32",
  int64: "int64",
  "types.UID": "string",
  "metav1.Time": "time",
  "metav1.MicroTime": "microtime",
  "resource.Quantity": "quantity",
};

interface GoField {
  /** In JSON; empty: the type's fields are those of the struct that it is in. */
  readonly name: string;
  readonly type: string;
  readonly number: number;
}

const structs = new Map<string, readonly GoField[]>();
const ambiguous = new Set<string>();
/** Named types that are no structs, with what they are. */
const aliases = new Map<string, string>();

function readPackage(folder: string, path: string): void {
  const source = readFileSync(join(folder, path, "types.go"), "utf8");
  for (const [, goName = "", body = ""] of source.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
    const name = NAMES[`${path} ${goName}`] ?? goName;
    if (structs.has(name)) ambiguous.add(name);
    const fields = body.matchAll(/^\s+(?:\w+\s+)?([*[\]\w.]+)\s+`json:"([^",]*)[^`]* protobuf:"\w+,(\d+)/gm);
    structs.set(
      name,
      [...fields].map(([, type = "", name = "", number]) => ({ name, type, number: Number(number) })),
    );
  }
  for (const [, name = "", type = ""] of source.matchAll(/^type (\w+) ([[\]\w.]+)$/gm))
    aliases.set(name, type);
}

function fieldsOf(name: string): readonly GoField[] {
  const fields = structs.get(name);
  if (fields === undefined) throw new Error(`the Go sources have no type ${name}`);
  if (ambiguous.has(name))
    throw new Error(`several Go packages have a type ${name}: name one of them in NAMES`);
  return fields;
}

function withoutPackage(type: string): string {
  return type.replace(/^\*?(?:\w+\.)?/, "");
}

const numbers = new Map<string, readonly (string | null)[]>();

function addNumbers(name: string): void {
  if (numbers.has(name)) return;
  const row: (string | null)[] = [];
  numbers.set(name, row);
  for (const field of fieldsOf(name)) {
    while (row.length < field.number) row.push(null);
    row[field.number - 1] = numbered(field);
    if (field.name === "") addNumbers(withoutPackage(field.type));
  }
}

function numbered({ name, type }: GoField): string {
  if (name === "") return `~${withoutPackage(type)}`;
  return /^\*\w/.test(type) ? `${name}*` : name;
}

const types = new Map<string, Readonly<Record<string, string>>>();

function addTypes(name: string): void {
  if (types.has(name) || Object.hasOwn(known, name)) return;
  const row: Record<string, string> = {};
  types.set(name, row);
  for (const { name: field, type } of fieldsOf(name)) {
    if (field === "")
      throw new Error(`${name} has ${type} inside of it, and src/lab/api does not expect that`);
    // It is not the client's to write: protobuf-body.ts passes over a field without a type.
    if (field !== "status") row[field] = fieldType(type);
  }
}

function fieldType(goType: string): string {
  const type = goType.replace(/^\*/, "");
  if (type === "[]byte") return "bytes";
  if (type.startsWith("[]")) return `${fieldType(type.slice(2))}[]`;
  const entry = /^map\[\w+\](.*)/.exec(type)?.[1];
  if (entry !== undefined) return `${fieldType(entry)}{}`;
  const scalar = SCALARS[type];
  if (scalar !== undefined) return scalar;
  const name = withoutPackage(type);
  const alias = aliases.get(name);
  if (alias !== undefined) return fieldType(alias);
  addTypes(name);
  return name;
}

/** A field that only one of both has would be passed over in silence. */
function checkAgainstKnown(name: string, fields: object): void {
  const inGo = jsonNames(name);
  const differing = [
    ...inGo.filter((field) => !Object.hasOwn(fields, field)),
    // A kind's own apiVersion and kind are in the envelope, not in the message.
    ...Object.keys(fields).filter((field) => !inGo.includes(field) && !/^(apiVersion|kind)$/.test(field)),
  ];
  if (differing.length === 0) return;
  throw new Error(`kubernetes-fields.json and Go differ in fields of ${name}: ${differing.join(", ")}`);
}

function jsonNames(name: string): readonly string[] {
  return fieldsOf(name).flatMap((field) =>
    field.name === "" ? jsonNames(withoutPackage(field.type)) : [field.name],
  );
}

function downloaded(module: string): string {
  const go = spawnSync("go", ["mod", "download", "-json", `${module}@${VERSION}`], { encoding: "utf8" });
  if (go.error !== undefined) fail("go can't be run: install Go, or give the folders of both modules");
  const { Dir, Error: reason } = JSON.parse(go.stdout || "{}") as { Dir?: string; Error?: string };
  return Dir ?? fail(`go can't download ${module}@${VERSION}: ${reason ?? go.stderr}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const [api = downloaded("k8s.io/api"), machinery = downloaded("k8s.io/apimachinery")] = process.argv.slice(2);
for (const path of API_PACKAGES) readPackage(api, path);
readPackage(machinery, META_PACKAGE);
for (const root of ROOTS) addTypes(root);
for (const [name, fields] of Object.entries(known)) checkAgainstKnown(name, fields);
for (const name of [...Object.keys(known), ...types.keys()]) addNumbers(name);

function sorted<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const target = inRepository("src/lab/api/protobuf-fields.json");
writeFileSync(target, JSON.stringify({ numbers: sorted(numbers), types: sorted(types) }));
execFileSync(inRepository("node_modules/.bin/biome"), ["format", "--write", target], { stdio: "inherit" });
