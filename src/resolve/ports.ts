import type { PodSpec } from "../model/kubernetes.ts";
import type { EndpointPort } from "../model/scenario.ts";
import { declaredPorts } from "../selectors/container-ports.ts";

/** The declared ports of a pod, for a stand-in that carries the same port names. */
export function containerPortsOf(
  spec: Pick<PodSpec, "containers" | "initContainers">,
): readonly EndpointPort[] {
  return declaredPorts(spec).map((declared) => ({
    ...(declared.name === undefined ? {} : { name: declared.name }),
    port: declared.port,
    protocol: declared.protocol,
    serve: declared.protocol === "UDP" ? ("udp" as const) : ("tcp" as const),
  }));
}
