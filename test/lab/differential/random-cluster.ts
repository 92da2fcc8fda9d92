import type {
  Container,
  ContainerPort,
  EndpointSlice,
  LabelSelector,
  LabelSelectorRequirement,
  Labels,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Node,
  Pod,
  Protocol,
  Service,
} from "../../../src/model/kubernetes.ts";
import { Random } from "./random.ts";

/** A cluster whose every object is as the API server would hold it. */
export interface RandomCluster {
  readonly seed: number;
  readonly namespaces: readonly Namespace[];
  readonly nodes: readonly Node[];
  /** Pods are placed on `MACHINES`; their order is random. */
  readonly pods: readonly Pod[];
  readonly policies: readonly NetworkPolicy[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
}

/** A machine that stays from cluster to cluster: what differs is which pod it plays. */
export interface Machine {
  readonly key: string;
  readonly role: "pod" | "node" | "outside";
  readonly ipv4: string;
  readonly ipv6: string;
  /** The node itself, or the node whose pods this machine can be. */
  readonly node?: string;
}

const NODES = ["node-1", "node-2"] as const;

/** Addresses lie so that blocks of several lengths tell some of them apart. */
export const MACHINES: readonly Machine[] = [
  ...NODES.map(
    (node, i): Machine => ({
      key: `node/${node}`,
      role: "node",
      ipv4: `192.168.50.${i + 1}`,
      ipv6: `fd00:50::${i + 1}`,
      node,
    }),
  ),
  ...NODES.flatMap((node, i) =>
    [2, 3, 66, 130].map(
      (host): Machine => ({
        key: `pod/slot-${i + 1}-${host}`,
        role: "pod",
        ipv4: `10.244.${i + 1}.${host}`,
        ipv6: `fd00:244:${i + 1}::${host.toString(16)}`,
        node,
      }),
    ),
  ),
  { key: "outside/monitoring", role: "outside", ipv4: "203.0.113.10", ipv6: "2001:db8::10" },
  { key: "outside/storage", role: "outside", ipv4: "198.51.100.7", ipv6: "2001:db8:1::7" },
];

/** What is dialled at every machine. */
export const PROBED_PORTS = [80, 81, 8080] as const;
/** What every machine listens on, over TCP and UDP, and policies and pods speak of. */
export const SERVED_PORTS = [...PROBED_PORTS, 79, 82, 8079, 443] as const;

const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];
const PORT_NAMES = ["http", "admin", "dns"];
const KEYS = ["app", "tier", "example.com/zone"];
const VALUES = ["web", "db", "cache", ""];

export function randomCluster(seed: number): RandomCluster {
  const random = new Random(seed);
  const nodes = random.some(NODES, 1, 2);
  const namespaces = random.some(["alpha", "beta", "gamma", "delta"], 2, 4);
  const slots = MACHINES.filter(({ role, node }) => role === "pod" && nodes.some((name) => name === node));
  const pods = random.some(slots, 4, 8).map((slot, i) => randomPod(random, slot, i, random.pick(namespaces)));
  if (random.chance(0.3)) {
    pods.push(endedPod(random, pods));
  }
  if (random.chance(0.3)) {
    pods.push(hostNetworkPod(random, random.pick(nodes), random.pick(namespaces)));
  }
  const services = random
    .list(0, 3, () => random.pick(namespaces))
    .map((namespace, i) => randomService(random, { namespace, pods }, i));
  return {
    seed,
    namespaces: namespaces.map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { ...randomLabels(random), "kubernetes.io/metadata.name": name } },
    })),
    nodes: nodes.map((name) => {
      const machine = MACHINES.find(({ key }) => key === `node/${name}`);
      const addresses = [machine?.ipv4 ?? "", machine?.ipv6 ?? ""].map((address) => ({
        type: "InternalIP",
        address,
      }));
      return { apiVersion: "v1", kind: "Node", metadata: { name }, status: { addresses } };
    }),
    pods,
    policies: random.list(1, 6, () => 0).map((_, i) => randomPolicy(random, namespaces, i)),
    services,
    endpointSlices: services.flatMap((service) => slicesOf(service, pods)),
  };
}

function randomLabels(random: Random): Labels {
  return Object.fromEntries(random.some(KEYS, 0, 3).map((key) => [key, random.pick(VALUES)]));
}

