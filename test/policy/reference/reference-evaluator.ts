import type {
  LabelSelector,
  Labels,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Node,
} from "../../../src/model/kubernetes.ts";
import type { KnobName, KnobSettings } from "../../../src/model/profile.ts";
import type { AdminPolicyObjects, Unread } from "../../../src/model/snapshot.ts";
import type { CidrEnd, PodEnd, ServiceHop, TrafficEnd, TrafficProtocol } from "../../../src/model/traffic.ts";
import { profileOf } from "../../../src/policy/profiles.ts";
import { addressesOfBlock, bitsOf, inBlock, interestingAddresses } from "./reference-addresses.ts";
import { type TierAction, tierOutcomes } from "./reference-tiers.ts";

/**
 * The naive evaluator: semantics.md sections 1 and 2 word for word, for obviousness and not for speed. It tries every
 * case that is left open (address, family, knobs of the profile) one by one and shares no code with src/policy and
 * src/selectors but the profiles' values.
 */
export interface ReferenceWorld {
  readonly namespaces: readonly Namespace[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly adminPolicies: AdminPolicyObjects;
  readonly nodes: readonly Node[];
  readonly unread: readonly Unread[];
}

export interface ReferenceQuery {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  readonly port: number;
  readonly protocol: TrafficProtocol;
  readonly via?: ServiceHop;
  readonly established?: boolean;
}

export type Answer = "allow" | "deny" | "undetermined";

/** An end in one case: what selectors see, and its one address as bits. */
export interface Concrete {
  readonly pod: PodEnd | undefined;
  readonly bits: string;
}

/** How a knob stands in the case at hand. */
export type Ask = (knob: KnobName) => string;

class Unasked extends Error {
  readonly knob: KnobName;

