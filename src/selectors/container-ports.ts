import type { Container, PodSpec, Protocol, ServicePort } from "../model/kubernetes.ts";

/** Whose port names count beside those of the containers: of no init container, of sidecars, of all (S30). */
export type InitContainerPorts = "none" | "restartable" | "all";

export interface DeclaredPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: Protocol;
  readonly container: string;
  /** Of a restartable init container: network plugins differ on whether its names count (S30). */
  readonly sidecar: boolean;
}

type Containers = Pick<PodSpec, "containers" | "initContainers">;

/** Ports of all containers, then of the init containers that keep running (`restartPolicy: Always`, S30) or of others. */
export function declaredPorts(
  spec: Containers,
  init: InitContainerPorts = "restartable",
): readonly DeclaredPort[] {
  const more = (spec.initContainers ?? []).filter(
    ({ restartPolicy }) => init === "all" || (init === "restartable" && restartPolicy === "Always"),
  );
  return [
    ...spec.containers.flatMap((container) => portsOf(container, false)),
    ...more.flatMap((container) => portsOf(container, container.restartPolicy === "Always")),
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
export function resolveNamedPort(
  spec: Containers,
  name: string,
  protocol: Protocol,
  init: InitContainerPorts = "restartable",
): readonly number[] {
  const numbers = declaredPorts(spec, init)
    .filter((declared) => declared.name === name && declared.protocol === protocol)
    .map((declared) => declared.port);
  return [...new Set(numbers)];
}

/**
 * Whether some container, or some init container that counts, declares this port by this name and protocol: the same as
 * asking `resolveNamedPort` for it, without making a list.
 */
export function declaresPort(
  { containers, initContainers }: Containers,
  { name, port, protocol }: { readonly name: string; readonly port: number; readonly protocol: Protocol },
  init: InitContainerPorts,
): boolean {
  const declares = (container: Container): boolean => {
    for (const declared of container.ports ?? []) {
      if (
        declared.containerPort === port &&
        declared.name === name &&
        (declared.protocol ?? "TCP") === protocol
      ) {
        return true;
      }
    }
    return false;
  };
  if (containers.some(declares)) {
    return true;
  }
  return (
    init !== "none" &&
    (initContainers ?? []).some(
      (container) => (init === "all" || container.restartPolicy === "Always") && declares(container),
    )
  );
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
