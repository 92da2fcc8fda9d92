import type { LabObject } from "../model.ts";
import { fieldAt, fieldsOf, isFields, listOf, textOf } from "./fields.ts";
import { badRequest } from "./status-error.ts";

/** Which container a request for a pod's log or for an exec means (pkg/registry/core/pod strategy.go). */
export function chooseContainer(pod: LabObject, asked: string): string {
  const { name } = pod.metadata;
  const containers = containerNames(pod, "containers");
  const all = [...containerNames(pod, "initContainers"), ...containers];
  if (asked !== "") {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const [only] = containers;
  if (only !== undefined && containers.length === 1) return only;
  const choice = all.length === 0 ? "" : `, choose one of: [${all.join(" ")}]`;
  throw badRequest(`a container name must be specified for pod ${name}${choice}`);
}

/** Whether a container's process runs now, by the pod's status. */
export function isRunning(pod: LabObject, container: string): boolean {
  return isFields(fieldAt(statusOf(pod, container), ["state", "running"]));
}

/** Why a container does not run yet: `ContainerCreating`; undefined where it has run. */
export function waitingReason(pod: LabObject, container: string): string | undefined {
  const status = statusOf(pod, container);
  const state = fieldsOf(fieldsOf(status).state);
  if (isFields(state.running) || isFields(state.terminated)) return undefined;
  return textOf(fieldAt(state, ["waiting", "reason"])) || "ContainerCreating";
}

function statusOf(pod: LabObject, container: string): unknown {
  const status = fieldsOf(pod.status);
  const all = [...listOf(status.containerStatuses), ...listOf(status.initContainerStatuses)];
  return all.find((one) => fieldsOf(one).name === container);
}

function containerNames(pod: LabObject, field: string): readonly string[] {
  return listOf(fieldAt(pod.spec, [field])).map((container) => textOf(fieldsOf(container).name));
}
