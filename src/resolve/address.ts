import type { CidrEndpoint, HostEndpoint, IpEndpoint } from "../model/scenario.ts";
import type { CidrEnd, UnknownAddressEnd } from "../model/traffic.ts";

export function addressEnd(endpoint: IpEndpoint | CidrEndpoint): CidrEnd;
export function addressEnd(endpoint: IpEndpoint | CidrEndpoint | HostEndpoint): CidrEnd | UnknownAddressEnd;
/** The evaluator's view of an end that is no pod. */
export function addressEnd(endpoint: IpEndpoint | CidrEndpoint | HostEndpoint): CidrEnd | UnknownAddressEnd {
  switch (endpoint.kind) {
    case "ip":
      return ipEnd(endpoint.ip);
    case "cidr":
      return { kind: "cidr", cidr: endpoint.cidr, display: endpoint.cidr };
    case "host":
      return { kind: "unknown-address", display: endpoint.host, host: endpoint.host };
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

/** A single address as a range of one. */
export function ipEnd(ip: string): CidrEnd {
  return { kind: "cidr", cidr: `${ip}/${ip.includes(":") ? 128 : 32}`, display: ip };
}
