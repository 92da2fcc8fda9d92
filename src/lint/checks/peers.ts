import type { Direction } from "../../model/prediction.ts";
import type { CompiledPeer, SelectorPeer } from "../../policy/compiled-peer.ts";
import type { CompiledRule } from "../../policy/compiled-policy.ts";
import { type Check, finding } from "../check.ts";
import { isDnsOnly } from "../dns-ports.ts";
import type { Draft } from "../finding.ts";
import { allRules, type LintPolicy, type LintWorld } from "../lint-world.ts";

const PEERS: Readonly<Record<Direction, "from" | "to">> = { ingress: "from", egress: "to" };

/** Peers that read like something else than they are (S10 to S12). */
export const checkPeers: Check = (world) =>
  allRules(world).flatMap(({ policy, direction, rule }) => [
    ...emptyList(policy, direction, rule),
    ...selectorPeers(policy, direction, rule, world),
    ...orLikeAnd(policy, direction, rule),
  ]);

function emptyList({ source, object }: LintPolicy, direction: Direction, rule: CompiledRule): Draft[] {
  const index = Number(rule.path[2]);
  const field = PEERS[direction];
  const written =
    direction === "ingress" ? source.spec?.ingress?.[index]?.from : source.spec?.egress?.[index]?.to;
  if (written?.length !== 0) return [];
  const who = direction === "ingress" ? "lets everyone in" : "lets the pods out to everyone";
  return [
    finding("empty-peer-list", {
      object,
      path: [...rule.path, field],
      message: `an empty ${field} ${who}, hosts outside the cluster too${rule.ports ? ", on these ports" : ""}`,
      hint: `leave ${field} out if everyone is meant; remove the rule if nobody is`,
    }),
  ];
}

const FOR_EVERYONE = /(?:^|[-.])(?:all|any|anyone|anywhere|everyone|everything|public|world)(?:[-.]|$)/;
const FOR_NAMESPACE = /namespace|intra|internal|same|within|local|own|tenant/;

function selectorPeers(
  policy: LintPolicy,
  direction: Direction,
  rule: CompiledRule,
  world: LintWorld,
): Draft[] {
  return (rule.peers ?? []).flatMap((peer) => {
    if (peer.kind !== "pods" || peer.pods.length > 0) return [];
    if (peer.namespaces === undefined) return [ownNamespace(policy, direction, rule, peer, world)];
    if (peer.namespaces.length > 0 || isDnsOnly(rule)) return [];
    return [everyNamespace(policy, direction, peer)];
  });
}

function ownNamespace(
  { object, compiled }: LintPolicy,
  direction: Direction,
  rule: CompiledRule,
  peer: SelectorPeer,
  world: LintWorld,
): Draft {
  const { name, namespace } = compiled;
  const remark = {
    object,
    path: [...peer.path, "podSelector"],
    message: `podSelector: {} alone means the pods of namespace ${namespace} only`,
  };
  if (direction === "egress" && isDnsOnly(rule) && !servesDns(world, namespace)) {
    return finding("empty-pod-selector-peer", {
      ...remark,
      severity: "warning",
      message: `${remark.message}, and the cluster's DNS is not one of them`,
      hint: "add a namespaceSelector to the same item: matchLabels: {kubernetes.io/metadata.name: kube-system}",
    });
  }
  if (FOR_EVERYONE.test(name) && !FOR_NAMESPACE.test(name)) {
    return finding("empty-pod-selector-peer", {
      ...remark,
      severity: "warning",
      message: `${remark.message}, and the policy is called ${name}`,
      hint: `namespaceSelector: {} is the pods of all namespaces; leave ${PEERS[direction]} out for everyone`,
    });
  }
  return finding("empty-pod-selector-peer", {
    ...remark,
    hint: "nothing to do if that is meant; namespaceSelector: {} is the pods of all namespaces",
  });
}

function servesDns(world: LintWorld, namespace: string): boolean {
  const services = world.servicesIn(namespace);
  return (
    namespace === "kube-system" || services.some(({ spec }) => spec?.ports?.some(({ port }) => port === 53))
  );
}

function everyNamespace({ object, compiled }: LintPolicy, direction: Direction, peer: SelectorPeer): Draft {
  const own = FOR_NAMESPACE.test(compiled.name);
  return finding("all-namespaces-peer", {
    object,
    path: [...peer.path, "namespaceSelector"],
    message: `namespaceSelector: {} is every pod of every namespace${own ? `, and the policy is called ${compiled.name}` : ""}`,
    hint: `podSelector: {} is the pods of namespace ${compiled.namespace} only${
      direction === "ingress" ? "" : "; name the namespaces that are to be reached"
    }`,
  });
}

/** Exactly two items, one by namespace and one by pod: with three or more a list of alternatives is plainly meant. */
function orLikeAnd({ object, compiled }: LintPolicy, direction: Direction, rule: CompiledRule): Draft[] {
  const [first, second] = rule.peers ?? [];
  if (rule.peers?.length !== 2 || first === undefined || second === undefined) return [];
  if (!(isNamespaceOnly(first) && isPodOnly(second)) && !(isPodOnly(first) && isNamespaceOnly(second)))
    return [];
  const field = isPodOnly(second) ? "podSelector" : "namespaceSelector";
  return [
    finding("or-looks-like-and", {
      object,
      path: [...second.path, field],
      message: `two items of ${PEERS[direction]} are OR: all pods of those namespaces, and those pods of namespace ${compiled.namespace}`,
      hint: `remove the dash before ${field} if both must match`,
    }),
  ];
}

function isNamespaceOnly(peer: CompiledPeer): boolean {
  return peer.kind === "pods" && peer.namespaces !== undefined && peer.pods.length === 0;
}

function isPodOnly(peer: CompiledPeer): boolean {
  return peer.kind === "pods" && peer.namespaces === undefined && peer.pods.length > 0;
}
