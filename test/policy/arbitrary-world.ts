import fc from "fast-check";
import type {
  LabelSelector,
  Labels,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Node,
  Protocol,
} from "../../src/model/kubernetes.ts";
import { type AdminPolicyObjects, NO_ADMIN_POLICIES, type Unread } from "../../src/model/snapshot.ts";
import type { CidrEnd, PodEnd, TrafficEnd } from "../../src/model/traffic.ts";
import { address, type PolicySpec, unresolved } from "./build.ts";

/** A small cluster in which everything is likely to meet everything. */
export interface ArbitraryWorld {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly PodEnd[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly adminPolicies: AdminPolicyObjects;
  readonly nodes: readonly Node[];
  readonly outside: readonly TrafficEnd[];
  readonly unread: readonly Unread[];
}

export const NAMESPACES = ["alpha", "beta", "gamma"] as const;
export const PORTS = [80, 81, 8080] as const;
export const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

const KEYS = ["app", "tier", "toString"] as const;
const VALUES = ["web", "db", ""] as const;

/** Absent, null and the value itself: the forms that a field may have in JSON. */
function optional<T>(arbitrary: fc.Arbitrary<T>, presence = 3): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: presence, arbitrary },
  );
}

export const labels: fc.Arbitrary<Labels> = fc.dictionary(
  fc.constantFrom(...KEYS),
  fc.constantFrom(...VALUES),
  {
    maxKeys: 2,
    noNullPrototype: true,
  },
);

const expression = fc.record({
  key: fc.constantFrom(...KEYS, "kubernetes.io/metadata.name"),
  operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "In", "NotIn", "Gt"),
  values: fc.oneof(
    fc.subarray([...VALUES, "alpha"], { minLength: 1 }),
    fc.constant([]),
    fc.constant(undefined),
    fc.constant(null),
  ),
});

export const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: labels.map((matchLabels) => ({ matchLabels })) },
  {
    weight: 3,
    arbitrary: fc.record({ matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ matchLabels: null, matchExpressions: null }) },
  { weight: 2, arbitrary: fc.constantFrom(...NAMESPACES).map(named) },
);

function named(name: string): LabelSelector {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}

export const CIDRS = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.0.0.0/28",
  "10.0.0.0/30",
  "10.0.0.4/30",
  "10.0.0.5/32",
  "10.0.0.20/32",
  "192.0.2.0/24",
  "192.0.2.128/25",
  "192.0.2.130/32",
  "::/0",
  "fd00::/16",
  "fd00::/126",
  "fd00::5/128",
  "2001:db8::/32",
  "2001:db8:0:1::/64",
] as const;

const cidr = fc.constantFrom(...CIDRS);

const block = fc.record({ cidr, except: optional(fc.array(cidr, { maxLength: 2 })) });

const peer: fc.Arbitrary<NetworkPolicyPeer | null> = fc.oneof(
  { weight: 5, arbitrary: selector.map((podSelector) => ({ podSelector })) },
  { weight: 4, arbitrary: selector.map((namespaceSelector) => ({ namespaceSelector })) },
  { weight: 4, arbitrary: fc.record({ podSelector: selector, namespaceSelector: selector }) },
  { weight: 6, arbitrary: block.map((ipBlock) => ({ ipBlock })) },
  {
    weight: 1,
    arbitrary: fc.record({
      podSelector: optional(selector),
      namespaceSelector: optional(selector),
      ipBlock: optional(block, 1),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({}, null) },
);

const protocol = fc.constantFrom<Protocol>("TCP", "UDP", "SCTP", "TCP");
const portNumber = fc.constantFrom(...PORTS);

const port: fc.Arbitrary<NetworkPolicyPort | null> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ protocol: optional(protocol), port: portNumber }) },
  {
    weight: 2,
    arbitrary: fc.record({ protocol: optional(protocol), port: portNumber, endPort: optional(portNumber) }),
  },
  { weight: 3, arbitrary: fc.record({ protocol: optional(protocol), port: fc.constantFrom("http", "dns") }) },
  {
    weight: 2,
    arbitrary: fc.record({ protocol: optional(protocol), port: fc.constantFrom(null, undefined) }),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, {}, { endPort: 90 }, { port: "http", endPort: 8080 }) },
);

const ports = optional(fc.array(port, { maxLength: 2 }), 2);
const peers = optional(fc.array(peer, { maxLength: 3 }), 8);

const spec: fc.Arbitrary<PolicySpec> = fc.record({
  podSelector: optional(selector, 4),
  policyTypes: fc.constantFrom(
    undefined,
    null,
    [],
    ["Ingress"],
    ["Egress"],
    ["Ingress", "Egress"],
    ["Ingress", "Egress"],
  ),
  ingress: optional(fc.array(optional(fc.record({ from: peers, ports }), 14), { maxLength: 2 }), 6),
  egress: optional(fc.array(optional(fc.record({ to: peers, ports }), 14), { maxLength: 2 }), 6),
});

