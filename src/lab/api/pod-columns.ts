import type { LabObject } from "../model.ts";
import { type Fields, fieldAt, fieldsOf, isFields, listOf, textOf } from "./fields.ts";

/** What `kubectl get pods` shows of a pod (pkg/printers/internalversion printers.go, printPod). */
export interface PodSummary {
  /** `1/2`. */
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
}

export function podSummary(pod: LabObject): PodSummary {
  const status = fieldsOf(pod.status);
  const phase = textOf(status.phase);
  const initializing = initReason(pod, status);
  const own = containersReason(status);
  const started = initializing === undefined || isTrue(status, "Initialized");
  let reason = initializing ?? (textOf(status.reason) || phase);
  if (started && own.reason !== undefined) reason = own.reason;
  if (started && reason === "Completed" && own.hasRunning) {
    reason = isTrue(status, "Ready") ? "Running" : "NotReady";
  }
  const ended = phase === "Succeeded" || phase === "Failed";
  if (pod.metadata.deletionTimestamp !== undefined && !ended) reason = "Terminating";
  const containers = listOf(fieldAt(pod.spec, ["containers"])).length;
  return { ready: `${own.ready}/${containers}`, status: reason, restarts: own.restarts };
}

function initReason(pod: LabObject, status: Fields): string | undefined {
  const total = listOf(fieldAt(pod.spec, ["initContainers"])).length;
  for (const [index, value] of listOf(status.initContainerStatuses).entries()) {
    const state = fieldsOf(fieldsOf(value).state);
    const ended = state.terminated;
    if (isFields(ended)) {
      if (ended.exitCode === 0) continue;
      return `Init:${textOf(ended.reason) || `ExitCode:${String(ended.exitCode)}`}`;
    }
    const waiting = textOf(fieldsOf(state.waiting).reason);
    return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${total}`;
  }
  return undefined;
}

/** The first container that has something to say decides. */
function containersReason(status: Fields): {
  readonly reason: string | undefined;
  readonly hasRunning: boolean;
  readonly ready: number;
  readonly restarts: number;
} {
  let reason: string | undefined;
  let [ready, restarts] = [0, 0];
  for (const value of [...listOf(status.containerStatuses)].reverse()) {
    const container = fieldsOf(value);
    const { waiting, terminated, running } = fieldsOf(container.state);
    restarts += Number(container.restartCount ?? 0);
    if (isFields(waiting) && textOf(waiting.reason) !== "") reason = textOf(waiting.reason);
    else if (isFields(terminated)) {
      reason = textOf(terminated.reason) || `ExitCode:${String(terminated.exitCode)}`;
    } else if (isFields(running) && container.ready === true) ready += 1;
  }
  return { reason, hasRunning: ready > 0, ready, restarts };
}

/** `1/2`: readiness gates that are met; `<none>` where the pod has none. */
export function readinessGates(pod: LabObject): string {
  const gates = listOf(fieldAt(pod.spec, ["readinessGates"]));
  if (gates.length === 0) return "<none>";
  const status = fieldsOf(pod.status);
  const met = gates.filter((gate) => isTrue(status, textOf(fieldsOf(gate).conditionType)));
  return `${met.length}/${gates.length}`;
}

export function isTrue(status: Fields, type: string): boolean {
  return listOf(status.conditions).some(
    (condition) => fieldsOf(condition).type === type && fieldsOf(condition).status === "True",
  );
}
