/**
 * Writes src/lint/admin-policy-schemas.json: what the API server checks of the spec of each admin policy kind, from the
 * CRDs of the experimental channel of sigs.k8s.io/network-policy-api, which has all fields. v0.1.7 is the last release
 * with the v1alpha1 kinds; the other version is the one that the test bed's engine is built with.
 *
 *     go mod download -json sigs.k8s.io/network-policy-api@v0.1.7    (prints the folder)
 *     npx node scripts/generate-admin-policy-schemas.ts FOLDER_OF_V0.1.7 FOLDER_OF_V0.1.8-0.20260217173220-6bb86defe1a7
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const [v1alpha1, v1alpha2] = process.argv.slice(2);
if (v1alpha1 === undefined || v1alpha2 === undefined) throw new Error("give the folders of both versions");

const FILES: Readonly<Record<string, readonly [folder: string, plural: string]>> = {
  AdminNetworkPolicy: [v1alpha1, "adminnetworkpolicies"],
  BaselineAdminNetworkPolicy: [v1alpha1, "baselineadminnetworkpolicies"],
  ClusterNetworkPolicy: [v1alpha2, "clusternetworkpolicies"],
};

/** What says nothing about a value. */
const SILENT = new Set(["description", "x-kubernetes-map-type", "default"]);

function withoutTexts(schema: unknown, isProperties = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => withoutTexts(item));
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => {
    return isProperties || !(SILENT.has(key) || (key === "x-kubernetes-list-type" && value === "atomic"));
  });
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === "required" && !isProperties
        ? withoutDefaults(value, schema)
        : withoutTexts(value, key === "properties"),
    ]),
  );
}

/** A field with a default is filled in before the object is checked. */
function withoutDefaults(required: unknown, schema: { readonly properties?: unknown }): unknown {
  const properties = schema.properties as Record<string, { readonly default?: unknown }> | undefined;
  return (required as string[]).filter((field) => properties?.[field]?.default === undefined);
}

const schemas = Object.entries(FILES).map(([kind, [folder, plural]]) => {
  const file = join(folder, `config/crd/experimental/policy.networking.k8s.io_${plural}.yaml`);
  const schema = parse(readFileSync(file, "utf8")).spec.versions[0].schema.openAPIV3Schema;
  const rules = schema["x-kubernetes-validations"];
  const root = {
    type: "object",
    properties: { spec: schema.properties.spec },
    required: schema.required,
    ...(rules === undefined ? {} : { "x-kubernetes-validations": rules }),
  };
  return [kind, withoutTexts(root)];
});
const text = JSON.stringify(Object.fromEntries(schemas), null, 2);
writeFileSync(new URL("../src/lint/admin-policy-schemas.json", import.meta.url), `${text}\n`);
