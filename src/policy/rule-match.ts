import type { PodEnd, TrafficProtocol } from "../model/traffic.ts";
import { contains } from "../selectors/cidr.ts";
import type { IpAddress } from "../selectors/ip-address.ts";
import { meetsAll } from "../selectors/label-selector.ts";
import type { KnobReader } from "./choices.ts";
import type { CompiledPeer, SelectorPeer } from "./compiled-peer.ts";
import type { CompiledPolicy, PolicyRule } from "./compiled-policy.ts";
import { matchesPort, type PortDeclarations } from "./compiled-port.ts";
import { type Match, matchNamespace, type NamespaceLabels } from "./namespace-labels.ts";

/** One connection as the rules of one end's policies see it. */
export interface RuleQuestion {
  /** The other end, where selectors see a pod there. */
  readonly pod: PodEnd | undefined;
  /** The other end's address; undefined only where no rule has an ipBlock. */
  readonly address: IpAddress | undefined;
  readonly port: number;
  readonly protocol: TrafficProtocol;
  /** What port names are looked up in: the destination pod's declarations (S27). */
  readonly destination: PortDeclarations;
  readonly knobs: KnobReader;
  /** Whether an address is a node's. */
  readonly isNode: (address: IpAddress) => boolean;
}

/** What the rules say together: any one that matches allows (S5). */
export type RuleAnswer =
  | { readonly match: "yes"; readonly by: PolicyRule }
  | { readonly match: "unknown"; readonly by: PolicyRule }
  | { readonly match: "no" };

export type LabelsOfNamespace = (namespace: string) => NamespaceLabels;

export function answerOf(
  rules: readonly PolicyRule[],
  question: RuleQuestion,
  labelsOf: LabelsOfNamespace,
): RuleAnswer {
  let unknown: PolicyRule | undefined;
  for (const candidate of rules) {
    const match = matchRule(candidate, question, labelsOf);
    if (match === "yes") {
      return { match, by: candidate };
    }
    if (match === "unknown") {
      unknown ??= candidate;
    }
  }
  return unknown === undefined ? { match: "no" } : { match: "unknown", by: unknown };
}

/** S8: any port, or no ports given; and any peer, or no peers given. */
export function matchRule(
  { policy, rule }: PolicyRule,
  question: RuleQuestion,
  labelsOf: LabelsOfNamespace,
): Match {
  const { port, protocol, destination, knobs } = question;
  if (
    rule.ports !== undefined &&
    !rule.ports.some((entry) => matchesPort(entry, port, protocol, destination, knobs))
  ) {
    return "no";
  }
  if (rule.peers === undefined) {
    return "yes";
  }
  let match: Match = "no";
  for (const peer of rule.peers) {
    const answer = matchPeer(peer, policy, question, labelsOf);
    if (answer === "yes") {
      return "yes";
    }
    if (answer === "unknown") {
      match = "unknown";
    }
  }
  return match;
}

function matchPeer(
  peer: CompiledPeer,
  policy: CompiledPolicy,
  { pod, address, knobs, isNode }: RuleQuestion,
  labelsOf: LabelsOfNamespace,
): Match {
  switch (peer.kind) {
    case "pods":
      return pod === undefined ? "no" : matchPods(peer, policy, pod, labelsOf);
    case "block": {
      const inBlock = address !== undefined && contains(peer.cidr, address);
      if (!inBlock || peer.excepts.some(({ cidr }) => contains(cidr, address))) {
        return "no";
      }
      if (pod !== undefined) {
        return knobs.read("ipBlockPods") === "match" ? "yes" : "no";
      }
      return isNode(address) && knobs.read("ipBlockNodes") === "no-match" ? "no" : "yes";
    }
    case "refused":
      return "no";
    default: {
      const never: never = peer;
      throw new Error(`unhandled peer ${JSON.stringify(never)}`);
    }
  }
}

function matchPods(
  peer: SelectorPeer,
  policy: CompiledPolicy,
  pod: PodEnd,
  labelsOf: LabelsOfNamespace,
): Match {
  if (!meetsAll(peer.pods, pod.labels)) {
    return "no";
  }
  if (peer.namespaces === undefined) {
    return pod.namespace === policy.namespace ? "yes" : "no";
  }
  return matchNamespace(peer.namespaces, labelsOf(pod.namespace));
}
