import { type Block, FAMILIES, type Family, formatBlock } from "./address.ts";
import type { BlockPeer, Direction, PolicyRule, RulePeers, RulePort } from "./lab-policy.ts";
import { namedPortSet, peerSet } from "./rule-names.ts";

/** The condition of an nft rule; a family where it can hold for that one only. */
interface Condition {
  readonly family?: Family;
  readonly text: string;
}

/** nft's word for the header of a family. */
export const HEADER: Readonly<Record<Family, string>> = { ipv4: "ip", ipv6: "ip6" };

/**
 * The nft rules, without verdict, that hold for exactly the connections which the policy's rule admits: the other end
 * is one of the peers and the destination's port is one of the ports.
 */
export function ruleConditions(rule: PolicyRule, direction: Direction): string[] {
  const field = direction === "ingress" ? "saddr" : "daddr";
  const peers: readonly Condition[] =
    rule.peers === "everyone" ? [{ text: "" }] : peerConditions(rule.peers, field);
  const ports: readonly Condition[] =
    rule.ports === "all" ? [{ text: "" }] : rule.ports.flatMap(portConditions);
  const lines = peers.flatMap((peer) =>
    ports
      .filter((port) => peer.family === undefined || port.family === undefined || peer.family === port.family)
      .map((port) => [peer.text, port.text].filter((text) => text !== "").join(" ")),
  );
  return [...new Set(lines)];
}

function peerConditions({ selections, selectionsKey, blocks }: RulePeers, field: string): Condition[] {
  const selected = FAMILIES.map((family) => ({
    family,
    text: `${HEADER[family]} ${field} @${peerSet(selectionsKey, family)}`,
  }));
  return [
    ...(selections.length === 0 ? [] : selected),
    ...blocks.map((block) => blockCondition(block, field)),
  ];
}

/** One condition a block, so that what one block excepts, another one can still admit. */
function blockCondition({ block, except }: BlockPeer, field: string): Condition {
  const { family } = block;
  const inside = matchBlock(block, field);
  if (except.length === 0) {
    return { family, text: inside };
  }
  const outside = `${HEADER[family]} ${field} != { ${except.map(formatBlock).join(", ")} }`;
  return { family, text: `${inside} ${outside}` };
}

function matchBlock(block: Block, field: string): string {
  return block.prefixLength === 0
    ? `meta nfproto ${block.family}`
    : `${HEADER[block.family]} ${field} ${formatBlock(block)}`;
}

function portConditions(port: RulePort): Condition[] {
  const protocol = port.protocol.toLowerCase();
  switch (port.kind) {
    case "protocol":
      return [{ text: `meta l4proto ${protocol}` }];
    case "numbers": {
      const ranges = port.ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
      return [{ text: `${protocol} dport ${ranges.length === 1 ? ranges[0] : `{ ${ranges.join(", ")} }`}` }];
    }
    case "named":
      // The destination, whichever end that is, says what number the name has; what is no pod has no names.
      return FAMILIES.map((family) => ({
        family,
        text: `${HEADER[family]} daddr . ${protocol} dport @${namedPortSet(port.protocol, port.name, family)}`,
      }));
  }
}
