import type { Labels, Pod } from "./kubernetes.ts";
import type { EndpointPort, Flow } from "./scenario.ts";
import type { CidrEnd, PodEnd, ServiceHop, TrafficEnd, UnknownAddressEnd } from "./traffic.ts";

/** What a probe pod of ours has to look like to speak for pods of the scenario. */
export interface StandInTemplate {
  readonly namespace: string;
  /** Exactly the labels that it speaks for; our own label is added on creation. */
  readonly labels: Labels;
  /** Declared as container ports; served only where the stand-in is a target. */
  readonly ports: readonly EndpointPort[];
  /** For people: the endpoint's name. */
  readonly display: string;
}

/** A source that can be probed from is a stand-in; all others are for predictions only. */
export type ResolvedSource =
  | { readonly kind: "stand-in"; readonly template: StandInTemplate; readonly realPods: readonly Pod[] }
  | { readonly kind: "host-network"; readonly end: PodEnd }
  | { readonly kind: "address"; readonly end: CidrEnd | UnknownAddressEnd };

/** One backend of a Service: where a connection to the Service may end. */
export interface Backend {
  readonly end: TrafficEnd;
  readonly port: number;
  /** The Service that leads there; absent where nothing stands between. */
  readonly via?: ServiceHop;
}

interface TargetBase {
  /** For people: `pod shop/db-0`, `ClusterIP of shop/db (10.96.3.4)`. */
  readonly display: string;
  /** The port that is dialled. */
  readonly port: number;
}

export interface PodTarget extends TargetBase {
  readonly kind: "pod";
  readonly pod: Pod;
  readonly end: PodEnd;
}

export interface StandInTarget extends TargetBase {
  readonly kind: "stand-in";
  readonly template: StandInTemplate;
}

export interface ClusterIpTarget extends TargetBase {
  readonly kind: "cluster-ip";
  readonly address: string;
  readonly backends: readonly Backend[];
}

/** A single address: an `ip` endpoint, which may be a pod's, or an endpoint of a Service that is no pod. */
export interface AddressTarget extends TargetBase {
  readonly kind: "address";
  readonly address: string;
  readonly end: TrafficEnd;
}

export interface HostTarget extends TargetBase {
  readonly kind: "host";
  readonly host: string;
  readonly end: UnknownAddressEnd;
}

export interface CidrTarget extends TargetBase {
  readonly kind: "cidr";
  readonly end: CidrEnd;
}

/** The name server of the source's own resolv.conf; `backends` as far as the cluster's DNS Service was found. */
export interface DnsTarget extends TargetBase {
  readonly kind: "dns";
  readonly backends: readonly Backend[];
}

export type ResolvedTarget =
  | PodTarget
  | StandInTarget
  | ClusterIpTarget
  | AddressTarget
  | HostTarget
  | CidrTarget
  | DnsTarget;

/** A flow with the concrete ends that speak for it. */
export interface ResolvedFlow {
  readonly flow: Flow;
  readonly source: ResolvedSource;
  readonly targets: readonly ResolvedTarget[];
  /** Why it cannot be observed at all, and what to do; the flow is then inconclusive. */
  readonly problem?: { readonly reason: string; readonly advice: string };
}
