import { BlockList, isIPv6 } from "node:net";
import type { Flow, Scenario } from "../model/scenario.ts";
import { NODE_NETWORKS, POD_NETWORKS, SERVICE_NETWORKS } from "./control/addresses.ts";
import type { PortServer } from "./kernel/port-server.ts";

/** A machine beyond the lab's cluster. Packets to it never leave the lab. */
export interface OutsideHost {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  /** Names by which the cluster's DNS knows it, in lower case. */
  readonly names: readonly string[];
  readonly servers: readonly PortServer[];
}

/** What answers on a host that is added by its address alone. */
export const DEFAULT_OUTSIDE_SERVERS: readonly PortServer[] = [
  { serve: "http", port: 80 },
  { serve: "tcp", port: 443 },
  { serve: "http", port: 8080 },
  { serve: "udp", port: 53 },
  { serve: "udp", port: 8081 },
];

/** Addresses for hosts that scenarios name by their name: a range that is nobody's (RFC 5737, TEST-NET-1). */
const NAMED_HOSTS = "192.0.2.";

/**
 * The hosts outside that scenarios send connections to, with servers on the ports that they ask for, merged with those
 * that are given. Addresses of the lab's own networks are left out.
 */
export function outsideHosts(
  scenarios: readonly Scenario[],
  given: readonly OutsideHost[],
): readonly OutsideHost[] {
  const hosts = new Map<string, { names: Set<string>; servers: Map<string, PortServer> }>();
  const at = (address: string) => {
    const known = hosts.get(address) ?? { names: new Set<string>(), servers: new Map<string, PortServer>() };
    hosts.set(address, known);
    return known;
  };
  for (const { address, names, servers } of given) {
    const host = at(address);
    for (const name of names) host.names.add(name);
    for (const server of servers) addServer(host.servers, server);
  }
  const addressOf = new Map<string, string>();
  const nextAddress = (): string => {
    for (let last = 1; ; last++) if (!hosts.has(`${NAMED_HOSTS}${last}`)) return `${NAMED_HOSTS}${last}`;
  };
  const flows = scenarios.flatMap((scenario) => scenario.flows);
  // Addresses that are named first, so that none is given to a name.
  for (const flow of [...flows].sort((a, b) => rank(a) - rank(b))) {
    const { to } = flow;
    const server = serverOf(flow);
    if (to.kind === "ip" && !isInLab(to.ip)) {
      const host = at(to.ip);
      if (server !== undefined) addServer(host.servers, server);
    } else if (to.kind === "host") {
      const name = to.host.toLowerCase().replace(/\.$/, "");
      const address = addressOf.get(name) ?? nextAddress();
      addressOf.set(name, address);
      const host = at(address);
      host.names.add(name);
      if (server !== undefined) addServer(host.servers, server);
    }
  }
  return [...hosts].map(([address, { names, servers }]) => ({
    address,
    names: [...names],
    servers: [...servers.values()],
  }));
}

function rank({ to }: Flow): number {
  return to.kind === "ip" ? 0 : 1;
}

/** One flow may ask for a connection where another asks for HTTP: HTTP serves both. */
function addServer(servers: Map<string, PortServer>, server: PortServer): void {
  const key = `${server.serve === "udp" ? "udp" : "tcp"}:${server.port}`;
  if (server.serve === "http" || !servers.has(key)) servers.set(key, server);
}

/** Undefined where nothing of the lab can serve it (SCTP), or where the flow names no number. */
function serverOf({ to, port, protocol, application }: Flow): PortServer | undefined {
  const ports = "ports" in to ? to.ports : [];
  const named = typeof port === "string" ? ports.find((one) => one.name === port)?.port : port;
  if (named === undefined || protocol === "SCTP") return undefined;
  if (protocol === "UDP") return { serve: "udp", port: named };
  const isHttp =
    application.kind === "http" || ports.some((one) => one.port === named && one.serve === "http");
  return { serve: isHttp ? "http" : "tcp", port: named };
}

const LAB_NETWORKS = new BlockList();
for (const network of [...POD_NETWORKS, ...SERVICE_NETWORKS, ...NODE_NETWORKS]) {
  const [address = "", length = ""] = network.split("/");
  LAB_NETWORKS.addSubnet(address, Number(length), isIPv6(address) ? "ipv6" : "ipv4");
}

/** Whether an address is a pod's, a Service's or a node's, or would be. */
export function isInLab(address: string): boolean {
  return LAB_NETWORKS.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
