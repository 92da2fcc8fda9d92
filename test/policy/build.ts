import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
} from "../../src/model/kubernetes.ts";
import type { Prediction } from "../../src/model/prediction.ts";
import type { KnobName, KnobSettings, Profile, ProfileName } from "../../src/model/profile.ts";
import { type AdminPolicyObjects, NO_ADMIN_POLICIES, type Unread } from "../../src/model/snapshot.ts";
import type {
  CidrEnd,
  PodEnd,
  ServiceHop,
  TrafficEnd,
  TrafficProtocol,
  UnknownAddressEnd,
} from "../../src/model/traffic.ts";
import { createEvaluator, type PolicyWorld } from "../../src/policy/evaluator.ts";
import { profileOf } from "../../src/policy/profiles.ts";

export type PolicySpec = NonNullable<NetworkPolicy["spec"]>;
type Ports = NonNullable<PodEnd["spec"]["containers"][number]["ports"]>;

export function policy(path: string, spec: PolicySpec | null): NetworkPolicy {
  const [namespace = "", name = ""] = path.split("/");
  return { metadata: { namespace, name }, spec };
}

export function namespace(name: string, labels: Labels = {}): Namespace {
  return { metadata: { name, labels } };
}

export interface PodOptions {
  readonly labels?: Labels;
  readonly ports?: Ports;
  readonly ips?: readonly string[];
  readonly nodeIps?: readonly string[];
  readonly hostNetwork?: boolean;
  readonly initContainers?: NonNullable<PodEnd["spec"]["initContainers"]>;
}

/** A pod `namespace/name` with a container that declares `ports`. */
export function pod(path: string, options: PodOptions = {}): PodEnd {
  const [namespaceName = ""] = path.split("/");
  return {
    kind: "pod",
    key: path,
    display: path,
    namespace: namespaceName,
    labels: options.labels ?? {},
    spec: {
      containers: [{ name: "main", ports: options.ports ?? [] }],
      initContainers: options.initContainers ?? [],
      hostNetwork: options.hostNetwork ?? false,
    },
    ips: options.ips,
    ...(options.nodeIps === undefined ? {} : { nodeIps: options.nodeIps }),
  };
}

/** One address, or a block. */
export function address(text: string): CidrEnd {
  const cidr = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
  return { kind: "cidr", cidr, display: text };
}

export function unresolved(display: string): UnknownAddressEnd {
  return { kind: "unknown-address", display };
}

/** A host that was asked about by its name. */
export function host(name: string): UnknownAddressEnd {
  return { kind: "unknown-address", display: name, host: name };
}

type ClusterSpec = NonNullable<ClusterNetworkPolicy["spec"]>;

/** A ClusterNetworkPolicy of the Admin tier about every pod, unless said otherwise. */
export function cnp(name: string, priority: number, spec: Partial<ClusterSpec>): ClusterNetworkPolicy {
  return {
    metadata: { name },
    spec: { tier: "Admin", priority, subject: { namespaces: {} }, ...spec },
  };
}

export function anp(
  name: string,
  priority: number,
  spec: Partial<NonNullable<AdminNetworkPolicy["spec"]>>,
): AdminNetworkPolicy {
  return { metadata: { name }, spec: { priority, subject: { namespaces: {} }, ...spec } };
}

export function banp(
  spec: Partial<NonNullable<BaselineAdminNetworkPolicy["spec"]>>,
): BaselineAdminNetworkPolicy {
  return { metadata: { name: "default" }, spec: { subject: { namespaces: {} }, ...spec } };
}

export function node(name: string, labels: Labels, ...addresses: readonly string[]): Node {
  return {
    metadata: { name, labels },
    status: { addresses: addresses.map((text) => ({ type: "InternalIP", address: text })) },
  };
}

/** Policies of the admin tiers, each where it belongs by its form. */
export function tiers(parts: Partial<AdminPolicyObjects>): AdminPolicyObjects {
  return { ...NO_ADMIN_POLICIES, ...parts };
}

/** A profile with some knobs otherwise. */
export function profile(name: ProfileName, knobs: Partial<KnobSettings> = {}): Profile {
  const base = profileOf(name);
  return { name, knobs: { ...base.knobs, ...knobs } };
}

export const ALL_KNOBS = Object.keys(profileOf("upstream").knobs) as readonly KnobName[];

export interface WorldOptions {
  readonly namespaces?: readonly Namespace[];
  readonly unread?: readonly Unread[];
  readonly locate?: PolicyWorld["locate"];
  readonly admin?: Partial<AdminPolicyObjects>;
  readonly nodes?: readonly Node[];
}

export function world(policies: readonly NetworkPolicy[], options: WorldOptions = {}): PolicyWorld {
  return {
    namespaces: options.namespaces ?? [],
    networkPolicies: policies,
    adminPolicies: tiers(options.admin ?? {}),
    nodes: options.nodes ?? [],
    unread: options.unread ?? [],
    locate: options.locate ?? (() => undefined),
  };
}

export interface AskOptions extends WorldOptions {
  readonly address?: string;
  readonly via?: ServiceHop;
  readonly established?: boolean;
  readonly profile?: Profile;
}

/** `port` may be written with its protocol: `"UDP 53"`, `"ICMP 0"`; a number alone is TCP. */
export function predict(
  policies: readonly NetworkPolicy[],
  from: TrafficEnd,
  to: TrafficEnd,
  port: number | `${TrafficProtocol} ${number}`,
  options: AskOptions = {},
): Prediction {
  const [protocol, number] = typeof port === "number" ? ["TCP", port] : port.split(" ");
  const { address: dialled, via, established, profile: asked = profileOf("upstream") } = options;
  return createEvaluator(world(policies, options), { profile: asked }).connection({
    from,
    to,
    port: Number(number),
    protocol: protocol as TrafficProtocol,
    ...(dialled === undefined ? {} : { address: dialled }),
    ...(via === undefined ? {} : { via }),
    ...(established === undefined ? {} : { established }),
  });
}
