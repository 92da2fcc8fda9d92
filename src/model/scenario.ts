import type { SourceRange } from "../source/position.ts";
import type { Labels, Protocol, WorkloadKind } from "./kubernetes.ts";

export type Expectation = "allow" | "deny";

/** How a server of our own answers on a port. */
export type Serve = "tcp" | "http" | "udp";

/**
 * A port of an endpoint, normalised. `serve` follows from the protocol, or from a name that begins with `http`;
 * for SCTP, which nothing of ours serves, it is `tcp` and says nothing.
 */
export interface EndpointPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly serve: Serve;
}

interface EndpointBase {
  /** The name under `endpoints`, or the text of the reference where it was written in place (`deploy/api`). */
  readonly name: string;
  /** Where it was defined or, written in place, first used. */
  readonly range: SourceRange;
}

/** Pods by their labels. As a source: a stand-in with exactly these labels. */
export interface LabelsEndpoint extends EndpointBase {
  readonly kind: "labels";
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly EndpointPort[];
  /** As a target: a server of our own instead of real pods. */
  readonly standIn: boolean;
  /** No real pod needs to carry these labels. */
  readonly hypothetical: boolean;
  /** At most this many pods of the target are probed; undefined: all. */
  readonly replicas?: number;
}

export interface WorkloadEndpoint extends EndpointBase {
  readonly kind: "workload";
  readonly namespace: string;
  readonly workload: { readonly kind: WorkloadKind; readonly name: string };
  readonly ports: readonly EndpointPort[];
  readonly replicas?: number;
}

export interface PodEndpoint extends EndpointBase {
  readonly kind: "pod";
  readonly namespace: string;
  readonly pod: string;
  readonly ports: readonly EndpointPort[];
}

export interface ServiceEndpoint extends EndpointBase {
  readonly kind: "service";
  readonly namespace: string;
  readonly service: string;
  readonly replicas?: number;
}

export interface IpEndpoint extends EndpointBase {
  readonly kind: "ip";
  /** IPv4 or IPv6 without brackets. */
  readonly ip: string;
  readonly ports: readonly EndpointPort[];
}

export interface HostEndpoint extends EndpointBase {
  readonly kind: "host";
  readonly host: string;
  readonly ports: readonly EndpointPort[];
}

export interface CidrEndpoint extends EndpointBase {
  readonly kind: "cidr";
  readonly cidr: string;
  readonly ports: readonly EndpointPort[];
}

/** The cluster's name server, as the stand-in's own resolv.conf names it. */
export interface DnsEndpoint extends EndpointBase {
  readonly kind: "dns";
}

export type Endpoint =
  | LabelsEndpoint
  | WorkloadEndpoint
  | PodEndpoint
  | ServiceEndpoint
  | IpEndpoint
  | HostEndpoint
  | CidrEndpoint
  | DnsEndpoint;

/** What a flow asks for on the wire, beyond protocol and port. */
export type Application =
  | { readonly kind: "connect" } // TCP: connect and close; UDP: a datagram that must be answered; SCTP
  | { readonly kind: "http"; readonly path: string }
  | { readonly kind: "dns" };

/** One line of a scenario after lists are multiplied out and ports without number are spelled out. */
export interface Flow {
  /** Unique in the run: `namespace/from -> namespace/to:port/PROTOCOL`, the same in every report. */
  readonly id: string;
  readonly scenario: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /**
   * A number, or a port name that is resolved per pod (on Services: per Service). 53 for dns.
   * Undefined, for Services only: every port of the Service.
   */
  readonly port: number | string | undefined;
  /** Of `port`. Says nothing where `port` is undefined: each port of the Service brings its own. */
  readonly protocol: Protocol;
  readonly application: Application;
  readonly expect: Expectation;
  /** The title that the user gave. */
  readonly name?: string;
  readonly timeoutMs: number;
  /** Bytes to send to a UDP server so that it answers. */
  readonly send?: string;
  /** For `ip` and `host`: a control that cannot reach it either does not make the flow inconclusive. */
  readonly unreachableIsFine: boolean;
  /** False: predict only; the flow is reported as skipped by `run`. */
  readonly observe: boolean;
  readonly range: SourceRange;
}

export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endpoints: readonly Endpoint[];
  readonly flows: readonly Flow[];
}
