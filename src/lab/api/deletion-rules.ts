import type { DeleteOptions, LabObject, ResourceType } from "../model.ts";
import { fieldsOf } from "./fields.ts";

/** Pods get time to end, unless nothing of them runs (pkg/registry/core/pod strategy.go, CheckGracefulDelete). */
export function graceSeconds(type: ResourceType, object: LabObject, options: DeleteOptions): number {
  if (type.resource !== "pods") return 0;
  const spec = fieldsOf(object.spec);
  const { phase } = fieldsOf(object.status);
  if (!spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  const own =
    typeof spec.terminationGracePeriodSeconds === "number" ? spec.terminationGracePeriodSeconds : 30;
  return Math.max(options.gracePeriodSeconds ?? own, 0);
}

export function propagationFinalizers(
  finalizers: readonly string[],
  policy: DeleteOptions["propagationPolicy"],
): readonly string[] {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((name) => name !== "foregroundDeletion" && name !== "orphan");
  if (policy === "Foreground") return [...others, "foregroundDeletion"];
  return policy === "Orphan" ? [...others, "orphan"] : others;
}

/** Marked for deletion, and neither a finalizer nor a grace period holds it. */
export function isReleased(object: LabObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0)
    return false;
  const held = fieldsOf(object.spec).finalizers; // of a namespace
  return !Array.isArray(held) || held.length === 0;
}
