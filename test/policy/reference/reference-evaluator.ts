import type {
  LabelSelector,
  Labels,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Protocol,
} from "../../../src/model/kubernetes.ts";
import type { Unread } from "../../../src/model/snapshot.ts";
import type { CidrEnd, PodEnd, TrafficEnd } from "../../../src/model/traffic.ts";
import { addressesOfBlock, bitsOf, inBlock, interestingAddresses } from "./reference-addresses.ts";

/**
 * The naive evaluator: semantics.md sections 1.1 to 1.5 word for word, for obviousness and not for speed. It tries
 * every case that is left open (address, family, host network) one by one and shares no code with src/policy and
 * src/selectors.
 */
export interface ReferenceWorld {
  readonly namespaces: readonly Namespace[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly unread: readonly Unread[];
}

export interface ReferenceQuery {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  readonly port: number;
  readonly protocol: Protocol;
}

type Answer = "allow" | "deny" | "undetermined";

/** An end in one case: what selectors see, and its one address as bits. */
interface Concrete {
  readonly pod: PodEnd | undefined;
  readonly bits: string;
}

export function referenceConnection(world: ReferenceWorld, query: ReferenceQuery): Answer {
  const { from, to } = query;
  const readings = isHost(from) || isHost(to) ? (["pod", "node"] as const) : (["pod"] as const);
  const answers: Answer[] = [];
  for (const reading of readings) {
    answers.push(underReading(world, query, reading));
  }
  const answer = agreed(answers);
  // S33: allowed if the rules say so, otherwise open.
  return isSelf(from, to) && answer !== "allow" ? "undetermined" : answer;
}

/** Egress looks at the destination's address and ingress at the source's, both of one family. */
function underReading(world: ReferenceWorld, query: ReferenceQuery, reading: "pod" | "node"): Answer {
  const sources = casesOf(query.from, world, reading);
  const destinations = casesOf(query.to, world, reading);
  const connections = (source: readonly Concrete[], destination: readonly Concrete[]): Answer[] => {
    const [anySource] = source;
    const [anyDestination] = destination;
    if (anySource === undefined || anyDestination === undefined) {
      return [];
    }
    const egress = new Set(destination.map((to) => oneDirection(world, query, "Egress", anySource, to, to)));
    const ingress = new Set(
      source.map((from) => oneDirection(world, query, "Ingress", anyDestination, from, anyDestination)),
    );
    return [...egress].flatMap((out) => [...ingress].map((into) => bothAllow(out, into)));
  };
  const ofLength = (length: number, cases: readonly Concrete[]): Concrete[] =>
    cases.filter(({ bits }) => bits.length === length);
  const possible = [32, 128].flatMap((length) =>
    connections(ofLength(length, sources), ofLength(length, destinations)),
  );
  if (possible.length > 0) {
    return agreed(possible);
  }
  // No such connection exists; only a denial can be said of it.
  return agreed(connections(sources, destinations)) === "deny" ? "deny" : "undetermined";
}

function agreed(answers: readonly Answer[]): Answer {
  const [first = "undetermined"] = answers;
  return answers.every((answer) => answer === first) ? first : "undetermined";
}

function isHost(end: TrafficEnd): boolean {
  return end.kind === "pod" && end.spec.hostNetwork === true;
}

function isSelf(from: TrafficEnd, to: TrafficEnd): boolean {
  if (from.kind === "pod" && to.kind === "pod") {
    return from.key === to.key;
  }
  const pod = [from, to].find((end) => end.kind === "pod");
  const address = [from, to].find((end) => end.kind === "cidr");
  if (pod === undefined || address === undefined || isHost(pod)) {
    return false;
  }
  return isSingle(address) && (pod.ips ?? []).some((ip) => inBlock(bitsOf(ip), address.cidr));
}

function isSingle({ cidr }: CidrEnd): boolean {
  return cidr.endsWith(cidr.includes(":") ? "/128" : "/32");
}

function casesOf(end: TrafficEnd, world: ReferenceWorld, reading: "pod" | "node"): Concrete[] {
  const anyAddress = (): string[] => interestingAddresses(allBlocks(world));
  if (end.kind === "unknown-address") {
    return anyAddress().map((bits) => ({ pod: undefined, bits }));
  }
  if (end.kind === "cidr") {
    const listed = addressesOfBlock(end.cidr, 64);
    const all = listed ?? [...anyAddress(), ...interestingAddresses([end.cidr])];
    return all.filter((bits) => inBlock(bits, end.cidr)).map((bits) => ({ pod: undefined, bits }));
  }
  const known = end.ips?.length ? end.ips : isHost(end) && end.nodeIps?.length ? end.nodeIps : undefined;
  const addresses = known?.map(bitsOf) ?? anyAddress();
  const pod = isHost(end) && reading === "node" ? undefined : end;
  return addresses.map((bits) => ({ pod, bits }));
}

function allBlocks(world: ReferenceWorld): string[] {
  const rules = world.networkPolicies.flatMap(({ spec }) => [
    ...(spec?.ingress ?? []).map((rule) => rule?.from),
    ...(spec?.egress ?? []).map((rule) => rule?.to),
  ]);
  return rules.flatMap((peers) =>
    (peers ?? []).flatMap((peer) =>
      peer?.ipBlock ? [peer.ipBlock.cidr, ...(peer.ipBlock.except ?? [])] : [],
    ),
  );
}

/** S6 */
function bothAllow(egress: Answer, ingress: Answer): Answer {
  if (egress === "deny" || ingress === "deny") {
    return "deny";
  }
  return egress === "allow" && ingress === "allow" ? "allow" : "undetermined";
}

function oneDirection(
  world: ReferenceWorld,
  query: ReferenceQuery,
  type: "Ingress" | "Egress",
  subject: Concrete,
  other: Concrete,
  destination: Concrete,
): Answer {
  const { pod } = subject;
  if (pod === undefined) {
    return "allow";
  }
  const applying = world.networkPolicies.filter((policy) => applies(policy, pod, type));
  const unreadPolicies = isUnread(world, "networkpolicies", pod.namespace);
  const results = applying.flatMap((policy) =>
    rulesOf(policy, type).map((rule) => ruleMatches(world, policy, rule, query, other, destination)),
  );
  const rulesAllow = applying.length === 0 ? !unreadPolicies : results.includes("yes");
  if (rulesAllow) {
    return "allow";
  }
  // S35: the other end is an address of the pod's own node, and was asked about as such.
  const otherEnd = type === "Ingress" ? query.from : query.to;
  const asked =
    otherEnd.kind === "cidr" ? isSingle(otherEnd) : otherEnd.kind === "pod" && knownAddress(otherEnd);
  const ownNode =
    asked && other.pod === undefined && (pod.nodeIps ?? []).some((ip) => bitsOf(ip) === other.bits);
  if (ownNode) {
    return type === "Ingress" ? "allow" : "undetermined";
  }
  return unreadPolicies || results.includes("maybe") ? "undetermined" : "deny";
}

function knownAddress(end: PodEnd): boolean {
  return [...(end.ips ?? []), ...(end.nodeIps ?? [])].length > 0;
}

function isUnread(
  world: ReferenceWorld,
  resource: "networkpolicies" | "namespaces",
  namespace: string,
): boolean {
  return world.unread.some((entry) => {
    if (entry.resource !== resource) {
      return false;
    }
    return entry.namespace === undefined
      ? !(entry.readNamespaces ?? []).includes(namespace)
      : entry.namespace === namespace;
  });
}

/** S1-S4 */
function applies(policy: NetworkPolicy, pod: PodEnd, type: "Ingress" | "Egress"): boolean {
  const sameNamespace = (policy.metadata.namespace ?? "default") === pod.namespace;
  const selector = policy.spec?.podSelector;
  const selected = selector === undefined || selector === null || selectorMatches(selector, pod.labels);
  return sameNamespace && selected && typesOf(policy).includes(type);
}

/** S3 */
function typesOf(policy: NetworkPolicy): readonly string[] {
  const given = policy.spec?.policyTypes ?? [];
  if (given.length > 0) {
    return given;
  }
  return (policy.spec?.egress ?? []).length !== 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

interface Rule {
  readonly peers: readonly (NetworkPolicyPeer | null | undefined)[];
  readonly ports: readonly (NetworkPolicyPort | null | undefined)[];
}

/** S7, V17 */
function rulesOf(policy: NetworkPolicy, type: "Ingress" | "Egress"): Rule[] {
  return type === "Ingress"
    ? (policy.spec?.ingress ?? []).map((rule) => ({ peers: rule?.from ?? [], ports: rule?.ports ?? [] }))
    : (policy.spec?.egress ?? []).map((rule) => ({ peers: rule?.to ?? [], ports: rule?.ports ?? [] }));
}

type Maybe = "yes" | "no" | "maybe";

/** S8, S10, S23 */
function ruleMatches(
  world: ReferenceWorld,
  policy: NetworkPolicy,
  rule: Rule,
  query: ReferenceQuery,
  other: Concrete,
  destination: Concrete,
): Maybe {
  const portOk =
    rule.ports.length === 0 || rule.ports.some((port) => portMatches(port ?? {}, query, destination));
  if (!portOk) {
    return "no";
  }
  if (rule.peers.length === 0) {
    return "yes";
  }
  const peers = rule.peers.map((peer) => peerMatches(world, policy, peer ?? {}, other));
  return peers.includes("yes") ? "yes" : peers.includes("maybe") ? "maybe" : "no";
}

/** S11-S16 */
function peerMatches(
  world: ReferenceWorld,
  policy: NetworkPolicy,
  peer: NetworkPolicyPeer,
  other: Concrete,
): Maybe {
  const hasPodSelector = peer.podSelector !== undefined && peer.podSelector !== null;
  const hasNamespaceSelector = peer.namespaceSelector !== undefined && peer.namespaceSelector !== null;
  if (peer.ipBlock) {
    const excepted = (peer.ipBlock.except ?? []).some((except) => inBlock(other.bits, except));
    const refused = hasPodSelector || hasNamespaceSelector;
    return !refused && inBlock(other.bits, peer.ipBlock.cidr) && !excepted ? "yes" : "no";
  }
  if (!hasPodSelector && !hasNamespaceSelector) {
    return "no";
  }
  if (other.pod === undefined) {
    return "no";
  }
  if (hasPodSelector && !selectorMatches(peer.podSelector ?? {}, other.pod.labels)) {
    return "no";
  }
  if (!hasNamespaceSelector) {
    return other.pod.namespace === (policy.metadata.namespace ?? "default") ? "yes" : "no";
  }
  return namespaceMatches(world, peer.namespaceSelector ?? {}, other.pod.namespace);
}

/** S14; of a namespace that was not read only some labels are known. */
function namespaceMatches(world: ReferenceWorld, selector: LabelSelector, name: string): Maybe {
  const declared =
    world.namespaces.find((namespace) => namespace.metadata.name === name)?.metadata.labels ?? {};
  const labels: Labels = { ...declared, "kubernetes.io/metadata.name": name };
  if (!isUnread(world, "namespaces", name)) {
    return selectorMatches(selector, labels) ? "yes" : "no";
  }
  const conditions = conditionsOf(selector);
  const known = conditions.filter(({ key, refused }) => Object.keys(labels).includes(key) || refused);
  if (!known.every((condition) => conditionHolds(condition, labels))) {
    return "no";
  }
  return known.length === conditions.length ? "yes" : "maybe";
}

interface Condition {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  /** The API server would not take it. */
  readonly refused: boolean;
}

/** S18 */
function conditionsOf(selector: LabelSelector): Condition[] {
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
      key,
      operator: "In",
      values: [value],
      refused: false,
    })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => {
      const count = (values ?? []).length;
      const wantsValues = operator === "In" || operator === "NotIn";
      const wantsNone = operator === "Exists" || operator === "DoesNotExist";
      return {
        key,
        operator,
        values: values ?? [],
        refused: !((wantsValues && count > 0) || (wantsNone && count === 0)),
      };
    }),
  ];
}

