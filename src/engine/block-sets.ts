import type { Cidr } from "../selectors/cidr.ts";
import type { Requirement } from "../selectors/label-selector.ts";
import { BitDraft, type Bits } from "./bits.ts";
import type { Classes } from "./classes.ts";

/** Addresses that a peer names. */
export interface BlockSet {
  /** By atom: 1 where it covers it. */
  readonly covers: Uint8Array;
  /** Whether it matches pods, and nodes, by their addresses (S16, S36). */
  readonly pods: boolean;
  readonly nodes: boolean;
  /** Classes with one address that it matches. */
  readonly singles: Bits;
}

/** What tells blocks apart: addresses, less others, and whose addresses they match. */
interface BlockText {
  readonly cidrs: readonly Cidr[];
  readonly excepts: readonly Cidr[];
  readonly pods: boolean;
  readonly nodes: boolean;
}

/** Works out which classes blocks match, each block once. */
export class BlockSets {
  readonly #classes: Classes;
  readonly #known = new Map<string, BlockSet>();
  readonly #classesOfAtom: readonly number[][];

  constructor(classes: Classes) {
    this.#classes = classes;
    this.#classesOfAtom = Array.from({ length: classes.profiles.atoms.count }, () => []);
    for (const { index, profile } of classes.list) {
      const [atom] = profile.atoms;
      if (atom !== undefined && profile.atoms.length === 1) this.#classesOfAtom[atom]?.push(index);
    }
  }

  of(text: BlockText): { readonly key: string; readonly block: BlockSet } {
    const key = `${text.cidrs.map(keyOf).join()}!${text.excepts.map(keyOf).join()}${text.pods}${text.nodes}`;
    return { key, block: this.#remembered(key, text, () => this.#covers(text)) };
  }

  /** The addresses of the nodes whose labels meet the requirements. */
  ofNodes(nodes: readonly Requirement[], id: number): { readonly key: string; readonly block: BlockSet } {
    const { atoms } = this.#classes.profiles;
    const key = `nodes${id}`;
    const block = this.#remembered(key, { pods: true, nodes: true }, () =>
      Uint8Array.from({ length: atoms.count }, (_, atom) =>
        atoms.nodeKindOf(atom)?.charAt(id) === "1" ? 1 : 0,
      ),
    );
    return { key: `${key}${nodes.length}`, block };
  }

  #remembered(key: string, whose: Pick<BlockSet, "pods" | "nodes">, makeCovers: () => Uint8Array): BlockSet {
    let block = this.#known.get(key);
    if (block === undefined) {
      const { pods, nodes } = whose;
      const covers = makeCovers();
      block = { covers, pods, nodes, singles: this.#singles(covers, pods, nodes) };
      this.#known.set(key, block);
    }
    return block;
  }

  #covers({ cidrs, excepts }: BlockText): Uint8Array {
    const { atoms } = this.#classes.profiles;
    const covers = new Uint8Array(atoms.count);
    for (const cidr of cidrs) {
      const { first, end } = atoms.rangeOf(cidr);
      covers.fill(1, first, end);
    }
    for (const except of excepts) {
      const { first, end } = atoms.rangeOf(except);
      covers.fill(0, first, end);
    }
    // Behind the stretches stand the addresses of nodes, which lie in one of them.
    for (let atom = covers.length - 1; atom >= 0 && atoms.baseOf(atom) !== atom; atom--) {
      covers[atom] = covers[atoms.baseOf(atom)] as number;
    }
    return covers;
  }

  #singles(covers: Uint8Array, pods: boolean, nodes: boolean): Bits {
    const { profiles, list, podClasses } = this.#classes;
    const draft = new BitDraft(list.length);
    for (const [atom, members] of this.#classesOfAtom.entries()) {
      if (covers[atom] !== 1) continue;
      const ofAddresses = nodes || profiles.atoms.nodeKindOf(atom) === undefined;
      for (const index of members) if (index < podClasses ? pods : ofAddresses) draft.set(index);
    }
    return draft.toBits();
  }
}

function keyOf({ family, first, prefix }: Cidr): string {
  return `${family}/${first}/${prefix}`;
}
