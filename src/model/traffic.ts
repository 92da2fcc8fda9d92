import type { Labels, PodSpec, Protocol } from "./kubernetes.ts";

/** What policies can be asked about; ICMP has no ports. */
export type TrafficProtocol = Protocol | "ICMP";

/** A pod as one end of a connection: a real pod, a pod from a template, or a stand-in. */
export interface PodEnd {
  readonly kind: "pod";
  /** Recognises the same pod at both ends: `namespace/name`, or the stand-in's id before it has a name. */
  readonly key: string;
  /** For people: `shop/database-0`, or `shop/{tier: database}` where there is no name. */
  readonly display: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** Declared ports, for named ports in policies. */
  readonly spec: Pick<PodSpec, "containers" | "initContainers" | "hostNetwork">;
  /** All addresses, both families; undefined: not known yet, so ipBlock rules leave the answer undetermined. */
  readonly ips: readonly string[] | undefined;
  /** Addresses of the pod's node where known; traffic from there is always allowed in (S35). */
  readonly nodeIps?: readonly string[];
}

/** An address, or every address of a range. An address is written as a range of one: `203.0.113.10/32`. */
export interface CidrEnd {
  readonly kind: "cidr";
  readonly cidr: string;
  readonly display: string;
}

/** An end outside the cluster whose address is not known (a host name that was not resolved). */
export interface UnknownAddressEnd {
  readonly kind: "unknown-address";
  readonly display: string;
  /** The name, for policies that select by names (T7). */
  readonly host?: string;
}

/** The Service by which a connection goes; its endpoint is the end of the connection (S40). */
export interface ServiceHop {
  /** `namespace/name` */
  readonly name: string;
  readonly namespace: string;
  /** What is dialled; absent: not known (manifests seldom have it). */
  readonly address?: string;
  readonly port: number;
  /** The Service's own selector; empty: it has none. */
  readonly selector: Labels;
  /** `externalTrafficPolicy: Local` keeps the client's address (S45). */
  readonly keepsClient: boolean;
}

export type TrafficEnd = PodEnd | CidrEnd | UnknownAddressEnd;
