import fc from "fast-check";
import type {
  AdminEgressPeer,
  AdminIngressPeer,
  AdminNetworkPolicy,
  AdminNetworkPolicyPort,
  AdminPolicySubject,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyProtocol,
  Node,
} from "../../src/model/kubernetes.ts";
import { PROFILE_NAMES } from "../../src/model/profile.ts";
import type { AdminPolicyObjects, Unread } from "../../src/model/snapshot.ts";
import type { ServiceHop, TrafficEnd, TrafficProtocol } from "../../src/model/traffic.ts";
import type { ConnectionQuery } from "../../src/policy/evaluator.ts";
import {
  type ArbitraryWorld,
  arbitraryWorld,
  CIDRS,
  labels,
  NAMESPACES,
  PORTS,
  PROTOCOLS,
  selector,
} from "./arbitrary-world.ts";
import { host } from "./build.ts";

const namespacedPod = fc.record({ namespaceSelector: selector, podSelector: selector });

const subject: fc.Arbitrary<AdminPolicySubject> = fc.oneof(
  { weight: 5, arbitrary: selector.map((namespaces) => ({ namespaces })) },
  { weight: 5, arbitrary: namespacedPod.map((pods) => ({ pods })) },
  { weight: 1, arbitrary: fc.constantFrom<AdminPolicySubject>({}, { namespaces: {}, pods: {} }) },
);

const podPeers: readonly fc.WeightedArbitrary<AdminIngressPeer>[] = [
  { weight: 6, arbitrary: selector.map((namespaces) => ({ namespaces })) },
  { weight: 6, arbitrary: namespacedPod.map((pods) => ({ pods })) },
];

/** What newer versions of the API may bring; what has no known field fails closed (T9). */
const unknownPeer = fc.constantFrom<AdminIngressPeer>(
  {},
  { serviceAccounts: {} } as AdminIngressPeer,
  { namespaces: {}, other: {} } as AdminIngressPeer,
);

const ingressPeer: fc.Arbitrary<AdminIngressPeer> = fc.oneof(
  ...podPeers,
  { weight: 1, arbitrary: unknownPeer },
  { weight: 1, arbitrary: fc.constant({ networks: ["10.0.0.0/8"] } as AdminIngressPeer) },
);

