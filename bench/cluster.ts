import type {
  Container,
  KubernetesObject,
  LabelSelector,
  Labels,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Node,
  Pod,
  PodSpec,
  Service,
} from "../src/model/kubernetes.ts";

export interface ClusterSize {
  /** Pods, or workloads where `as` says so. */
  readonly pods: number;
  readonly policies: number;
  readonly seed: number;
  /** `workloads`: a Deployment in place of each pod, without addresses, as in a Git repository. */
  readonly as?: "pods" | "workloads";
}

type Random = (below: number) => number;

/** A small generator of random numbers (mulberry32): the same everywhere for the same seed. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const ENVIRONMENTS = ["prod", "prod", "staging", "dev"];
const TEAMS = ["payments", "search", "orders", "identity", "media", "risk", "platform", "mobile"];
const PODS_OF_NAMESPACE = 60;
const PODS_OF_NODE = 60;

interface AppShape {
  readonly tier: string;
  readonly ports: readonly { readonly name: string; readonly number: number }[];
}

const SHAPES: readonly AppShape[] = [
  { tier: "frontend", ports: [{ name: "http", number: 8080 }] },
  {
    tier: "api",
    ports: [
      { name: "http", number: 8000 },
      { name: "metrics", number: 9090 },
    ],
  },
  {
    tier: "backend",
    ports: [
      { name: "grpc", number: 9000 },
      { name: "metrics", number: 9100 },
    ],
  },
  { tier: "db", ports: [{ name: "postgres", number: 5432 }] },
  { tier: "cache", ports: [{ name: "redis", number: 6379 }] },
  { tier: "batch", ports: [] },
];

interface App {
  readonly name: string;
  readonly namespace: string;
  readonly shape: AppShape;
  readonly labels: Labels;
}

const AGENT: App = {
  name: "agent",
  namespace: "ns-0",
  shape: { tier: "agent", ports: [{ name: "metrics", number: 9100 }] },
  labels: { app: "agent" },
};

interface Pieces {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[];
  readonly apps: readonly App[];
  readonly nodes: number;
  readonly random: Random;
}

/** The objects of a made-up cluster in the order that `kubectl` would list them; the same for the same size. */
export function generateCluster(size: ClusterSize): readonly KubernetesObject[] {
  const random = randomFrom(size.seed);
  const count = Math.max(2, Math.ceil(size.pods / PODS_OF_NAMESPACE));
  const namespaces = Array.from({ length: count }, (_, index) => ({
    name: `ns-${index}`,
    labels: {
      "kubernetes.io/metadata.name": `ns-${index}`,
      team: pick(TEAMS, random),
      env: pick(ENVIRONMENTS, random),
    },
  }));
  const apps = namespaces.flatMap(({ name }) => appsOf(name, random));
  const nodes = Math.max(2, Math.ceil(size.pods / PODS_OF_NODE));
  const pieces: Pieces = { namespaces, apps, nodes, random };
  const workloads = size.as === "workloads";
  return [
    ...namespaces.map(({ name, labels }) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    })),
    ...(workloads ? [] : Array.from({ length: nodes }, (_, index) => nodeOf(index))),
    ...Array.from({ length: size.pods }, (_, index) =>
      workloads ? deploymentOf(index, pieces) : podOf(index, pieces),
    ),
    ...apps.filter((_, index) => index % 4 === 0).flatMap(serviceOf),
    ...Array.from({ length: size.policies }, (_, index) => policyOf(index, pieces)),
  ];
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random(list.length)] as T;
}

function appsOf(namespace: string, random: Random): App[] {
  return Array.from({ length: 4 + random(8) }, (_, index) => {
    const shape = pick(SHAPES, random);
    const name = `${shape.tier}-${index}`;
    const version = random(10) === 0 ? "canary" : "stable";
    return { name, namespace, shape, labels: { app: name, tier: shape.tier, version } };
  });
}