function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  return conditionsOf(selector).every((condition) => conditionHolds(condition, labels));
}

/** S19 */
function conditionHolds({ key, operator, values, refused }: Condition, labels: Labels): boolean {
  const has = Object.keys(labels).includes(key);
  const value = has ? (labels[key] ?? "") : "";
  if (refused) {
    return false;
  }
  if (operator === "In") {
    return has && values.includes(value);
  }
  if (operator === "NotIn") {
    return !has || !values.includes(value);
  }
  return operator === "Exists" ? has : !has;
}

/** S24-S30 */
function portMatches(port: NetworkPolicyPort, query: ReferenceQuery, destination: Concrete): boolean {
  if ((port.protocol ?? "TCP") !== query.protocol) {
    return false;
  }
  const noEndPort = port.endPort === undefined || port.endPort === null;
  if (port.port === undefined || port.port === null) {
    return noEndPort;
  }
  if (typeof port.port === "number") {
    return query.port >= port.port && query.port <= (noEndPort ? port.port : Number(port.endPort));
  }
  if (!noEndPort || destination.pod === undefined) {
    return false;
  }
  const { containers, initContainers } = destination.pod.spec;
  const counting = [
    ...containers,
    ...(initContainers ?? []).filter((init) => init.restartPolicy === "Always"),
  ];
  return counting.some((container) =>
    (container.ports ?? []).some(
      (declared) =>
        declared.name === port.port &&
        (declared.protocol ?? "TCP") === query.protocol &&
        declared.containerPort === query.port,
    ),
  );
}