function randomPod(random: Random, slot: Machine, number: number, namespace: string): Pod {
  const families = random.chance(0.15) ? [random.pick([slot.ipv4, slot.ipv6])] : [slot.ipv4, slot.ipv6];
  const sidecars = random.list(0, 1, () => randomContainer(random, "sidecar"));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: `pod-${number}`, labels: randomLabels(random) },
    spec: {
      nodeName: slot.node ?? null,
      containers: random.list(1, 2, () => 0).map((_, i) => randomContainer(random, `main-${i}`)),
      initContainers: sidecars.map((sidecar) => ({
        ...sidecar,
        restartPolicy: random.chance(0.6) ? "Always" : null,
      })),
    },
    status: {
      phase: random.pick(["Running", "Running", "Pending"]),
      podIP: families[0] ?? null,
      podIPs: families.map((ip) => ({ ip })),
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

function randomContainer(random: Random, name: string): Container {
  const names = random.some(PORT_NAMES, 0, 2);
  const named = names.map((port) => ({ ...randomContainerPort(random), name: port }));
  return { name, ports: [...named, ...random.list(0, 1, () => randomContainerPort(random))] };
}

function randomContainerPort(random: Random): ContainerPort {
  const protocol = random.pick([...PROTOCOLS, "TCP", "UDP", undefined] as const);
  return { containerPort: random.pick(SERVED_PORTS), ...(protocol !== undefined && { protocol }) };
}

/** Its address is another pod's by now. */
function endedPod(random: Random, pods: readonly Pod[]): Pod {
  const heir = random.pick(pods);
  return {
    ...heir,
    metadata: { ...heir.metadata, name: "ended", labels: randomLabels(random) },
    status: { ...heir.status, phase: random.pick(["Succeeded", "Failed"]) },
  };
}

function hostNetworkPod(random: Random, node: string, namespace: string): Pod {
  const machine = MACHINES.find(({ key }) => key === `node/${node}`);
  const ips = [machine?.ipv4 ?? "", machine?.ipv6 ?? ""];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: "on-host", labels: randomLabels(random) },
    spec: { nodeName: node, hostNetwork: true, containers: [randomContainer(random, "main")] },
    status: { phase: "Running", podIP: ips[0] ?? null, podIPs: ips.map((ip) => ({ ip })) },
  };
}

function randomPolicy(random: Random, namespaces: readonly string[], number: number): NetworkPolicy {
  const ingress = () =>
    random.list(0, 3, () => ({
      ...maybe(random, "from", () => peers(random)),
      ...maybe(random, "ports", () => ports(random)),
    }));
  const egress = () =>
    random.list(0, 3, () => ({
      ...maybe(random, "to", () => peers(random)),
      ...maybe(random, "ports", () => ports(random)),
    }));
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace: random.pick(namespaces), name: `policy-${number}` },
    spec: {
      podSelector: random.chance(0.4) ? {} : randomSelector(random, KEYS, VALUES),
      ...(random.chance(0.7) && {
        policyTypes: random.pick([["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Ingress"], []]),
      }),
      ...(random.chance(0.85) && { ingress: ingress() }),
      ...(random.chance(0.7) && { egress: egress() }),
    },
  };
}

/** A field with its value, empty, null, or absent. */
function maybe<K extends string, T>(
  random: Random,
  key: K,
  make: () => T[],
): { readonly [key in K]?: T[] | null } {
  const form = random.between(1, 12);
  if (form > 3) {
    return { [key]: make() } as { readonly [key in K]: T[] };
  }
  return (form === 1 ? {} : { [key]: form === 2 ? [] : null }) as { readonly [key in K]?: T[] | null };
}

function randomSelector(random: Random, keys: readonly string[], values: readonly string[]): LabelSelector {
  const expressions = random.list(0, 2, () => requirement(random, keys, values));
  return {
    ...(random.chance(0.5) && {
      matchLabels: Object.fromEntries(random.some(keys, 0, 2).map((key) => [key, random.pick(values)])),
    }),
    ...(random.chance(0.6) && { matchExpressions: expressions }),
  };
}

function requirement(
  random: Random,
  keys: readonly string[],
  values: readonly string[],
): LabelSelectorRequirement {
  const operator = random.pick(["In", "NotIn", "NotIn", "Exists", "DoesNotExist"]);
  const key = random.pick(keys);
  return operator === "In" || operator === "NotIn"
    ? { key, operator, values: random.some(values, 1, 3) }
    : { key, operator };
}

function peers(random: Random): NetworkPolicyPeer[] {
  return random.list(1, 3, () => {
    const form = random.between(1, 10);
    if (form <= 4) {
      return { ipBlock: randomBlock(random) };
    }
    const pods = () => (random.chance(0.3) ? {} : randomSelector(random, KEYS, VALUES));
    if (form <= 6) {
      return { podSelector: pods() };
    }
    const namespaceSelector = random.chance(0.3)
      ? {}
      : random.chance(0.5)
        ? randomSelector(random, ["kubernetes.io/metadata.name"], ["alpha", "beta", "gamma"])
        : randomSelector(random, KEYS, VALUES);
    return form <= 8 ? { namespaceSelector } : { namespaceSelector, podSelector: pods() };
  });
}

