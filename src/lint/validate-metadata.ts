import type { ObjectMeta } from "../model/kubernetes.ts";
import { type FieldError, invalid, required, tooLong } from "./field-error.ts";
import { byteLength, dnsLabelErrors, dnsSubdomainErrors, labelKeyErrors } from "./name-syntax.ts";
import { labelErrors } from "./validate-selector.ts";

/** All keys and values of an object's annotations together (apimachinery api/validation objectmeta.go). */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * V1: name, namespace, labels and annotations of an object whose name is a DNS subdomain. What people do not
 * write (owner references, finalizers, managed fields) is not looked at.
 */
export function metadataErrors(metadata: ObjectMeta): FieldError[] {
  const name = metadata.name ?? "";
  const namespace = metadata.namespace || "default";
  const annotations = metadata.annotations ?? {};
  const path = ["metadata", "annotations"];
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + byteLength(key) + byteLength(value),
    0,
  );
  return [
    ...(name === ""
      ? [required("invalid-metadata", ["metadata", "name"], "name or generateName is required")]
      : dnsSubdomainErrors(name).map((error) =>
          invalid("invalid-metadata", ["metadata", "name"], name, error),
        )),
    ...dnsLabelErrors(namespace).map((error) =>
      invalid("invalid-metadata", ["metadata", "namespace"], namespace, error),
    ),
    ...labelErrors("invalid-metadata", metadata.labels ?? {}, ["metadata", "labels"]),
    ...Object.keys(annotations).flatMap((key) =>
      labelKeyErrors(key.toLowerCase()).map((error) =>
        invalid("invalid-metadata", path, key, error, [...path, key]),
      ),
    ),
    ...(bytes > MAX_ANNOTATION_BYTES ? [tooLong("invalid-metadata", path, MAX_ANNOTATION_BYTES)] : []),
  ];
}