  constructor(knob: KnobName) {
    super(knob);
    this.knob = knob;
  }
}

/** Tries every value of every knob that is asked for. */
export function referenceConnection(
  world: ReferenceWorld,
  query: ReferenceQuery,
  settings: KnobSettings = profileOf("upstream").knobs,
): Answer {
  const withKnobs = (known: Readonly<Partial<Record<KnobName, string>>>): Answer[] => {
    const ask: Ask = (knob) => {
      const value = known[knob];
      if (value === undefined) {
        throw new Unasked(knob);
      }
      return value;
    };
    try {
      return [oneReading(world, query, ask)];
    } catch (error) {
      if (!(error instanceof Unasked)) {
        throw error;
      }
      const { knob } = error;
      return settings[knob].flatMap((value) => withKnobs({ ...known, [knob]: value }));
    }
  };
  return agreed(withKnobs({}));
}

function oneReading(world: ReferenceWorld, query: ReferenceQuery, ask: Ask): Answer {
  const { from, to, via, protocol } = query;
  const self = isSelf(from, to);
  // S33
  if (self && via === undefined && ask("self") === "allowed") {
    return "allow";
  }
  const flags: Flags = {
    ownAddress: self && via === undefined,
    hairpinAllowed: self && via !== undefined && ask("hairpin") === "allowed",
    asNode: (isHost(from) || isHost(to)) && ask("hostNetworkPods") === "node",
  };
  // S45
  const clientHidden =
    via !== undefined && !via.keepsClient && from.kind !== "pod" && ask("serviceClient") === "node";
  const rules = clientHidden
    ? agreed(
        nodesInPlaceOf(query, flags, world).map((node) =>
          bothEnds(world, { ...query, from: node }, flags, ask),
        ),
      )
    : bothEnds(world, query, flags, ask);
  // S32, S39
  const podView = (end: TrafficEnd): boolean => end.kind === "pod";
  if (
    protocol === "SCTP" &&
    rules !== "deny" &&
    (podView(from) || podView(to)) &&
    ask("sctp") === "dropped"
  ) {
    return "deny";
  }
  if (rules !== "allow") {
    if (protocol === "ICMP" && ask("icmp") === "allowed") {
      return "allow";
    }
    if (query.established === true && ask("established") === "kept") {
      return "allow";
    }
  }
  return rules;
}

function nodesInPlaceOf(
  { from, to, via }: ReferenceQuery,
  flags: Flags,
  world: ReferenceWorld,
): TrafficEnd[] {
  const isSix = (bits: string): boolean => bits.length === 128;
  const familiesOf = (end: TrafficEnd): boolean[] =>
    casesOf(end, world, flags).map(({ bits }) => isSix(bits));
  const dialled = via?.address === undefined ? undefined : isSix(bitsOf(via.address));
  const [ours, theirs] = [familiesOf(from), familiesOf(to)];
  const known = nodeAddresses(world)
    .filter((ip) => {
      const six = ip.includes(":");
      return ours.includes(six) && theirs.includes(six) && (dialled === undefined || dialled === six);
    })
    .map((ip): TrafficEnd => ({ kind: "cidr", cidr: `${ip}/${ip.includes(":") ? 128 : 32}`, display: ip }));
  return known.length > 0 ? known : [{ kind: "unknown-address", display: "a node" }];
}

function nodeAddresses(world: ReferenceWorld): string[] {
  return world.nodes.flatMap(({ status }) => (status?.addresses ?? []).map(({ address }) => address));
}

interface Flags {
  /** T13 */
  readonly ownAddress: boolean;
  /** S34 */
  readonly hairpinAllowed: boolean;
  /** S36 */
  readonly asNode: boolean;
}

/** Egress looks at the destination's address and ingress at the source's, both of one family. */
function bothEnds(world: ReferenceWorld, query: ReferenceQuery, flags: Flags, ask: Ask): Answer {
  const { via } = query;
  const sources = casesOf(query.from, world, flags);
  const destinations = casesOf(query.to, world, flags);
  const connections = (source: readonly Concrete[], destination: readonly Concrete[]): Answer[] => {
    const [anySource] = source;
    const [anyDestination] = destination;
    if (anySource === undefined || anyDestination === undefined) {
      return [];
    }
    const seen = seenByEgress(world, query, destination, ask);
    const egress = new Set(
      seen.cases.map((to) =>
        oneDirection(world, { ...query, ...seen.as }, "Egress", anySource, to, to, flags, ask),
      ),
    );
    const ingress = new Set(
      source.map((from) =>
        oneDirection(world, query, "Ingress", anyDestination, from, anyDestination, flags, ask),
      ),
    );
    return [...egress].flatMap((out) => [...ingress].map((into) => bothAllow(out, into)));
  };
  const ofLength = (length: number, cases: readonly Concrete[]): Concrete[] =>
    cases.filter(({ bits }) => bits.length === length);
  const dialled = via?.address === undefined ? undefined : bitsOf(via.address).length;
  const possible = [32, 128]
    .filter((length) => dialled === undefined || dialled === length)
    .flatMap((length) => connections(ofLength(length, sources), ofLength(length, destinations)));
  if (possible.length > 0) {
    return agreed(possible);
  }
  // No such connection exists; only a denial can be said of it.
  return agreed(connections(sources, destinations)) === "deny" ? "deny" : "undetermined";
}

/** S17 */
function seenByEgress(
  world: ReferenceWorld,
  { port, via, from, to }: ReferenceQuery,
  endpoints: readonly Concrete[],
  ask: Ask,
): { readonly cases: readonly Concrete[]; readonly as: Pick<ReferenceQuery, "to" | "port"> } {
  if (via === undefined || from.kind !== "pod") {
    return { cases: endpoints, as: { to, port } };
  }
  const seenAs = ask("serviceSeenAs");
  if (seenAs === "endpoint") {
    return { cases: endpoints, as: { to, port } };
  }
  const length = endpoints[0]?.bits.length;
  const addresses =
    via.address === undefined
      ? interestingAddresses(allBlocks(world)).filter(({ length: own }) => own === length)
      : [bitsOf(via.address)];
  const endpoint = endpoints[0]?.pod;
  const labelled: PodEnd = {
    kind: "pod",
    key: "service",
    display: "service",
    namespace: via.namespace,
    labels: via.selector,
    spec: { containers: endpoint?.spec.containers ?? [], initContainers: endpoint?.spec.initContainers },
    ips: undefined,
  };
  const asService = Object.keys(via.selector).length > 0 ? labelled : undefined;
  const pod = seenAs === "service" ? asService : endpoint;
  // The name that was asked for is still the endpoint's, the address is not.
  const host = to.kind === "unknown-address" && to.host !== undefined ? { host: to.host } : {};
  return {
    cases: addresses.map((bits) => ({ pod, bits })),
    as: {
      to: { kind: "unknown-address", display: "service", ...(seenAs === "address" ? host : {}) },
      port: seenAs === "service" ? via.port : port,
    },
  };
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

function casesOf(end: TrafficEnd, world: ReferenceWorld, { asNode }: Flags): Concrete[] {
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
  const pod = isHost(end) && asNode ? undefined : end;
  return addresses.map((bits) => ({ pod, bits }));
}

function allBlocks(world: ReferenceWorld): string[] {
  const rules = world.networkPolicies.flatMap(({ spec }) => [
    ...(spec?.ingress ?? []).map((rule) => rule?.from),
    ...(spec?.egress ?? []).map((rule) => rule?.to),
  ]);
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } = world.adminPolicies;
  const networks = [
    ...clusterNetworkPolicies,
    ...adminNetworkPolicies,
    ...baselineAdminNetworkPolicies,
  ].flatMap(({ spec }) =>
    (spec?.egress ?? []).flatMap((rule) => (rule?.to ?? []).flatMap((peer) => peer?.networks ?? [])),
  );
  return [
    ...networks,
    ...nodeAddresses(world).map((ip) => `${ip}/${ip.includes(":") ? 128 : 32}`),
    ...rules.flatMap((peers) =>
      (peers ?? []).flatMap((peer) =>
        peer?.ipBlock ? [peer.ipBlock.cidr, ...(peer.ipBlock.except ?? [])] : [],
      ),
    ),
  ];
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
  flags: Flags,
  ask: Ask,
): Answer {
  const { pod } = subject;
  if (pod === undefined) {
    return "allow";
  }
  const answer = allTiers(world, query, type, pod, other, destination, flags, ask);
  return answer === "deny" && type === "Egress" && isOwnNode(query.to, pod, other)
    ? ask("podToOwnNode") === "allowed"
      ? "allow"
      : "deny"
    : answer;
}

/** Admin, NetworkPolicy, Baseline, default. */
function allTiers(
  world: ReferenceWorld,
  query: ReferenceQuery,
  type: "Ingress" | "Egress",
  pod: PodEnd,
  other: Concrete,
  destination: Concrete,
  flags: Flags,
  ask: Ask,
): Answer {
  // T6, T13
  const notSubject = pod.spec.hostNetwork === true || flags.ownAddress;
  if (!notSubject && tiersUnread(world, ask)) {
    return "undetermined";
  }
  const tier = (name: "Admin" | "Baseline"): readonly TierAction[] =>
    notSubject
      ? ["none"]
      : tierOutcomes(name, { world, query, type, pod, other, destination, ask, namespaceMatches });
  const lower = (): Answer => {
    const byPolicies = networkPolicies(world, query, type, pod, other, destination, flags, ask);
    if (byPolicies !== "not isolated") {
      return byPolicies;
    }
    const baseline = agreed(tier("Baseline").map((action) => (action === "Deny" ? "deny" : "allow")));
    const opposite = type === "Ingress" ? "Egress" : "Ingress";
    const gated = world.networkPolicies.some((policy) => applies(policy, pod, opposite));
    // T5
    return baseline !== "allow" && gated && ask("npGatesBaseline") === "any" ? "allow" : baseline;
  };
  return agreed(
    tier("Admin").map((action) => (action === "Accept" ? "allow" : action === "Deny" ? "deny" : lower())),
  );
}

function tiersUnread({ unread }: ReferenceWorld, ask: Ask): boolean {
  return unread.some(({ resource }) => {
    if (resource === "clusternetworkpolicies") {
      return ask("clusterNetworkPolicy") === "enforced";
    }
    const older = resource === "adminnetworkpolicies" || resource === "baselineadminnetworkpolicies";
    return older && ask("adminNetworkPolicy") === "enforced";
  });
}

function networkPolicies(
  world: ReferenceWorld,
  query: ReferenceQuery,
  type: "Ingress" | "Egress",
  pod: PodEnd,
  other: Concrete,
  destination: Concrete,
  flags: Flags,
  ask: Ask,
): Answer | "not isolated" {
  const applying = world.networkPolicies.filter((policy) => applies(policy, pod, type));
  const unreadPolicies = isUnread(world, "networkpolicies", pod.namespace);
  if (applying.length === 0 && !unreadPolicies) {
    return "not isolated";
  }
  const results = applying.flatMap((policy) =>
    rulesOf(policy, type).map((rule) => ruleMatches(world, policy, rule, query, other, destination, ask)),
  );
  if (results.includes("yes")) {
    return "allow";
  }
  // S35: the other end is an address of the pod's own node, and was asked about as such.
  if (type === "Ingress" && isOwnNode(query.from, pod, other)) {
    return applying.length === 0 ? "not isolated" : "allow";
  }
  if (unreadPolicies || results.includes("maybe")) {
    return "undetermined";
  }
  return flags.hairpinAllowed ? "allow" : "deny";
}

function isOwnNode(end: TrafficEnd, pod: PodEnd, other: Concrete): boolean {
  const asked = end.kind === "cidr" ? isSingle(end) : end.kind === "pod" && knownAddress(end);
  return asked && other.pod === undefined && (pod.nodeIps ?? []).some((ip) => bitsOf(ip) === other.bits);
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
  ask: Ask,
): Maybe {
  const portOk =
    rule.ports.length === 0 || rule.ports.some((port) => portMatches(port ?? {}, query, destination, ask));
  if (!portOk) {
    return "no";
  }
  if (rule.peers.length === 0) {
    return "yes";
  }
  const peers = rule.peers.map((peer) => peerMatches(world, policy, peer ?? {}, other, ask));
  return peers.includes("yes") ? "yes" : peers.includes("maybe") ? "maybe" : "no";
}

/** S11-S16 */
function peerMatches(
  world: ReferenceWorld,
  policy: NetworkPolicy,
  peer: NetworkPolicyPeer,
  other: Concrete,
  ask: Ask,
): Maybe {
  const hasPodSelector = peer.podSelector !== undefined && peer.podSelector !== null;
  const hasNamespaceSelector = peer.namespaceSelector !== undefined && peer.namespaceSelector !== null;
  if (peer.ipBlock) {
    const excepted = (peer.ipBlock.except ?? []).some((except) => inBlock(other.bits, except));
    const refused = hasPodSelector || hasNamespaceSelector;
    if (refused || !inBlock(other.bits, peer.ipBlock.cidr) || excepted) {
      return "no";
    }
    if (other.pod !== undefined) {
      return ask("ipBlockPods") === "match" ? "yes" : "no";
    }
    const isNode = nodeAddresses(world).some((ip) => bitsOf(ip) === other.bits);
    return !isNode || ask("ipBlockNodes") === "match" ? "yes" : "no";
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

export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
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
function portMatches(
  port: NetworkPolicyPort,
  query: ReferenceQuery,
  destination: Concrete,
  ask: Ask,
): boolean {
  if ((port.protocol ?? "TCP") !== query.protocol) {
    return false;
  }
  const noEndPort = port.endPort === undefined || port.endPort === null;
  if (port.port === undefined || port.port === null) {
    return noEndPort;
  }
  if (typeof port.port === "number") {
    if (noEndPort) {
      return query.port === port.port;
    }
    const inRange = query.port >= port.port && query.port <= Number(port.endPort);
    return inRange && (query.port === port.port || ask("endPort") === "range");
  }
  if (!noEndPort) {
    return false;
  }
  return nameMatches(port.port, query, destination, ask) || ask("namedPort") === "whole-protocol";
}

/** S27-S30 */
export function nameMatches(
  name: string,
  { port, protocol }: ReferenceQuery,
  { pod }: Concrete,
  ask: Ask,
): boolean {
  const declares = (containers: readonly Container[]): boolean =>
    containers.some((container) =>
      (container.ports ?? []).some(
        (declared) =>
          declared.name === name &&
          (declared.protocol ?? "TCP") === protocol &&
          declared.containerPort === port,
      ),
    );
  if (pod === undefined) {
    return false;
  }
  const init = pod.spec.initContainers ?? [];
  if (declares(pod.spec.containers)) {
    return true;
  }
  if (!declares(init)) {
    return false;
  }
  const counting = ask("namedPortInit");
  return (
    counting === "all" ||
    (counting === "restartable" && declares(init.filter(({ restartPolicy }) => restartPolicy === "Always")))
  );
}

type Container = PodEnd["spec"]["containers"][number];
