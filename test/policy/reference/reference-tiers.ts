import type {
  AdminEgressPeer,
  AdminNetworkPolicy,
  AdminNetworkPolicyPort,
  AdminPolicySubject,
  ClusterNetworkPolicyProtocol,
  LabelSelector,
} from "../../../src/model/kubernetes.ts";
import type { PodEnd } from "../../../src/model/traffic.ts";
import { bitsOf, inBlock } from "./reference-addresses.ts";
import {
  type Ask,
  type Concrete,
  nameMatches,
  type ReferenceQuery,
  type ReferenceWorld,
  selectorMatches,
} from "./reference-evaluator.ts";

/** Section 2 of semantics.md, read from the raw objects of both versions of the API. */
export type TierAction = "Accept" | "Deny" | "Pass" | "none";

type Maybe = "yes" | "no" | "maybe";

interface Situation {
  readonly world: ReferenceWorld;
  readonly query: ReferenceQuery;
  readonly type: "Ingress" | "Egress";
  readonly pod: PodEnd;
  readonly other: Concrete;
  readonly destination: Concrete;
  readonly ask: Ask;
  readonly namespaceMatches: (world: ReferenceWorld, selector: LabelSelector, name: string) => Maybe;
}

interface Entry {
  readonly name: string;
  readonly kind: "cluster" | "older";
  readonly priority: number;
  readonly subject: AdminPolicySubject | null | undefined;
  readonly rules: readonly RawRule[];
}

interface RawRule {
  readonly action: string;
  readonly peers: readonly (AdminEgressPeer | null | undefined)[];
  readonly portMatch: () => Maybe;
}

/** Every way in which a tier may end; Pass and none both lead on. */
export function tierOutcomes(tier: "Admin" | "Baseline", situation: Situation): readonly TierAction[] {
  const { ask } = situation;
  const entries = entriesOf(tier, situation)
    .filter(({ rules, subject }) => rules.length > 0 && subjectMatches(subject, situation) !== "no")
    .filter(
      ({ kind }) => ask(kind === "cluster" ? "clusterNetworkPolicy" : "adminNetworkPolicy") === "enforced",
    )
    .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
  const outcomes = new Set<TierAction>();
  const left = [...entries];
  while (left.length > 0) {
    // T2
    const priority = left[0]?.priority;
    const group =
      left.length > 1 && ask("samePriority") === "any"
        ? left.filter((entry) => entry.priority === priority)
        : left.slice(0, 1);
    left.splice(0, group.length);
    const found = group.map((entry) => firstMatches(entry, situation));
    for (const action of found.flat()) {
      if (action !== "none") {
        outcomes.add(action);
      }
    }
    if (found.some((actions) => !actions.includes("none"))) {
      return [...outcomes];
    }
  }
  return [...outcomes, "none"];
}

/** The actions with which one policy may answer (T1, T3, T4). */
function firstMatches(entry: Entry, situation: Situation): TierAction[] {
  const actions: TierAction[] = subjectMatches(entry.subject, situation) === "maybe" ? ["none"] : [];
  for (const rule of entry.rules) {
    const { action, match } = ruleOutcome(rule, situation);
    if (match !== "no") {
      actions.push(action);
    }
    if (match === "yes") {
      return actions;
    }
  }
  return [...actions, "none"];
}

function ruleOutcome(rule: RawRule, situation: Situation): { action: TierAction; match: Maybe } {
  const action = rule.action === "Allow" ? "Accept" : (rule.action as TierAction);
  const known = (peer: AdminEgressPeer): boolean => {
    const fields = Object.entries(peer).filter(([, value]) => value !== null && value !== undefined);
    const names =
      situation.type === "Ingress"
        ? ["namespaces", "pods"]
        : ["namespaces", "pods", "nodes", "networks", "domainNames"];
    return fields.length === 1 && names.includes(fields[0]?.[0] ?? "");
  };
  if (!["Accept", "Deny", "Pass"].includes(action)) {
    return { action: "Deny", match: "yes" };
  }
  // T9
  if (rule.peers.length === 0 || !rule.peers.every((peer) => known(peer ?? {}))) {
    return action === "Accept" ? { action, match: "no" } : { action: "Deny", match: "yes" };
  }
  const port = rule.portMatch();
  if (port === "no") {
    return { action, match: "no" };
  }
  const peer = any(rule.peers.map((candidate) => peerMatches(candidate ?? {}, situation)));
  return { action, match: peer === "yes" ? port : peer };
}

function any(list: readonly Maybe[]): Maybe {
  return list.includes("yes") ? "yes" : list.includes("maybe") ? "maybe" : "no";
}

function both(a: Maybe, b: Maybe): Maybe {
  return a === "no" || b === "no" ? "no" : a === "yes" && b === "yes" ? "yes" : "maybe";
}

/** T6 */
function subjectMatches(subject: AdminPolicySubject | null | undefined, situation: Situation): Maybe {
  const { namespaces, pods } = subject ?? {};
  if ((namespaces ?? undefined) !== undefined && (pods ?? undefined) !== undefined) {
    return "no";
  }
  return podsMatch(subject ?? {}, situation.pod, situation);
}

function podsMatch({ namespaces, pods }: AdminPolicySubject, pod: PodEnd, situation: Situation): Maybe {
  if (pod.spec.hostNetwork === true) {
    return "no";
  }
  const inNamespace = (selector: LabelSelector): Maybe =>
    situation.namespaceMatches(situation.world, selector, pod.namespace);
  if (namespaces) {
    return inNamespace(namespaces);
  }
  return pods
    ? both(
        inNamespace(pods.namespaceSelector ?? {}),
        selectorMatches(pods.podSelector ?? {}, pod.labels) ? "yes" : "no",
      )
    : "no";
}

