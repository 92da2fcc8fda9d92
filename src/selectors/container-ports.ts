import type { Container, PodSpec, Protocol, ServicePort } from "../model/kubernetes.ts";

export interface DeclaredPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: Protocol;
  readonly container: string;
  /** Of a restartable init container: network plugins differ on whether its names count (S30). */
  readonly sidecar: boolean;
}

type Containers = Pick<PodSpec, "containers" | "initContainers">;

/** Ports of all containers, then of the init containers that keep running (`restartPolicy: Always`, S30). */
export function declaredPorts(spec: Containers): readonly DeclaredPort[] {
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return [
    ...spec.containers.flatMap((container) => portsOf(container, false)),
    ...sidecars.flatMap((container) => portsOf(container, true)),
  ];
}

function portsOf(container: Container, sidecar: boolean): DeclaredPort[] {
  return (container.ports ?? []).map(({ name, containerPort, protocol }) => ({
    name: name ?? undefined,
    port: containerPort,
    protocol: protocol ?? "TCP",
    container: container.name,
    sidecar,
  }));
}

/**
 * The numbers that a port name in a NetworkPolicy stands for on this pod: every declared port with that name *and*
 * protocol (S27, S28). Empty: the entry matches nothing there. More than one: the name is ambiguous.
 */
export function resolveNamedPort(spec: Containers, name: string, protocol: Protocol): readonly number[] {
  const numbers = declaredPorts(spec)
    .filter((declared) => declared.name === name && declared.protocol === protocol)
    .map((declared) => declared.port);
  return [...new Set(numbers)];
}

/**
 * The port of this pod that a Service port leads to: its `targetPort`, the number itself where there is none; the
 * first declared port of that name and protocol for a name. Undefined: the pod has no such port and is no endpoint of
 * it (S42, endpointslice FindPort).
 */
export function findTargetPort(spec: Containers, servicePort: ServicePort): number | undefined {
  const { targetPort } = servicePort;
  if (typeof targetPort === "string" && targetPort !== "") {
    return resolveNamedPort(spec, targetPort, servicePort.protocol ?? "TCP")[0];
  }
  return typeof targetPort === "number" && targetPort !== 0 ? targetPort : servicePort.port;
}
