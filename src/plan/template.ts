import type { StandInTemplate } from "../model/resolved.ts";
import type { EndpointPort } from "../model/scenario.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";

/** Templates with the same key are the same pod, whatever the ports. */
export function templateKey(template: StandInTemplate): string {
  const labels = Object.entries(template.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([template.namespace, labels]);
}

export function mergePorts(a: readonly EndpointPort[], b: readonly EndpointPort[]): readonly EndpointPort[] {
  const merged = [...a];
  for (const port of b) {
    const same = merged.findIndex((other) => other.port === port.port && other.protocol === port.protocol);
    const known = merged[same];
    if (known === undefined) merged.push(port);
    else if (known.name === undefined && port.name !== undefined) merged[same] = port;
  }
  return merged;
}

/** The evaluator's view of a stand-in before it exists: its address and node are not known. */
export function templateEnd(id: string, template: StandInTemplate): PodEnd {
  const labels = { ...template.labels, [STAND_IN_LABEL]: "true" };
  return {
    kind: "pod",
    key: `stand-in ${id}`,
    display: template.display,
    namespace: template.namespace,
    labels,
    spec: { containers: [{ name: "probe", ports: containerPorts(template.ports) }] },
    ips: undefined,
  };
}

export function containerPorts(
  ports: readonly EndpointPort[],
): readonly { name?: string; containerPort: number; protocol: EndpointPort["protocol"] }[] {
  return ports.map((port) => ({
    ...(port.name === undefined ? {} : { name: port.name }),
    containerPort: port.port,
    protocol: port.protocol,
  }));
}
