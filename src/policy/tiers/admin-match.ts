import type { AdminPort } from "../../model/admin-policy.ts";
import type { PodEnd } from "../../model/traffic.ts";
import { contains } from "../../selectors/cidr.ts";
import { meetsAll } from "../../selectors/label-selector.ts";
import { matchesNamedPort } from "../compiled-port.ts";
import { type Match, matchNamespace } from "../namespace-labels.ts";
import type { LabelsOfNamespace, RuleQuestion } from "../rule-match.ts";
import type { CompiledAdminPeer, CompiledAdminRule, CompiledSelection } from "./compiled-admin-policy.ts";
import { matchesDomain } from "./domain-names.ts";
import { keyOf, type NodeBook } from "./nodes.ts";

/** What admin rules ask beyond what NetworkPolicies ask. */
export interface AdminQuestion extends RuleQuestion {
  /** The name that the other end was asked about by; undefined: it has none, or none is known. */
  readonly host: string | undefined;
}

/** What of the cluster admin rules look at. */
export interface AdminSurroundings {
  readonly labelsOf: LabelsOfNamespace;
  readonly nodes: NodeBook;
}

/** `why`, where it is unknown: what it depends on. */
export interface AdminMatch {
  readonly match: Match;
  readonly why?: string;
}

const YES: AdminMatch = { match: "yes" };
const NO: AdminMatch = { match: "no" };

/** Any of the ports, or none given; and any of the peers (T7, T10). */
export function matchAdminRule(
  { rule, peers }: CompiledAdminRule,
  question: AdminQuestion,
  surroundings: AdminSurroundings,
): AdminMatch {
  const port = anyOf(rule.ports, (entry) => matchAdminPort(entry, question));
  if (port.match === "no") {
    return NO;
  }
  const peer = anyOf(peers, (entry) => matchAdminPeer(entry, question, surroundings));
  return peer.match === "yes" ? port : peer;
}

/** Undefined is no condition at all. */
function anyOf<T>(list: readonly T[] | undefined, match: (entry: T) => AdminMatch): AdminMatch {
  if (list === undefined) {
    return YES;
  }
  let answer = NO;
  for (const entry of list) {
    const found = match(entry);
    if (found.match === "yes") {
      return found;
    }
    if (found.match === "unknown" && answer.match === "no") {
      answer = found;
    }
  }
  return answer;
}

export function matchAdminPort(
  entry: AdminPort,
  { port, protocol, destination, knobs }: RuleQuestion,
): AdminMatch {
  switch (entry.kind) {
    case "protocol":
      return entry.protocol === protocol ? YES : NO;
    case "range":
      return entry.protocol === protocol && entry.first <= port && port <= entry.last ? YES : NO;
    case "named":
      return protocol !== "ICMP" && matchesNamedPort(entry.name, port, protocol, destination, knobs)
        ? YES
        : NO;
    case "unknown":
      return { match: "unknown", why: entry.problem };
    default: {
      const never: never = entry;
      throw new Error(`unhandled port ${JSON.stringify(never)}`);
    }
  }
}

export function matchAdminPeer(
  peer: CompiledAdminPeer,
  { pod, address, host }: AdminQuestion,
  { labelsOf, nodes }: AdminSurroundings,
): AdminMatch {
  switch (peer.kind) {
    case "pods":
      return pod === undefined ? NO : matchSelection(peer, pod, labelsOf);
    case "networks":
      return address !== undefined && peer.blocks.some(({ cidr }) => contains(cidr, address)) ? YES : NO;
    case "nodes": {
      // Undefined: no address is any node's, as far as nodes are known.
      const key = address === undefined ? "" : keyOf(address);
      const isOne = nodes.nodes.some(
        ({ labels, addresses }) =>
          addresses.some((candidate) => keyOf(candidate) === key) && meetsAll(peer.nodes, labels),
      );
      if (isOne) {
        return YES;
      }
      // A pod's own address is never a node's.
      return nodes.unread === undefined || (pod !== undefined && pod.spec.hostNetwork !== true)
        ? NO
        : { match: "unknown", why: `not readable (${nodes.unread}): the addresses of the nodes` };
    }
    case "domains":
      if (host !== undefined) {
        return peer.names.some((name) => matchesDomain(name, host)) ? YES : NO;
      }
      return {
        match: "unknown",
        why: `which addresses ${peer.names.join(", ")} resolve to is not known (T7)`,
      };
    default: {
      const never: never = peer;
      throw new Error(`unhandled peer ${JSON.stringify(never)}`);
    }
  }
}

/** T6: pods in their node's network are never among them. */
export function matchSelection(
  { namespaces, pods }: CompiledSelection,
  pod: PodEnd,
  labelsOf: LabelsOfNamespace,
): AdminMatch {
  if (pod.spec.hostNetwork === true || !meetsAll(pods, pod.labels)) {
    return NO;
  }
  const labels = labelsOf(pod.namespace);
  const match = matchNamespace(namespaces, labels);
  return match === "unknown"
    ? { match, why: `not readable (${labels.unread}): labels of namespace ${pod.namespace}` }
    : { match };
}
