import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  AdminNetworkPolicy,
  AdminNetworkPolicyPort,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyProtocol,
  IPBlock,
  LabelSelector,
  Labels,
  NetworkPolicy,
  NetworkPolicyPeer,
} from "../../src/model/kubernetes.ts";
import type { Direction, PredictionValue } from "../../src/model/prediction.ts";
import type { ProfileName } from "../../src/model/profile.ts";
import type { TrafficEnd } from "../../src/model/traffic.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { arbitraryTieredWorld, someQueries } from "./arbitrary-tiers.ts";
import { type ArbitraryWorld, arbitraryWorld, policies } from "./arbitrary-world.ts";
import type { PolicySpec } from "./build.ts";
import { allQueries, propertyRuns } from "./property-runs.ts";

const RUNS = propertyRuns(60);
const DIRECTIONS: readonly Direction[] = ["egress", "ingress"];

function valuesOf(cluster: ArbitraryWorld): PredictionValue[] {
  const evaluator = createEvaluator({ ...cluster, locate: () => undefined });
  return [...allQueries(cluster)].map((query) => evaluator.connection(query).value);
}

function mapSpecs(cluster: ArbitraryWorld, map: (spec: PolicySpec) => PolicySpec): ArbitraryWorld {
  const networkPolicies = cluster.networkPolicies.map((policy) =>
    policy.spec ? { ...policy, spec: map(policy.spec) } : policy,
  );
  return { ...cluster, networkPolicies };
}

function mapPeers(
  cluster: ArbitraryWorld,
  map: (peer: NetworkPolicyPeer) => NetworkPolicyPeer,
): ArbitraryWorld {
  const each = (peers: readonly (NetworkPolicyPeer | null | undefined)[] | null | undefined) =>
    peers?.map((peer) => (peer ? map(peer) : peer));
  return mapSpecs(cluster, (spec) => ({
    ...spec,
    ingress: spec.ingress?.map((rule) => (rule ? { ...rule, from: each(rule.from) } : rule)),
    egress: spec.egress?.map((rule) => (rule ? { ...rule, to: each(rule.to) } : rule)),
  }));
}

