import type { StandInTemplate } from "../model/resolved.ts";
import type { EndpointPort } from "../model/scenario.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";

/** Templates with the same key are the same pod, whatever the ports. */
export function templateKey(template: StandInTemplate): string {
  const labels = Object.entries(template.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([template.namespace, labels]);
}

/**
 * The ports of both, one for each number and protocol: a name that one of them gives counts, and an HTTP server serves
 * those who only connect, too. The same array where `b` adds nothing.
 */
export function mergePorts(a: readonly EndpointPort[], b: readonly EndpointPort[]): readonly EndpointPort[] {
  let merged = a;
  for (const port of b) {
    const index = merged.findIndex((other) => other.port === port.port && other.protocol === port.protocol);
    const known = merged[index];
    if (known === undefined) {
      merged = [...merged, port];
      continue;
    }
    const name = known.name ?? port.name;
    const serve = port.serve === "http" ? "http" : known.serve;
    if (name === known.name && serve === known.serve) continue;
    merged = merged.with(index, { ...known, ...(name === undefined ? {} : { name }), serve });
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
