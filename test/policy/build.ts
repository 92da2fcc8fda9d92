import type { Labels, Namespace, NetworkPolicy, Protocol } from "../../src/model/kubernetes.ts";
import type { Prediction } from "../../src/model/prediction.ts";
import type { Unread } from "../../src/model/snapshot.ts";
import type { CidrEnd, PodEnd, TrafficEnd, UnknownAddressEnd } from "../../src/model/traffic.ts";
import { createEvaluator, type PolicyWorld } from "../../src/policy/evaluator.ts";

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

export interface WorldOptions {
  readonly namespaces?: readonly Namespace[];
  readonly unread?: readonly Unread[];
  readonly locate?: PolicyWorld["locate"];
}

export function world(policies: readonly NetworkPolicy[], options: WorldOptions = {}): PolicyWorld {
  return {
    namespaces: options.namespaces ?? [],
    networkPolicies: policies,
    unread: options.unread ?? [],
    locate: options.locate ?? (() => undefined),
  };
}

/** `port` may be written with its protocol: `"UDP 53"`; a number alone is TCP. */
export function predict(
  policies: readonly NetworkPolicy[],
  from: TrafficEnd,
  to: TrafficEnd,
  port: number | `${Protocol} ${number}`,
  options: WorldOptions & { readonly address?: string } = {},
): Prediction {
  const [protocol, number] = typeof port === "number" ? ["TCP", port] : port.split(" ");
  return createEvaluator(world(policies, options)).connection({
    from,
    to,
    port: Number(number),
    protocol: protocol as Protocol,
    ...(options.address === undefined ? {} : { address: options.address }),
  });
}
