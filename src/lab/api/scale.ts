import { isJsonObject, type JsonObject } from "../../manifests/json-value.ts";
import type { LabObject } from "../model.ts";
import { fieldAt, fieldsOf } from "./fields.ts";
import type { Target } from "./objects.ts";
import { type Patch, patchedObject } from "./patch-object.ts";
import { badRequest } from "./status-error.ts";

/** The replicas of a workload as an object of their own (autoscaling/v1 Scale). */
export function scaleOf(object: LabObject): JsonObject {
  const { name, namespace = "", uid, resourceVersion, creationTimestamp } = object.metadata;
  const path = object.kind === "ReplicationController" ? ["selector"] : ["selector", "matchLabels"];
  const labels = fieldsOf(fieldAt(object.spec, path));
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(fieldAt(object.spec, ["replicas"]) ?? 0) },
    status: { replicas: Number(fieldAt(object.status, ["replicas"]) ?? 0), selector: selector.join(",") },
  };
}

/** The scale of a workload after a patch. It has no lists, so both kinds of merge are the same. */
export function patchedScale(
  { type }: Pick<Target, "type">,
  object: LabObject,
  { mediaType, text }: Patch,
): JsonObject {
  const scale = scaleOf(object) as unknown as LabObject;
  return patchedObject(type, scale, { mediaType: mediaType.replace("strategic-merge", "merge"), text });
}

/** The workload with the replicas of a scale. 400 where it names no number of them. */
export function withScale(object: LabObject, scale: JsonObject): LabObject {
  const replicas = isJsonObject(scale.spec) ? (scale.spec.replicas ?? 0) : undefined;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) {
    throw badRequest("spec.replicas: must be a number of 0 or more");
  }
  return { ...object, spec: { ...fieldsOf(object.spec), replicas } };
}