function randomBlock(random: Random): NonNullable<NetworkPolicyPeer["ipBlock"]> {
  const machine = random.pick(MACHINES);
  const address = random.chance(0.5) ? machine.ipv4 : machine.ipv6;
  const lengths = address.includes(":") ? [0, 16, 32, 48, 120, 127, 128] : [0, 8, 16, 23, 24, 25, 26, 31, 32];
  const length = random.pick(lengths);
  const inner = MACHINES.map(({ ipv4, ipv6 }) => (address.includes(":") ? ipv6 : ipv4)).filter(
    (other) => cidr(other, length) === cidr(address, length),
  );
  const longer = lengths.filter((each) => each > length);
  const except =
    longer.length === 0 ? [] : random.list(0, 3, () => cidr(random.pick(inner), random.pick(longer)));
  return { cidr: cidr(address, length), ...(random.chance(0.7) && { except }) };
}

/** The block of that length in which the address lies, in canonical form. */
export function cidr(address: string, length: number): string {
  const width = address.includes(":") ? 128 : 32;
  const hostBits = BigInt(width - length);
  const bits = (toBits(address) >> hostBits) << hostBits;
  const part = width === 128 ? 16 : 8;
  const parts = Array.from({ length: width / part }, (_, i) =>
    Number((bits >> BigInt(width - part * (i + 1))) & BigInt(2 ** part - 1)),
  );
  const text =
    width === 32
      ? parts.join(".")
      : new URL(`http://[${parts.map((each) => each.toString(16)).join(":")}]`).hostname.slice(1, -1);
  return `${text}/${length}`;
}

function toBits(address: string): bigint {
  if (!address.includes(":")) {
    return address.split(".").reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
  }
  const [head = "", tail = ""] = address.split("::");
  const low = tail === "" ? [] : tail.split(":");
  const high = head.split(":");
  const groups = address.includes("::")
    ? [...high, ...Array(8 - high.length - low.length).fill("0"), ...low]
    : high;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function ports(random: Random): NetworkPolicyPort[] {
  return random.list(1, 3, () => {
    const protocol = random.pick(["TCP", "UDP", "TCP", "UDP", "SCTP", undefined] as const);
    const withProtocol = protocol === undefined ? {} : { protocol };
    const form = random.between(1, 8);
    if (form === 1) {
      return withProtocol;
    }
    if (form <= 3) {
      return { ...withProtocol, port: random.pick(PORT_NAMES) };
    }
    const port = random.pick(SERVED_PORTS);
    return form <= 6
      ? { ...withProtocol, port }
      : { ...withProtocol, port, endPort: Math.min(65535, port + random.pick([0, 1, 2, 8000, 65535])) };
  });
}

function randomService(
  random: Random,
  { namespace, pods }: { readonly namespace: string; readonly pods: readonly Pod[] },
  number: number,
): Service {
  const protocol = random.pick(["TCP", "UDP"] as const);
  const labels = pods.flatMap(({ metadata }) =>
    metadata.namespace === namespace ? Object.entries(metadata.labels ?? {}) : [],
  );
  const [key, value] = labels.length > 0 && random.chance(0.8) ? random.pick(labels) : ["app", "web"];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name: `service-${number}` },
    spec: {
      selector: { [key]: value },
      clusterIP: `10.96.0.${number + 10}`,
      clusterIPs: [`10.96.0.${number + 10}`, `fd00:96::${number + 10}`],
      ports: [
        {
          name: "main",
          protocol,
          port: 9000,
          targetPort: random.chance(0.3) ? random.pick(PORT_NAMES) : random.pick(PROBED_PORTS),
        },
      ],
    },
  };
}

/** As the controller makes them, one a family; those of ports that differ stand in slices of their own. */
function slicesOf(service: Service, pods: readonly Pod[]): EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  const wanted = Object.entries(service.spec?.selector ?? {});
  for (const pod of pods) {
    const isEndpoint =
      pod.metadata.namespace === service.metadata.namespace &&
      !["Succeeded", "Failed"].includes(pod.status?.phase ?? "") &&
      wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
    const [servicePort] = service.spec?.ports ?? [];
    const port =
      servicePort === undefined ? undefined : targetPort(pod, servicePort.targetPort, servicePort.protocol);
    for (const { ip } of isEndpoint && port !== undefined ? (pod.status?.podIPs ?? []) : []) {
      slices.push({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          namespace: service.metadata.namespace ?? "",
          name: `${service.metadata.name}-${slices.length}`,
          labels: { "kubernetes.io/service-name": service.metadata.name },
        },
        addressType: ip.includes(":") ? "IPv6" : "IPv4",
        endpoints: [
          {
            addresses: [ip],
            conditions: { ready: true },
            targetRef: { kind: "Pod", namespace: pod.metadata.namespace ?? "", name: pod.metadata.name },
          },
        ],
        ports: [{ name: "main", protocol: servicePort?.protocol ?? "TCP", port: port ?? 0 }],
      });
    }
  }
  return slices;
}

function targetPort(
  pod: Pod,
  target: number | string | null | undefined,
  protocol: Protocol | null | undefined,
) {
  if (typeof target === "number") {
    return target;
  }
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...pod.spec.containers, ...sidecars]
    .flatMap(({ ports }) => ports ?? [])
    .find((port) => port.name === target && (port.protocol ?? "TCP") === (protocol ?? "TCP"))?.containerPort;
}
