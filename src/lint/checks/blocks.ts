import type { BlockPeer } from "../../policy/compiled-peer.ts";
import { formatCidr } from "../../selectors/cidr.ts";
import { type Check, finding } from "../check.ts";
import { ClusterAddresses } from "../cluster-addresses.ts";
import type { Draft } from "../finding.ts";
import { allBlocks, type LintPolicy, type RuleInForce } from "../lint-world.ts";

/** Address blocks that hold other addresses than they were meant to (S15, S16). */
export const checkBlocks: Check = (world) => {
  const cluster = new ClusterAddresses(world);
  return allBlocks(world).flatMap((place) => [
    ...clusterBlock(place.policy, place.peer, cluster),
    ...ipv6Forgotten(place, place.peer, cluster),
  ]);
};

function clusterBlock({ object }: LintPolicy, peer: BlockPeer, cluster: ClusterAddresses): Draft[] {
  // The whole internet holds the cluster too; nobody means that by it.
  if (peer.cidr.prefix === 0) return [];
  const owner = cluster.owner(peer);
  if (owner === undefined) return [];
  return [
    finding("block-of-cluster-addresses", {
      object,
      path: [...peer.path, "cidr"],
      message: `${formatCidr(peer.cidr)} holds ${owner}: plugins differ on whether an ipBlock matches that`,
      hint: "select pods by podSelector and namespaceSelector, also those behind a Service",
      part: "value",
    }),
  ];
}

function ipv6Forgotten(
  { policy: { object }, rule, direction }: RuleInForce,
  peer: BlockPeer,
  cluster: ClusterAddresses,
): Draft[] {
  if (!cluster.hasIpv6 || peer.cidr.family !== 4 || peer.cidr.prefix !== 0) return [];
  if (rule.peers?.some((other) => other.kind === "block" && other.cidr.family === 6)) return [];
  return [
    finding("ipv6-forgotten", {
      object,
      path: [...peer.path, "cidr"],
      message: `0.0.0.0/0 is IPv4 only, and ${cluster.whole} IPv6 addresses: by IPv6 this rule ${
        direction === "ingress" ? "lets nobody in" : "leads nowhere"
      }`,
      hint: 'add a peer ipBlock: {cidr: "::/0"}',
      part: "value",
    }),
  ];
}
