import type { BlockPeer, CompiledPeer, SelectorPeer } from "../policy/compiled-peer.ts";
import type { CompiledRule } from "../policy/compiled-policy.ts";
import type { CompiledPort } from "../policy/compiled-port.ts";
import { type Cidr, relationTo } from "../selectors/cidr.ts";
import { meetsAll, type Requirement } from "../selectors/label-selector.ts";
import type { LintWorld } from "./lint-world.ts";
import { implies } from "./selector-implication.ts";

/** Whether one part of a policy allows all that another one allows. False where it can't be told from the texts alone. */
export class Coverage {
  readonly #world: LintWorld;
  /** The namespace of both policies. */
  readonly #namespace: string;

  constructor(world: LintWorld, namespace: string) {
    this.#world = world;
    this.#namespace = namespace;
  }

  rule(wide: CompiledRule, narrow: CompiledRule): boolean {
    const ports =
      wide.ports === undefined ||
      narrow.ports?.every((port) => wide.ports?.some((other) => coversPort(other, port)) === true) === true;
    if (!ports) return false;
    return (
      wide.peers === undefined ||
      narrow.peers?.every((peer) => wide.peers?.some((other) => this.peer(other, peer)) === true) === true
    );
  }

  peer(wide: CompiledPeer, narrow: CompiledPeer): boolean {
    if (wide.kind === "block" && narrow.kind === "block") return coversBlock(wide, narrow);
    if (wide.kind !== "pods" || narrow.kind !== "pods") return false;
    return this.#coversNamespaces(wide, narrow) && implies(narrow.pods, wide.pods);
  }

  #coversNamespaces(wide: SelectorPeer, narrow: SelectorPeer): boolean {
    if (wide.namespaces === undefined) {
      return narrow.namespaces === undefined || names(narrow.namespaces, this.#namespace);
    }
    if (narrow.namespaces !== undefined) return implies(narrow.namespaces, wide.namespaces);
    if (wide.namespaces.length === 0) return true;
    const own = this.#world.namespace(this.#namespace);
    return own?.declared === true && meetsAll(wide.namespaces, own.labels);
  }
}

/** Whether a namespace selector can only mean this one. */
function names(requirements: readonly Requirement[], namespace: string): boolean {
  const only = { key: "kubernetes.io/metadata.name", operator: "In", values: [namespace], path: [] } as const;
  return implies(requirements, [only]);
}

export function coversPort(wide: CompiledPort, narrow: CompiledPort): boolean {
  if (wide.protocol !== narrow.protocol) return false;
  const [a, b] = [wide.numbers, narrow.numbers];
  if (a.kind === "all") return true;
  if (a.kind === "range" && b.kind === "range") return a.first <= b.first && b.last <= a.last;
  return a.kind === "named" && b.kind === "named" && a.name === b.name;
}

/** Whether two entries of `ports` have a port in common; names count as common with equal names only. */
export function overlapPort(one: CompiledPort, other: CompiledPort): boolean {
  if (one.protocol !== other.protocol) return false;
  const [a, b] = [one.numbers, other.numbers];
  if (a.kind === "all" || b.kind === "all") return true;
  if (a.kind === "range" && b.kind === "range") return a.first <= b.last && b.first <= a.last;
  return a.kind === "named" && b.kind === "named" && a.name === b.name;
}

export function coversBlock(wide: BlockPeer, narrow: BlockPeer): boolean {
  return (
    relationTo(narrow.cidr, wide.cidr) === "covered" &&
    wide.excepts.every(
      ({ cidr }) =>
        relationTo(cidr, narrow.cidr) === "disjoint" ||
        narrow.excepts.some((except) => relationTo(cidr, except.cidr) === "covered"),
    )
  );
}

/** Whether a peer lets all addresses of a block through. */
export function admitsBlock(peer: CompiledPeer, block: Cidr): boolean {
  return (
    peer.kind === "block" &&
    relationTo(block, peer.cidr) === "covered" &&
    // An except inside of the block takes a part of it out, one around it takes all.
    peer.excepts.every(({ cidr }) => relationTo(block, cidr) === "disjoint")
  );
}