describe("laws that hold for every cluster", () => {
  it("adding a policy takes a direction away only from pods that were not isolated in it", () => {
    let judged = 0;
    fc.assert(
      fc.property(arbitraryWorld, policies, (drawn, more) => {
        const added = more.map(
          (policy): NetworkPolicy => ({
            ...policy,
            metadata: { ...policy.metadata, name: `added-${policy.metadata.name}` },
          }),
        );
        const cluster = { ...drawn, unread: [] };
        const before = createEvaluator({ ...cluster, locate: () => undefined });
        const networkPolicies = [...cluster.networkPolicies, ...added];
        const after = createEvaluator({ ...cluster, networkPolicies, locate: () => undefined });
        for (const query of allQueries(cluster)) {
          if (!isOneConnection(query.from, query.to)) {
            continue;
          }
          const then = before.connection(query);
          const now = after.connection(query);
          for (const direction of DIRECTIONS) {
            judged += 1;
            if (then[direction].value === "allow" && then[direction].isolatedBy.length > 0) {
              expect(now[direction].value).toBe("allow");
            }
          }
        }
      }),
      RUNS,
    );
    expect(judged).toBeGreaterThan(RUNS.numRuns * 10);
  }, 600_000);

  it("the order of policies, namespaces and unread entries changes nothing, not even a word", () => {
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const reversed = {
          ...cluster,
          namespaces: [...cluster.namespaces].reverse(),
          networkPolicies: [...cluster.networkPolicies].reverse(),
          unread: [...cluster.unread].reverse(),
        };
        const one = createEvaluator({ ...cluster, locate: () => undefined });
        const other = createEvaluator({ ...reversed, locate: () => undefined });
        for (const query of allQueries(cluster)) {
          expect(other.connection(query)).toEqual(one.connection(query));
        }
      }),
      propertyRuns(25),
    );
  }, 600_000);

  it("a rule says the same when each of its peers and ports stands in a rule of its own", () => {
    const split = <T>(list: readonly T[] | null | undefined): (readonly T[] | null | undefined)[] =>
      list?.length ? list.map((item) => [item]) : [list];
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const splitUp = mapSpecs(cluster, (spec) => ({
          ...spec,
          ingress: spec.ingress?.flatMap((rule) =>
            split(rule?.from).flatMap((from) => split(rule?.ports).map((ports) => ({ from, ports }))),
          ),
          egress: spec.egress?.flatMap((rule) =>
            split(rule?.to).flatMap((to) => split(rule?.ports).map((ports) => ({ to, ports }))),
          ),
        }));
        expect(valuesOf(splitUp)).toEqual(valuesOf(cluster));
      }),
      RUNS,
    );
  }, 600_000);

  it("renaming namespaces, label keys and label values everywhere changes nothing", () => {
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        expect(valuesOf(renamed(cluster))).toEqual(valuesOf(cluster));
      }),
      RUNS,
    );
  }, 600_000);

  it("another except opens nothing", () => {
    fc.assert(
      fc.property(
        arbitraryWorld,
        fc.constantFrom("10.0.0.4/30", "0.0.0.0/0", "fd00::/16"),
        (cluster, except) => {
          const narrower = mapPeers(cluster, (peer) =>
            peer.ipBlock
              ? { ...peer, ipBlock: { ...peer.ipBlock, except: [...(peer.ipBlock.except ?? []), except] } }
              : peer,
          );
          const before = valuesOf(cluster);
          for (const [index, value] of valuesOf(narrower).entries()) {
            if (before[index] === "deny") {
              expect(value).toBe("deny");
            }
            if (value === "allow") {
              expect(before[index]).toBe("allow");
            }
          }
        },
      ),
      RUNS,
    );
  }, 600_000);

  it("a selector written as matchLabels or as In says the same", () => {
    const asExpressions = (selector: LabelSelector | null | undefined) =>
      selector?.matchLabels
        ? {
            matchExpressions: [
              ...Object.entries(selector.matchLabels).map(([key, value]) => ({
                key,
                operator: "In",
                values: [value],
              })),
              ...(selector.matchExpressions ?? []),
            ],
          }
        : selector;
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const rewritten = mapPeers(
          mapSpecs(cluster, (spec) => ({ ...spec, podSelector: asExpressions(spec.podSelector) })),
          (peer) => ({
            ...peer,
            podSelector: asExpressions(peer.podSelector),
            namespaceSelector: asExpressions(peer.namespaceSelector),
          }),
        );
        expect(valuesOf(rewritten)).toEqual(valuesOf(cluster));
      }),
      RUNS,
    );
  }, 600_000);

  it("a block says the same as its two halves", () => {
    const halves = ({ cidr, except }: IPBlock): NetworkPolicyPeer[] => {
      const pairs: Record<string, string[]> = {
        "0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"],
        "10.0.0.0/8": ["10.0.0.0/9", "10.128.0.0/9"],
        "192.0.2.0/24": ["192.0.2.0/25", "192.0.2.128/25"],
        "::/0": ["::/1", "8000::/1"],
      };
      return (pairs[cidr] ?? [cidr]).map((half) => ({ ipBlock: { cidr: half, except } }));
    };
    const isPlainBlock = (peer: NetworkPolicyPeer) =>
      peer.ipBlock && !peer.podSelector && !peer.namespaceSelector;
    const each = (peers: readonly (NetworkPolicyPeer | null | undefined)[] | null | undefined) =>
      peers?.flatMap((peer) => (peer?.ipBlock && isPlainBlock(peer) ? halves(peer.ipBlock) : [peer]));
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const halved = mapSpecs(cluster, (spec) => ({
          ...spec,
          ingress: spec.ingress?.map((rule) => (rule ? { ...rule, from: each(rule.from) } : rule)),
          egress: spec.egress?.map((rule) => (rule ? { ...rule, to: each(rule.to) } : rule)),
        }));
        expect(valuesOf(halved)).toEqual(valuesOf(cluster));
      }),
      RUNS,
    );
  }, 600_000);
});

