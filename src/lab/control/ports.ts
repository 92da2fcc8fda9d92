import type { Protocol } from "../../model/kubernetes.ts";
import type { Container, LabPod } from "./pod.ts";

/** The containers that run beside each other: sidecars among the init containers, too. */
export function runningContainers({ spec }: LabPod): readonly Container[] {
  return [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers];
}

export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === "Always";
}

/** A port's number in a pod; a name is looked up with its protocol. Undefined: the pod declares no such name. */
export function containerPortNumber(
  pod: LabPod,
  port: number | string,
  protocol: Protocol,
): number | undefined {
  if (typeof port === "number") return port;
  const named = runningContainers(pod)
    .flatMap((container) => container.ports ?? [])
    .find((one) => one.name === port && (one.protocol ?? "TCP") === protocol);
  return named?.containerPort;
}
