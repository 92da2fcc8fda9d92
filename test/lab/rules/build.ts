import { RuleCompiler } from "../../../src/lab/rules/rule-compiler.ts";
import type {
  Container,
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
} from "../../../src/model/kubernetes.ts";
import { type Fate, NftModel, type Packet } from "./nft-model.ts";

export type PolicySpec = NonNullable<NetworkPolicy["spec"]>;

export function namespace(name: string, labels?: Labels): Namespace {
  return { metadata: { name, ...(labels !== undefined && { labels }) } };
}

export function policy(key: string, spec: PolicySpec): NetworkPolicy {
  const [ns = "", name = ""] = key.split("/");
  return { metadata: { namespace: ns, name }, spec };
}

export function node(name: string, ...addresses: string[]): Node {
  return {
    metadata: { name },
    status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
  };
}

export interface PodOptions {
  readonly ips?: readonly string[];
  readonly labels?: Labels;
  readonly ports?: Container["ports"];
  readonly initContainers?: readonly Container[];
  readonly containers?: readonly Container[];
  readonly node?: string;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
}

export function pod(key: string, options: PodOptions = {}): Pod {
  const [ns = "", name = ""] = key.split("/");
  return {
    metadata: { namespace: ns, name, labels: options.labels ?? { app: name } },
    spec: {
      containers: options.containers ?? [{ name: "main", ports: options.ports ?? [] }],
      initContainers: options.initContainers ?? null,
      nodeName: options.node ?? "node-1",
      hostNetwork: options.hostNetwork ?? null,
    },
    status: { phase: options.phase ?? "Running", podIPs: (options.ips ?? []).map((ip) => ({ ip })) },
  };
}

/** Two pods in `shop` (`web` 10.0.0.1, `db` 10.0.0.2), one in `other` (`app` 10.0.1.1), all dual-stack; IPv6 likewise. */
export const IPS: Readonly<Record<string, readonly string[]>> = {
  web: ["10.0.0.1", "fd00::1"],
  db: ["10.0.0.2", "fd00::2"],
  app: ["10.0.1.1", "fd00:1::1"],
  node: ["192.168.0.1", "fd99::1"],
  otherNode: ["192.168.0.2", "fd99::2"],
  outside: ["203.0.113.10", "2001:db8::10"],
};

export function smallCluster(...policies: NetworkPolicy[]): RuleCompiler {
  const compiler = new RuleCompiler();
  compiler.setNamespace(namespace("shop", { team: "sales" }));
  compiler.setNamespace(namespace("other", { team: "tools" }));
  compiler.setNode(node("node-1", ...(IPS.node ?? [])));
  compiler.setNode(node("node-2", ...(IPS.otherNode ?? [])));
  for (const key of ["shop/web", "shop/db", "other/app"]) {
    compiler.setPod(pod(key, { ips: IPS[key.split("/")[1] ?? ""] ?? [] }));
  }
  for (const each of policies) {
    compiler.setPolicy(each);
  }
  return compiler;
}

/** The kernel's state after everything that the compiler has to say. */
export function loaded(compiler: RuleCompiler): NftModel {
  const model = new NftModel();
  model.apply(compiler.compileAll());
  return model;
}

/** `web>db:80/tcp`, over IPv4; `web>db:80/tcp6` over IPv6; `icmp` has no port: `web>db/icmp`. Names or addresses. */
export function packet(text: string): Packet {
  const match = /^([^>]+)>(.+?)(?::(\d+))?\/(tcp|udp|sctp|icmp)(6?)$/.exec(text);
  if (match === null) {
    throw new Error(`no packet: ${text}`);
  }
  const [, from = "", to = "", port, protocol, six] = match;
  const ip = (name: string) => IPS[name]?.[six === "6" ? 1 : 0] ?? name;
  return {
    source: ip(from),
    destination: ip(to),
    protocol: protocol as Packet["protocol"],
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** `accept`, `drop` … for packets as in `packet`. */
export function fate(compiler: RuleCompiler, text: string): Fate["verdict"] {
  return loaded(compiler).send(packet(text)).verdict;
}