/** The values of a spread of queries of all kinds under a profile. */
function tieredValues(cluster: ArbitraryWorld, profile: ProfileName, salt: number): PredictionValue[] {
  const evaluator = createEvaluator({ ...cluster, locate: () => undefined }, { profile: profileOf(profile) });
  return [...someQueries(cluster, salt, 40)].map((query) => evaluator.connection(query).value);
}

describe("laws of the admin tiers", () => {
  it("an Admin policy that only passes changes nothing, where none stands behind it", () => {
    const passAll: ClusterNetworkPolicy = {
      metadata: { name: "zz-pass" },
      spec: {
        tier: "Admin",
        priority: 1001,
        subject: { namespaces: {} },
        ingress: [{ action: "Pass", from: [{ namespaces: {} }] }],
        egress: [{ action: "Pass", to: [{ namespaces: {} }, { networks: ["0.0.0.0/0", "::/0"] }] }],
      },
    };
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile, salt }) => {
        const more: ArbitraryWorld = {
          ...cluster,
          adminPolicies: {
            ...cluster.adminPolicies,
            clusterNetworkPolicies: [...cluster.adminPolicies.clusterNetworkPolicies, passAll],
          },
        };
        expect(tieredValues(more, profile, salt)).toEqual(tieredValues(cluster, profile, salt));
      }),
      propertyRuns(150),
    );
  }, 600_000);

  it("the order of the objects changes nothing", () => {
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile, salt }) => {
        const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
          cluster.adminPolicies;
        const reversed: ArbitraryWorld = {
          ...cluster,
          nodes: [...cluster.nodes].reverse(),
          adminPolicies: {
            clusterNetworkPolicies: [...clusterNetworkPolicies].reverse(),
            adminNetworkPolicies: [...adminNetworkPolicies].reverse(),
            baselineAdminNetworkPolicies: [...baselineAdminNetworkPolicies].reverse(),
          },
        };
        expect(tieredValues(reversed, profile, salt)).toEqual(tieredValues(cluster, profile, salt));
      }),
      propertyRuns(150),
    );
  }, 600_000);

  it("a policy of either version says the same", () => {
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, salt }) => {
        const { adminNetworkPolicies } = cluster.adminPolicies;
        const rewritten: ArbitraryWorld = {
          ...cluster,
          adminPolicies: {
            ...cluster.adminPolicies,
            adminNetworkPolicies: [],
            clusterNetworkPolicies: [
              ...cluster.adminPolicies.clusterNetworkPolicies,
              ...adminNetworkPolicies.map(asClusterPolicy),
            ],
          },
        };
        expect(tieredValues(rewritten, "upstream", salt)).toEqual(tieredValues(cluster, "upstream", salt));
      }),
      propertyRuns(150),
    );
  }, 600_000);

  it("what a profile decides is one of the answers that a profile with more open points leaves", () => {
    let decided = 0;
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile, salt }) => {
        const sure = tieredValues(cluster, "portable", salt);
        for (const [index, value] of tieredValues(cluster, profile, salt).entries()) {
          if (sure[index] !== "undetermined") {
            decided += 1;
            // Which of equal policies wins is open in itself, so only there a plugin may know more.
            expect([sure[index], "undetermined"]).toContain(value);
          }
        }
      }),
      propertyRuns(150),
    );
    expect(decided).toBeGreaterThan(500);
  }, 600_000);
});

