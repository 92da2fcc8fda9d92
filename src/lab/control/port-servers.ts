import type { PortServer } from "../kernel/port-server.ts";
import type { Container, LabPod } from "./pod.ts";
import { containerPortNumber } from "./ports.ts";

/**
 * The servers in place of an image that the lab does not have: one on each port that the container declares, and on
 * those that its readiness probe asks. HTTP where the port's name begins with `http` (not `https`) or the probe speaks it.
 */
export function portServers(pod: LabPod, container: Container): readonly PortServer[] {
  const servers = new Map<string, PortServer>();
  const add = (server: PortServer): void => {
    const key = `${server.serve === "udp" ? "udp" : "tcp"}:${server.port}`;
    if (server.serve === "http" || !servers.has(key)) servers.set(key, server);
  };
  for (const { name = "", containerPort, protocol = "TCP" } of container.ports ?? []) {
    if (protocol === "TCP") add({ serve: /^http(?!s)/.test(name) ? "http" : "tcp", port: containerPort });
    if (protocol === "UDP") add({ serve: "udp", port: containerPort });
  }
  const { tcpSocket, httpGet, grpc } = container.readinessProbe ?? {};
  const wanted = httpGet ?? tcpSocket ?? grpc;
  const port = wanted === undefined ? undefined : containerPortNumber(pod, wanted.port, "TCP");
  if (port !== undefined) add({ serve: httpGet !== undefined && !isTls(httpGet) ? "http" : "tcp", port });
  return [...servers.values()];
}

function isTls({ scheme }: { readonly scheme?: string }): boolean {
  return scheme?.toUpperCase() === "HTTPS";
}