/** T7, T8 */
function peerMatches(peer: AdminEgressPeer, situation: Situation): Maybe {
  const { other, world, query, type } = situation;
  if (peer.namespaces || peer.pods) {
    return other.pod === undefined ? "no" : podsMatch(peer, other.pod, situation);
  }
  if (peer.networks) {
    return peer.networks.some((network) => inBlock(other.bits, network)) ? "yes" : "no";
  }
  if (peer.nodes) {
    const { nodes } = peer;
    const chosen = world.nodes.filter(({ metadata }) => selectorMatches(nodes, metadata.labels ?? {}));
    const hit = chosen.some(({ status }) =>
      (status?.addresses ?? []).some(({ address }) => bitsOf(address) === other.bits),
    );
    if (hit) {
      return "yes";
    }
    const unknown = world.nodes.length === 0 || world.unread.some(({ resource }) => resource === "nodes");
    const ordinaryPod = other.pod !== undefined && other.pod.spec.hostNetwork !== true;
    return unknown && !ordinaryPod ? "maybe" : "no";
  }
  const end = type === "Egress" ? query.to : query.from;
  if (end.kind !== "unknown-address" || end.host === undefined) {
    return "maybe";
  }
  const labels = end.host.toLowerCase().split(".");
  const hit = (peer.domainNames ?? []).some((name) => {
    const wanted = name.toLowerCase().split(".");
    const tail = wanted[0] === "*" ? wanted.slice(1) : wanted;
    const same = labels.slice(labels.length - tail.length).join(".") === tail.join(".");
    return same && (wanted[0] === "*" ? labels.length > tail.length : labels.length === tail.length);
  });
  return hit ? "yes" : "no";
}

function entriesOf(tier: "Admin" | "Baseline", situation: Situation): Entry[] {
  const { type, world } = situation;
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } = world.adminPolicies;
  const cluster = clusterNetworkPolicies
    .filter(({ spec }) => spec?.tier === tier)
    .map(({ metadata, spec }): Entry => {
      const rules =
        type === "Ingress"
          ? (spec?.ingress ?? []).map((rule) => ({ ...rule, peers: rule?.from ?? [] }))
          : (spec?.egress ?? []).map((rule) => ({ ...rule, peers: rule?.to ?? [] }));
      return {
        name: metadata.name,
        kind: "cluster",
        priority: spec?.priority ?? 0,
        subject: spec?.subject,
        rules: rules.map(({ action = "", peers, protocols }) => ({
          action,
          peers,
          portMatch: () => listMatches(protocols, (entry) => protocolMatches(entry ?? {}, situation)),
        })),
      };
    });
  const older = tier === "Admin" ? adminNetworkPolicies : baselineAdminNetworkPolicies;
  const others = older.map(({ metadata, spec }): Entry => {
    const rules =
      type === "Ingress"
        ? (spec?.ingress ?? []).map((rule) => ({ ...rule, peers: rule?.from ?? [] }))
        : (spec?.egress ?? []).map((rule) => ({ ...rule, peers: rule?.to ?? [] }));
    const priority = tier === "Admin" ? ((spec as AdminNetworkPolicy["spec"])?.priority ?? 0) : 1000;
    return {
      name: metadata.name,
      kind: "older",
      priority,
      subject: spec?.subject,
      rules: rules.map(({ action = "", peers, ports }) => ({
        action,
        peers,
        portMatch: () => listMatches(ports, (entry) => portMatches(entry ?? {}, situation)),
      })),
    };
  });
  return [...cluster, ...others];
}

/** T10: an absent list is no condition, and lets ICMP through too. */
function listMatches<T>(list: readonly T[] | null | undefined, match: (entry: T) => Maybe): Maybe {
  return list === null || list === undefined || list.length === 0 ? "yes" : any(list.map(match));
}

function protocolMatches(entry: ClusterNetworkPolicyProtocol, situation: Situation): Maybe {
  const { query, destination, ask } = situation;
  for (const [protocol, match] of [
    ["TCP", entry.tcp],
    ["UDP", entry.udp],
    ["SCTP", entry.sctp],
  ] as const) {
    if (match) {
      if (query.protocol !== protocol) {
        return "no";
      }
      const { number, range } = match.destinationPort ?? {};
      if (!match.destinationPort) {
        return "yes";
      }
      if (typeof number === "number") {
        return query.port === number ? "yes" : "no";
      }
      return range && query.port >= range.start && query.port <= range.end ? "yes" : "no";
    }
  }
  const name = entry.destinationNamedPort;
  return name ? (nameMatches(name, query, destination, ask) ? "yes" : "no") : "maybe";
}

function portMatches(entry: AdminNetworkPolicyPort, situation: Situation): Maybe {
  const { query, destination, ask } = situation;
  const { portNumber, portRange, namedPort } = entry;
  if (portNumber) {
    return query.protocol === (portNumber.protocol ?? "TCP") && query.port === portNumber.port ? "yes" : "no";
  }
  if (portRange) {
    const inRange = query.port >= portRange.start && query.port <= portRange.end;
    return query.protocol === (portRange.protocol ?? "TCP") && inRange ? "yes" : "no";
  }
  return namedPort ? (nameMatches(namedPort, query, destination, ask) ? "yes" : "no") : "maybe";
}