/** The same policy in the newer version of the API. */
function asClusterPolicy({ metadata, spec }: AdminNetworkPolicy): ClusterNetworkPolicy {
  const protocolsOf = (ports: readonly (AdminNetworkPolicyPort | null | undefined)[] | null | undefined) =>
    ports?.map((port): ClusterNetworkPolicyProtocol => {
      const { portNumber, portRange, namedPort } = port ?? {};
      const name = (portNumber?.protocol ?? portRange?.protocol ?? "TCP").toLowerCase();
      if (portNumber) {
        return { [name]: { destinationPort: { number: portNumber.port } } };
      }
      return portRange
        ? { [name]: { destinationPort: { range: portRange } } }
        : { destinationNamedPort: namedPort };
    });
  const action = (text: string | undefined) => (text === "Allow" ? "Accept" : (text ?? ""));
  return {
    metadata,
    spec: {
      tier: "Admin",
      priority: spec?.priority,
      subject: spec?.subject,
      ingress: spec?.ingress?.map((rule) => ({
        action: action(rule?.action),
        from: rule?.from,
        protocols: protocolsOf(rule?.ports),
      })),
      egress: spec?.egress?.map((rule) => ({
        action: action(rule?.action),
        to: rule?.to,
        protocols: protocolsOf(rule?.ports),
      })),
    },
  };
}

/** Between two known addresses of one family, so that no direction sums up several cases. */
function isOneConnection(from: TrafficEnd, to: TrafficEnd): boolean {
  const familyOf = (end: TrafficEnd): string | undefined => {
    const address =
      end.kind === "pod" && end.ips?.length === 1 && !end.spec.hostNetwork ? end.ips[0] : undefined;
    const single = end.kind === "cidr" && /\/(32|128)$/.test(end.cidr) ? end.cidr : address;
    return single === undefined ? undefined : single.includes(":") ? "IPv6" : "IPv4";
  };
  return familyOf(from) !== undefined && familyOf(from) === familyOf(to);
}

const NAME_LABEL = "kubernetes.io/metadata.name";
const renameNamespace = (name: string): string => `ns-${name}`;
const renameKey = (key: string): string => (key === NAME_LABEL ? key : `key-${key}`);

/** Namespace names keep apart from other values under the name's label only, so both are renamed alike there. */
function renameValue(key: string, value: string): string {
  return key === NAME_LABEL ? renameNamespace(value) : `value-${value}`;
}

function renameLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [renameKey(key), renameValue(key, value)]),
  );
}

function renameSelector(selector: LabelSelector | null | undefined): LabelSelector | null | undefined {
  return (
    selector && {
      matchLabels: selector.matchLabels && renameLabels(selector.matchLabels),
      matchExpressions: selector.matchExpressions?.map(({ key, operator, values }) => ({
        key: renameKey(key),
        operator,
        values: values?.map((value) => renameValue(key, value)),
      })),
    }
  );
}

function renamed(cluster: ArbitraryWorld): ArbitraryWorld {
  const peers = mapPeers(cluster, (peer) => ({
    ...peer,
    podSelector: renameSelector(peer.podSelector),
    namespaceSelector: renameSelector(peer.namespaceSelector),
  }));
  const { networkPolicies } = mapSpecs(peers, (spec) => ({
    ...spec,
    podSelector: renameSelector(spec.podSelector),
  }));
  const renameEnd = <T extends TrafficEnd>(end: T): T =>
    end.kind === "pod"
      ? { ...end, namespace: renameNamespace(end.namespace), labels: renameLabels(end.labels) }
      : end;
  return {
    adminPolicies: cluster.adminPolicies,
    nodes: cluster.nodes,
    namespaces: cluster.namespaces.map(({ metadata }) => ({
      metadata: { name: renameNamespace(metadata.name), labels: renameLabels(metadata.labels ?? {}) },
    })),
    pods: cluster.pods.map(renameEnd),
    outside: cluster.outside,
    networkPolicies: networkPolicies.map((policy) => ({
      ...policy,
      metadata: { ...policy.metadata, namespace: renameNamespace(policy.metadata.namespace ?? "default") },
    })),
    unread: cluster.unread.map((entry) => ({
      ...entry,
      ...(entry.namespace === undefined ? {} : { namespace: renameNamespace(entry.namespace) }),
      ...(entry.readNamespaces === undefined
        ? {}
        : { readNamespaces: entry.readNamespaces.map(renameNamespace) }),
    })),
  };
}
