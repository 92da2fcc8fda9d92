import { isDeepStrictEqual } from "node:util";
import type { LabObject, ResourceType } from "../model.ts";
import { forbiddenValue, invalidValue } from "./field-causes.ts";
import { type Fields, fieldsOf, listOf } from "./fields.ts";
import { invalidObject, type StatusCause } from "./status-error.ts";

const POD_RULE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Fields of workloads that stay as they were created. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  deployments: ["selector"],
  replicasets: ["selector"],
  daemonsets: ["selector"],
  statefulsets: ["selector", "serviceName", "podManagementPolicy"],
  jobs: ["selector", "template", "completions"],
};

/** 422 where an update changes what can't be changed (k8s.io/kubernetes pkg/apis, each ValidateXUpdate). */
export function validateUpdate(type: ResourceType, object: LabObject, current: LabObject): void {
  const [spec, before] = [fieldsOf(object.spec), fieldsOf(current.spec)];
  const causes: StatusCause[] = [];
  if (type.resource === "pods" && !isDeepStrictEqual(fixedPart(spec), fixedPart(before))) {
    causes.push(forbiddenValue(["spec"], POD_RULE));
  }
  for (const field of IMMUTABLE[type.resource] ?? []) {
    if (isDeepStrictEqual(spec[field], before[field])) continue;
    causes.push(invalidValue(["spec", field], shown(spec[field]), "field is immutable"));
  }
  const changedData = ["data", "binaryData"].some((name) => !isDeepStrictEqual(object[name], current[name]));
  if (current.immutable === true && (changedData || object.immutable !== true)) {
    causes.push(forbiddenValue(["data"], "field is immutable when `immutable` is set"));
  }
  if (causes.length > 0) throw invalidObject(type, object.metadata.name, causes);
}

/** A pod's spec without what may change; a node is given by binding, which is not an update. */
function fixedPart(spec: Fields): Fields {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = spec;
  return {
    ...rest,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
  };
}

function withoutImages(containers: unknown): readonly unknown[] {
  return listOf(containers).map((container) => {
    const { image: _image, imagePullPolicy: _policy, ...rest } = fieldsOf(container);
    return rest;
  });
}

function shown(value: unknown): string | number | object {
  if (typeof value === "number" || (typeof value === "object" && value !== null)) return value;
  return String(value ?? "");
}