const egressPeer: fc.Arbitrary<AdminEgressPeer> = fc.oneof(
  ...podPeers,
  {
    weight: 6,
    arbitrary: fc
      .array(fc.constantFrom(...CIDRS), { minLength: 1, maxLength: 2 })
      .map((networks) => ({ networks })),
  },
  { weight: 3, arbitrary: selector.map((nodes) => ({ nodes })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("example.com", "*.example.com", "*.com").map((name) => ({
      domainNames: [name],
    })),
  },
  { weight: 1, arbitrary: unknownPeer },
);

const number = fc.constantFrom(...PORTS);
const protocol = fc.constantFrom("tcp", "tcp", "udp", "sctp");

const protocols: fc.Arbitrary<ClusterNetworkPolicyProtocol> = fc.oneof(
  fc.tuple(protocol, number).map(([name, port]) => ({ [name]: { destinationPort: { number: port } } })),
  fc
    .tuple(protocol, number)
    .map(([name, start]) => ({ [name]: { destinationPort: { range: { start, end: 8080 } } } })),
  protocol.map((name) => ({ [name]: {} })),
  fc.constantFrom("http", "dns").map((destinationNamedPort) => ({ destinationNamedPort })),
  fc.constantFrom<ClusterNetworkPolicyProtocol>({}, { icmp: {} } as ClusterNetworkPolicyProtocol),
);

const ports: fc.Arbitrary<AdminNetworkPolicyPort> = fc.oneof(
  fc.tuple(fc.constantFrom(...PROTOCOLS), number).map(([name, port]) => ({
    portNumber: { protocol: name, port },
  })),
  number.map((start) => ({ portRange: { start, end: 8080 } })),
  fc.constantFrom("http", "dns").map((namedPort) => ({ namedPort })),
);

const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[] | undefined> =>
  fc.oneof(fc.constant(undefined), fc.array(item, { minLength: 1, maxLength: 2 }));

const priority = fc.constantFrom(1, 2, 2, 3, 1000);
const peersOf = <T>(peer: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(peer, { minLength: 1, maxLength: 2 });

const clusterPolicy: fc.Arbitrary<NonNullable<ClusterNetworkPolicy["spec"]>> = fc.record({
  tier: fc.constantFrom("Admin", "Baseline"),
  priority,
  subject,
  ingress: fc.array(
    fc.record({
      action: fc.constantFrom("Accept", "Deny", "Pass"),
      from: peersOf(ingressPeer),
      protocols: few(protocols),
    }),
    { maxLength: 3 },
  ),
  egress: fc.array(
    fc.record({
      action: fc.constantFrom("Accept", "Deny", "Pass"),
      to: peersOf(egressPeer),
      protocols: few(protocols),
    }),
    { maxLength: 3 },
  ),
});

const olderPolicy = (actions: readonly string[]) =>
  fc.record({
    subject,
    ingress: fc.array(
      fc.record({ action: fc.constantFrom(...actions), from: peersOf(ingressPeer), ports: few(ports) }),
      { maxLength: 2 },
    ),
    egress: fc.array(
      fc.record({ action: fc.constantFrom(...actions), to: peersOf(egressPeer), ports: few(ports) }),
      { maxLength: 2 },
    ),
  });

export const adminPolicies: fc.Arbitrary<AdminPolicyObjects> = fc.record({
  clusterNetworkPolicies: fc
    .array(clusterPolicy, { maxLength: 4 })
    .map((specs) =>
      specs.map((spec, index): ClusterNetworkPolicy => ({ metadata: { name: `c${index}` }, spec })),
    ),
  adminNetworkPolicies: fc
    .array(fc.tuple(priority, olderPolicy(["Allow", "Deny", "Pass"])), { maxLength: 1 })
    .map((list) =>
      list.map(
        ([own, spec], index): AdminNetworkPolicy => ({
          metadata: { name: `a${index}` },
          spec: { ...spec, priority: own },
        }),
      ),
    ),
  baselineAdminNetworkPolicies: fc
    .array(olderPolicy(["Allow", "Deny"]), { maxLength: 1 })
    .map((list) => list.map((spec): BaselineAdminNetworkPolicy => ({ metadata: { name: "default" }, spec }))),
});

const nodes: fc.Arbitrary<Node[]> = fc.array(labels, { maxLength: 2 }).map((lists) =>
  lists.map(
    (own, index): Node => ({
      metadata: { name: `node-${index}`, labels: own },
      status: {
        addresses: ["10.0.0.2", "fd00::2"].map((address) => ({
          type: "InternalIP",
          address: `${address}${index}`,
        })),
      },
    }),
  ),
);

const unreadTier: fc.Arbitrary<Unread> = fc
  .constantFrom(
    "clusternetworkpolicies" as const,
    "adminnetworkpolicies" as const,
    "baselineadminnetworkpolicies" as const,
    "nodes" as const,
  )
  .map((resource) => ({ resource, reason: "forbidden" }));

/** A cluster with admin tiers and nodes, and the profile by which it is to be judged. */
export const arbitraryTieredWorld = fc
  .record({
    world: arbitraryWorld,
    admin: adminPolicies,
    nodes,
    unreadTiers: fc.oneof(
      { weight: 12, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: unreadTier.map((one) => [one]) },
    ),
    name: fc.boolean(),
    profile: fc.constantFrom(...PROFILE_NAMES, "portable" as const, "portable" as const),
    salt: fc.nat({ max: 1_000_000 }),
  })
  .map(({ world, admin, nodes: drawnNodes, unreadTiers, name, profile, salt }) => {
    const outside: readonly TrafficEnd[] = name ? [...world.outside, host("www.example.com")] : world.outside;
    const cluster: ArbitraryWorld = {
      ...world,
      outside,
      adminPolicies: admin,
      nodes: drawnNodes,
      unread: [...world.unread, ...unreadTiers],
    };
    return { cluster, profile, salt };
  });

/** `count` queries of all kinds: any pair with a pod in it, any protocol, directly or by way of a Service. */
export function* someQueries(
  cluster: ArbitraryWorld,
  salt: number,
  count: number,
): Generator<ConnectionQuery> {
  let state = salt * 2_654_435_761 + 1;
  const below = (limit: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) >>> 0;
    return state % limit;
  };
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const protocolsOf: readonly TrafficProtocol[] = ["TCP", "TCP", "TCP", "UDP", "SCTP", "ICMP"];
  for (let index = 0; index < count; index++) {
    const pod = pick(cluster.pods);
    const other = below(3) === 0 ? pick(cluster.outside) : pick(cluster.pods);
    if (pod === undefined || other === undefined) {
      continue;
    }
    const outward = other.kind === "pod" || below(2) === 0;
    const service: ServiceHop = {
      name: "alpha/service",
      namespace: pick(NAMESPACES) ?? "alpha",
      ...(below(4) === 0 ? {} : { address: pick(["10.96.0.7", "10.0.0.5", "fd00::5"]) ?? "10.96.0.7" }),
      port: pick(PORTS) ?? 80,
      selector: below(3) === 0 ? {} : (pick([{ app: "web" }, { tier: "db" }]) ?? {}),
      keepsClient: below(2) === 0,
    };
    yield {
      from: outward ? pod : other,
      to: outward ? other : pod,
      port: pick(PORTS) ?? 80,
      protocol: pick(protocolsOf) ?? "TCP",
      ...(below(4) === 0 ? { via: service } : {}),
      ...(below(12) === 0 ? { established: true } : {}),
    };
  }
}
