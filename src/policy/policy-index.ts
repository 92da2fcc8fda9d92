import type { NetworkPolicy } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { Cidr } from "../selectors/cidr.ts";
import { meetsAll } from "../selectors/label-selector.ts";
import { type CompiledPolicy, compilePolicy, type PolicyRule } from "./compiled-policy.ts";
import { unreadReason } from "./namespace-labels.ts";
import { type SlippedPolicy, slippedPolicies } from "./slipped-policy.ts";

/** What stands between a pod and the network in one direction. */
export interface Isolation {
  /** Policies that select the pod and are of this direction, by name; empty: not isolated (S4). */
  readonly policies: readonly CompiledPolicy[];
  /** All their rules, by policy name and index. */
  readonly rules: readonly PolicyRule[];
  /** All `cidr` and `except` blocks in these rules; empty: the other end's address does not matter. */
  readonly blocks: readonly Cidr[];
  /** Port names that these rules use, each once. */
  readonly portNames: readonly string[];
  /** Policies that by one slip are not among `policies`. */
  readonly slipped: readonly SlippedPolicy[];
  /** Why there may be more policies than these; undefined: these are all. */
  readonly unread: string | undefined;
}

export type IsolationOf = (pod: PodEnd, direction: Direction) => Isolation;

/** Finds the policies that isolate a pod. What was found for a `PodEnd` object is remembered with it. */
export function createPolicyIndex(world: Pick<Snapshot, "networkPolicies" | "unread">): IsolationOf {
  const byNamespace = new Map<string, CompiledPolicy[]>();
  for (const policy of [...world.networkPolicies].sort(byName).map(compilePolicy)) {
    const list = byNamespace.get(policy.namespace) ?? [];
    list.push(policy);
    byNamespace.set(policy.namespace, list);
  }
  const compute = (pod: PodEnd, direction: Direction): Isolation => {
    const neighbours = byNamespace.get(pod.namespace) ?? [];
    const policies = neighbours.filter(
      (policy) => policy.isolates[direction] && meetsAll(policy.subject, pod.labels),
    );
    const others = neighbours.filter((policy) => !policies.includes(policy));
    const rules = policies.flatMap((policy) => policy.rules[direction].map((rule) => ({ policy, rule })));
    return {
      policies,
      rules,
      blocks: rules.flatMap(({ rule }) => blocksOf(rule.peers ?? [])),
      portNames: [...new Set(rules.flatMap(({ rule }) => namesOf(rule.ports ?? [])))],
      slipped: policies.length === 0 ? [] : slippedPolicies(others, pod.labels, direction),
      unread: unreadReason(world.unread, "networkpolicies", pod.namespace),
    };
  };
  const known: Record<Direction, WeakMap<PodEnd, Isolation>> = {
    ingress: new WeakMap(),
    egress: new WeakMap(),
  };
  return (pod, direction) => {
    const memo = known[direction];
    let isolation = memo.get(pod);
    if (isolation === undefined) {
      isolation = compute(pod, direction);
      memo.set(pod, isolation);
    }
    return isolation;
  };
}

function blocksOf(peers: NonNullable<PolicyRule["rule"]["peers"]>): readonly Cidr[] {
  return peers.flatMap((peer) =>
    peer.kind === "block" ? [peer.cidr, ...peer.excepts.map(({ cidr }) => cidr)] : [],
  );
}

function namesOf(ports: NonNullable<PolicyRule["rule"]["ports"]>): readonly string[] {
  return ports.flatMap(({ numbers }) => (numbers.kind === "named" ? [numbers.name] : []));
}

/** By namespace and name; two of the same name, which no cluster has, by their text. */
function byName(a: NetworkPolicy, b: NetworkPolicy): number {
  return (
    compare(a.metadata.namespace ?? "default", b.metadata.namespace ?? "default") ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(JSON.stringify(a.spec ?? null), JSON.stringify(b.spec ?? null))
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