function nodeIp(index: number): string {
  return `10.${200 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

function nodeOf(index: number): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `node-${index}`, labels: { "kubernetes.io/hostname": `node-${index}` } },
    status: { addresses: [{ type: "InternalIP", address: nodeIp(index) }] },
  };
}

function containersOf({ shape, name }: App): PodSpec {
  const container: Container = {
    name,
    image: `registry.example.com/${name}:1.4.2`,
    ports: shape.ports.map((port) => ({
      name: port.name,
      containerPort: port.number,
      protocol: "TCP",
    })),
  };
  return { containers: [container] };
}

/** One pod in 60 is an agent in the network of its node. */
function podOf(index: number, { apps, nodes, random }: Pieces): Pod {
  const app = pick(apps, random);
  const node = random(nodes);
  const hostNetwork = index % PODS_OF_NODE === 7;
  const ip = hostNetwork ? nodeIp(node) : `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const hash = (index * 2_654_435_761) % 0xffff_ffff;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: hostNetwork ? `agent-${index}` : `${app.name}-${hash.toString(16)}`,
      namespace: hostNetwork ? AGENT.namespace : app.namespace,
      labels: hostNetwork
        ? { ...AGENT.labels, "pod-template-hash": "5f6b7c" }
        : { ...app.labels, "pod-template-hash": (hash % 0xffff).toString(16) },
    },
    spec: {
      ...containersOf(hostNetwork ? AGENT : app),
      nodeName: `node-${node}`,
      ...(hostNetwork ? { hostNetwork: true } : {}),
    },
    status: {
      phase: "Running",
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

function deploymentOf(index: number, { apps, random }: Pieces): KubernetesObject {
  const app = pick(apps, random);
  const labels = { ...app.labels, instance: `w${index}` };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${app.name}-w${index}`, namespace: app.namespace, labels },
    spec: {
      replicas: 1 + random(5),
      selector: { matchLabels: { app: app.name, instance: `w${index}` } },
      template: { metadata: { labels }, spec: containersOf(app) },
    },
  };
  return deployment;
}

function serviceOf({ name, namespace, shape }: App): Service[] {
  const [port] = shape.ports;
  if (port === undefined) return [];
  const spec = {
    selector: { app: name },
    ports: [{ name: port.name, port: 80, targetPort: port.name, protocol: "TCP" as const }],
  };
  return [{ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec }];
}

type PolicySpec = NonNullable<NetworkPolicy["spec"]>;

function policyOf(index: number, pieces: Pieces): NetworkPolicy {
  const app = pick(pieces.apps, pieces.random);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `policy-${index}`, namespace: app.namespace },
    spec: specOf(app, pieces),
  };
}

/** What people write most: a default deny, app to app, team to app, scraping, DNS and addresses outside. */
function specOf(app: App, { random, apps, namespaces }: Pieces): PolicySpec {
  const kind = random(100);
  const subject: LabelSelector = { matchLabels: { app: app.name } };
  const neighbours = apps.filter(({ namespace }) => namespace === app.namespace);
  if (kind < 12) return { podSelector: {}, policyTypes: ["Ingress"] };
  if (kind < 16) return { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [dnsRule()] };
  if (kind < 46) {
    const from = [{ podSelector: { matchLabels: { app: pick(neighbours, random).name } } }];
    return {
      podSelector: subject,
      policyTypes: ["Ingress"],
      ingress: [{ from, ports: portsOf(app, random) }],
    };
  }
  if (kind < 66) {
    const from = [teamPeer(random), { podSelector: { matchLabels: { tier: "api" } } }];
    return {
      podSelector: subject,
      policyTypes: ["Ingress"],
      ingress: [{ from, ports: portsOf(app, random) }],
    };
  }
  if (kind < 74) {
    const name = pick(namespaces, random).name;
    const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }];
    return {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ from, ports: [{ protocol: "TCP", port: "metrics" }] }],
    };
  }
  if (kind < 90) {
    const target = pick(neighbours, random);
    const to = [{ podSelector: { matchLabels: { app: target.name } } }];
    return {
      podSelector: subject,
      policyTypes: ["Egress"],
      egress: [dnsRule(), { to, ports: portsOf(target, random) }],
    };
  }
  const net = `10.${random(32)}`;
  const outside: NetworkPolicyPeer = {
    ipBlock: { cidr: `${net}.0.0/16`, except: [`${net}.${random(8)}.0/24`] },
  };
  return {
    podSelector: subject,
    policyTypes: ["Egress"],
    egress: [dnsRule(), { to: [outside], ports: [{ protocol: "TCP", port: 443 }] }],
  };
}

function teamPeer(random: Random): NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { team: pick(TEAMS, random), env: pick(ENVIRONMENTS, random) } },
    podSelector: {
      matchExpressions: [{ key: "tier", operator: "In", values: ["frontend", "api"] }],
    },
  };
}

function dnsRule(): NonNullable<PolicySpec["egress"]>[number] {
  return {
    to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ns-0" } } }],
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  };
}

function portsOf({ shape }: App, random: Random): NetworkPolicyPort[] {
  return shape.ports.map(({ name, number }) => ({
    protocol: "TCP",
    port: random(5) === 0 ? name : number,
  }));
}