export const policies: fc.Arbitrary<NetworkPolicy[]> = fc
  .array(fc.tuple(fc.constantFrom(...NAMESPACES), optional(spec, 18)), { maxLength: 6 })
  .map((list) =>
    list.map(([namespaceName, policySpec], index) => ({
      metadata: { namespace: namespaceName, name: `p${index}` },
      ...(policySpec === undefined ? {} : { spec: policySpec }),
    })),
  );

const containerPort = fc.record({
  name: optional(fc.constantFrom("http", "dns"), 6),
  containerPort: portNumber,
  protocol: optional(protocol),
});

const container = fc.record({
  name: fc.constant("c"),
  ports: optional(fc.array(containerPort, { maxLength: 3 }), 6),
  restartPolicy: fc.constantFrom("Always", undefined),
});

const NODE_IPS = ["10.0.0.20", "fd00::20"] as const;

const podShape = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels,
  containers: fc.array(container, { minLength: 1, maxLength: 2 }),
  initContainers: optional(fc.array(container, { minLength: 1, maxLength: 1 }), 3),
  addresses: fc.constantFrom("v4", "v4", "v4", "v6", "both", "none") as fc.Arbitrary<AddressKind>,
  hostNetwork: fc.constantFrom(false, false, false, false, false, false, true),
  onNode: fc.constantFrom(true, false, false),
});

type AddressKind = "v4" | "v6" | "both" | "none";

function addressesOf(kind: AddressKind, v4: string, v6: string): readonly string[] | undefined {
  switch (kind) {
    case "v4":
      return [v4];
    case "v6":
      return [v6];
    case "both":
      return [v4, v6];
    case "none":
      return undefined;
  }
}

const pods: fc.Arbitrary<PodEnd[]> = fc.array(podShape, { minLength: 2, maxLength: 4 }).map((shapes) =>
  shapes.map((shape, index): PodEnd => {
    const name = `${shape.namespace}/pod-${index}`;
    const { containers, initContainers, hostNetwork } = shape;
    const [v4, v6] = hostNetwork ? NODE_IPS : [`10.0.0.${index + 3}`, `fd00::${index + 3}`];
    return {
      kind: "pod",
      key: name,
      display: name,
      namespace: shape.namespace,
      labels: shape.labels,
      spec: { containers, initContainers, hostNetwork } as PodEnd["spec"],
      ips: addressesOf(shape.addresses, v4, v6),
      ...(shape.onNode ? { nodeIps: [...NODE_IPS] } : {}),
    };
  }),
);

const OUTSIDE = [
  "192.0.2.130",
  "10.0.0.20",
  "10.0.0.3",
  "2001:db8:0:1::7",
  "10.0.0.0/29",
  "192.0.2.0/24",
  "fd00::/124",
];

const outside: fc.Arbitrary<TrafficEnd[]> = fc
  .tuple(fc.subarray(OUTSIDE, { minLength: 2, maxLength: 3 }), fc.constantFrom(true, false, false))
  .map(([addresses, host]): TrafficEnd[] => [
    ...addresses.map((text): CidrEnd => address(text)),
    ...(host ? [unresolved("example.com")] : []),
  ]);

const unreadEntry: fc.Arbitrary<Unread> = fc.oneof(
  fc.record({
    resource: fc.constantFrom("namespaces" as const, "networkpolicies" as const),
    namespace: fc.constantFrom(...NAMESPACES),
    reason: fc.constant("forbidden"),
  }),
  fc.record({
    resource: fc.constantFrom("namespaces" as const, "networkpolicies" as const),
    readNamespaces: fc.subarray([...NAMESPACES], { minLength: 1 }),
    reason: fc.constant("forbidden"),
  }),
);

const namespaces: fc.Arbitrary<Namespace[]> = fc
  .tuple(fc.array(labels, { minLength: 3, maxLength: 3 }), fc.subarray([...NAMESPACES], { minLength: 2 }))
  .map(([lists, present]) =>
    present.map((name, index) => ({ metadata: { name, labels: lists[index] ?? {} } })),
  );

export const arbitraryWorld: fc.Arbitrary<ArbitraryWorld> = fc.record({
  namespaces,
  pods,
  networkPolicies: policies,
  adminPolicies: fc.constant(NO_ADMIN_POLICIES),
  nodes: fc.constant([]),
  outside,
  unread: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(unreadEntry, { minLength: 1, maxLength: 2 }) },
  ),
});
