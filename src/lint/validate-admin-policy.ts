import type { KubernetesObject } from "../model/kubernetes.ts";
import schemas from "./admin-policy-schemas.json" with { type: "json" };
import { type CrdSchema, crdErrors } from "./crd-schema.ts";
import type { FieldError } from "./field-error.ts";
import { metadataErrors } from "./validate-metadata.ts";

export type AdminKind = keyof typeof schemas;

/**
 * What the API server would refuse of a policy of the Admin or Baseline tier that it could decode, in its own words
 * (V18, T11, T15): the schemas and rules of the experimental channel's CRDs.
 */
export function validateAdminPolicy(kind: AdminKind, policy: KubernetesObject): readonly FieldError[] {
  const schema: CrdSchema = schemas[kind];
  return [...metadataErrors(policy.metadata), ...crdErrors(schema, { ...policy })];
}
