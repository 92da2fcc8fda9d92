import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Protocol,
} from "../../model/kubernetes.ts";
import { type Block, contains, parseBlock } from "./address.ts";
import { hash } from "./rule-names.ts";
import { compileSelector, type LabelTest } from "./selector.ts";

export type Direction = "ingress" | "egress";

export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The API server gives every namespace its name as this label. */
export const NAME_LABEL = "kubernetes.io/metadata.name";

/** A NetworkPolicy with the API's defaults filled in. */
export interface LabPolicy {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly isSubject: LabelTest;
  /** A direction that the policy does not speak of is absent; one that it closes has no rules. */
  readonly rules: Readonly<Partial<Record<Direction, readonly PolicyRule[]>>>;
}

export interface PolicyRule {
  /** `everyone` is wider than any peers: also what is no pod. */
  readonly peers: "everyone" | RulePeers;
  /** `all` is wider than any list: also ICMP and every other protocol. */
  readonly ports: "all" | readonly RulePort[];
}

/** All that is in one of the selections or in one of the blocks. */
export interface RulePeers {
  readonly selections: readonly PodSelection[];
  /** Same text, same selections; for sharing one set among rules. */
  readonly selectionsKey: string;
  readonly blocks: readonly BlockPeer[];
}

export interface PodSelection {
  readonly isNamespace: LabelTest;
  readonly isPod: LabelTest;
}

export interface BlockPeer {
  readonly block: Block;
  /** None contains another one. */
  readonly except: readonly Block[];
}

export type RulePort =
  | { readonly kind: "protocol"; readonly protocol: Protocol }
  /** Ranges are inclusive, sorted, and apart from each other. */
  | { readonly kind: "numbers"; readonly protocol: Protocol; readonly ranges: readonly PortRange[] }
  | { readonly kind: "named"; readonly protocol: Protocol; readonly name: string };

export type PortRange = readonly [first: number, last: number];

export function readLabPolicy({ metadata, spec }: NetworkPolicy): LabPolicy {
  const namespace = metadata.namespace ?? "default";
  const rules = {
    ingress: (spec?.ingress ?? []).map((rule) => ({
      peers: readPeers(rule?.from, namespace),
      ports: readPorts(rule?.ports),
    })),
    egress: (spec?.egress ?? []).map((rule) => ({
      peers: readPeers(rule?.to, namespace),
      ports: readPorts(rule?.ports),
    })),
  };
  let types = spec?.policyTypes ?? [];
  if (types.length === 0) {
    types = rules.egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  }
  return {
    key: `${namespace}/${metadata.name}`,
    namespace,
    isSubject: compileSelector(spec?.podSelector),
    rules: {
      ...(types.includes("Ingress") && { ingress: rules.ingress }),
      ...(types.includes("Egress") && { egress: rules.egress }),
    },
  };
}

function readPeers(
  peers: readonly (NetworkPolicyPeer | null | undefined)[] | null | undefined,
  ownNamespace: string,
): PolicyRule["peers"] {
  if (peers == null || peers.length === 0) {
    return "everyone";
  }
  const selectors = peers.flatMap((peer) => readSelectors(peer ?? {}, ownNamespace));
  return {
    selections: selectors.map(([namespaces, pods]) => ({
      isNamespace: compileSelector(namespaces),
      isPod: compileSelector(pods),
    })),
    selectionsKey: hash(JSON.stringify(selectors)),
    blocks: peers.flatMap((peer) => readBlock(peer ?? {})),
  };
}

/** Of namespaces and of pods in them. Nothing for a peer that says nothing: it must not come to mean everyone. */
function readSelectors(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  ownNamespace: string,
): [namespaces: LabelSelector, pods: LabelSelector][] {
  return ipBlock != null || (podSelector == null && namespaceSelector == null)
    ? []
    : [[namespaceSelector ?? { matchLabels: { [NAME_LABEL]: ownNamespace } }, podSelector ?? {}]];
}

function readBlock({ ipBlock }: NetworkPolicyPeer): BlockPeer[] {
  const block = ipBlock == null ? undefined : parseBlock(ipBlock.cidr);
  if (block === undefined) {
    return [];
  }
  const except = (ipBlock?.except ?? [])
    .flatMap((text) => parseBlock(text) ?? [])
    .filter((part) => contains(block, part));
  return [{ block, except: withoutNested(except) }];
}

function withoutNested(blocks: readonly Block[]): Block[] {
  return blocks.filter(
    (block, i) =>
      !blocks.some((other, j) => i !== j && contains(other, block) && !(contains(block, other) && i < j)),
  );
}

function readPorts(
  ports: readonly (NetworkPolicyPort | null | undefined)[] | null | undefined,
): PolicyRule["ports"] {
  if (ports == null || ports.length === 0) {
    return "all";
  }
  const named = new Map<string, RulePort>();
  const whole = new Set<Protocol>();
  const ranges = new Map<Protocol, PortRange[]>();
  for (const entry of ports) {
    const protocol = entry?.protocol ?? "TCP";
    const port = entry?.port;
    if (port == null) {
      whole.add(protocol);
    } else if (typeof port === "string") {
      named.set(`${protocol}/${port}`, { kind: "named", protocol, name: port });
    } else {
      const list = ranges.get(protocol) ?? [];
      list.push([port, entry?.endPort ?? port]);
      ranges.set(protocol, list);
    }
  }
  const merged: RulePort[] = [...whole].map((protocol) => ({ kind: "protocol", protocol }));
  for (const [protocol, list] of ranges) {
    if (!whole.has(protocol)) {
      merged.push({ kind: "numbers", protocol, ranges: mergeRanges(list) });
    }
  }
  return [...merged, ...named.values()];
}

/** nft refuses intervals that overlap. */
function mergeRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) {
      previous[1] = Math.max(previous[1], last);
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}
