import type { CompiledPeer } from "../policy/compiled-peer.ts";
import { ADDRESS_BITS } from "../selectors/ip-address.ts";
import type { Requirement } from "../selectors/label-selector.ts";
import { requirementKey, selectorKey } from "./selector-implication.ts";

/** How many entries of one list are looked at: beyond that a finding may be missed, but the time stays in proportion. */
const MOST = 500;

/** Things that are found by a peer which may cover another one. */
export class RuleBuckets<T> {
  readonly #buckets = new Map<string, T[]>();

  add(peers: readonly CompiledPeer[] | undefined, item: T): void {
    const keys = peers === undefined ? [EVERYONE] : peers.flatMap((peer) => keyOf(peer) ?? []);
    for (const key of new Set(keys)) {
      const bucket = this.#buckets.get(key);
      if (bucket === undefined) this.#buckets.set(key, [item]);
      else if (bucket.length < MOST) bucket.push(item);
    }
  }

  /** All things with a peer that covers this one in a way that texts tell: `undefined` stands for everyone. */
  *covering(peer: CompiledPeer | undefined): Iterable<T> {
    const keys = peer === undefined ? [EVERYONE] : [EVERYONE, ...coveringKeys(peer)];
    for (const key of keys) yield* this.#buckets.get(key) ?? [];
  }
}

const EVERYONE = "everyone";

/** A peer by pods stands under its first condition on pods; one without any, by its namespaces alone. */
function keyOf(peer: CompiledPeer): string | undefined {
  switch (peer.kind) {
    case "pods": {
      const [first] = peer.pods.map(requirementKey).sort();
      return podKey(peer.namespaces === undefined ? undefined : selectorKey(peer.namespaces), first);
    }
    case "block":
      return blockKey(peer.cidr.family, peer.cidr.prefix, peer.cidr.first);
    case "refused":
      return undefined;
  }
}

function coveringKeys(peer: CompiledPeer): string[] {
  switch (peer.kind) {
    case "pods": {
      const own = peer.namespaces === undefined ? undefined : selectorKey(peer.namespaces);
      // The same namespaces, the policy's own, or all of them.
      const scopes = [...new Set([own, undefined, ""])];
      const conditions = [undefined, ...peer.pods.flatMap(impliedConditions)];
      return scopes.flatMap((scope) => conditions.map((condition) => podKey(scope, condition)));
    }
    case "block": {
      const { family, prefix, first } = peer.cidr;
      return Array.from({ length: prefix + 1 }, (_, length) => {
        const hostBits = BigInt(ADDRESS_BITS[family] - length);
        return blockKey(family, length, (first >> hostBits) << hostBits);
      });
    }
    case "refused":
      return [];
  }
}

/** The condition itself, and for values of a label that the label is there. */
function impliedConditions(requirement: Requirement): string[] {
  const exists = { ...requirement, operator: "Exists", values: [] } as const;
  return requirement.operator === "In"
    ? [requirementKey(requirement), requirementKey(exists)]
    : [requirementKey(requirement)];
}

function podKey(namespaces: string | undefined, condition: string | undefined): string {
  return JSON.stringify([namespaces ?? null, condition ?? null]);
}

function blockKey(family: number, prefix: number, first: bigint): string {
  return `${family} ${first}/${prefix}`;
}
