import { IPV4, IPV6, NO_FAMILY } from "./address-profiles.ts";
import { type Answers, type Row, sameInAll } from "./answers.ts";
import { BitDraft, type Bits, hasBit, NO_BITS } from "./bits.ts";
import type { BlockSet } from "./block-sets.ts";
import type { Classes, EndClass } from "./classes.ts";

/**
 * Classes with several addresses, or an unknown one. Where blocks decide, such a class is allowed where all of its
 * addresses are and denied where none is. All of them are asked about together, at one atom after the other.
 */
export class SeveralAddresses {
  readonly #classes: Classes;
  readonly #list: readonly EndClass[];
  readonly #all: Bits;
  readonly #pods: Bits;
  readonly #addresses: Bits;
  readonly #yes: BitDraft;
  readonly #may: BitDraft;

  constructor(classes: Classes) {
    this.#classes = classes;
    this.#list = classes.list.filter(({ profile }) => profile.atoms.length > 1);
    const bitsOf = (list: readonly EndClass[]): Bits => {
      const draft = new BitDraft(classes.list.length);
      for (const { index } of list) draft.set(index);
      return draft.toBits();
    };
    this.#all = bitsOf(this.#list);
    this.#pods = bitsOf(this.#list.filter(({ sample }) => sample !== undefined));
    this.#addresses = bitsOf(this.#list.filter(({ sample }) => sample === undefined));
    this.#yes = new BitDraft(classes.list.length);
    this.#may = new BitDraft(classes.list.length);
  }

  /** The classes that a block matches: those with one address, or (`atom`) those with several as if they were there. */
  matched({ singles, covers, pods, nodes }: BlockSet, atom: number | undefined): Bits {
    if (atom === undefined) return singles;
    if (covers[atom] !== 1) return NO_BITS;
    const ofAddresses = nodes || this.#classes.profiles.atoms.nodeKindOf(atom) === undefined;
    if (pods) return ofAddresses ? this.#all : this.#pods;
    return ofAddresses ? this.#addresses : NO_BITS;
  }

  /** The answers that follow from those at each atom; `evaluate` may not keep drafts of its own over calls. */
  row(blocks: readonly BlockSet[], evaluate: (atom: number | undefined) => Answers): Row {
    const base = evaluate(undefined);
    if (blocks.length === 0 || this.#list.length === 0) return sameInAll(base);
    const { atoms } = this.#classes.profiles;
    // Atoms that none of these blocks tells apart have the same answers.
    const known = new Map<string, Answers>();
    const byAtom = Array.from({ length: atoms.count }, (_, atom): Answers => {
      const isNode = atoms.nodeKindOf(atom) !== undefined;
      const key = `${blocks.map(({ covers }) => covers[atom]).join("")}${isNode}`;
      const answers = known.get(key) ?? evaluate(atom);
      known.set(key, answers);
      return answers;
    });
    const [any, v4, v6] = [NO_FAMILY, IPV4, IPV6].map((family) => this.#folded(base, byAtom, family));
    return any === undefined || v4 === undefined || v6 === undefined
      ? sameInAll(base)
      : { byFamily: [any, v4, v6] };
  }

  #folded(base: Answers, byAtom: readonly Answers[], family: number): Answers {
    const { atoms } = this.#classes.profiles;
    const ofProfile = new Map<number, readonly Answers[]>();
    const yes = this.#yes.clear();
    yes.add(base.yes);
    yes.remove(this.#all);
    const may = this.#may.clear();
    may.add(base.may);
    may.remove(this.#all);
    for (const { index, profile } of this.#list) {
      let distinct = ofProfile.get(profile.index);
      if (distinct === undefined) {
        const own = profile.atoms.filter(
          (atom) => family === NO_FAMILY || (atoms.familyOf(atom) === 4) === (family === IPV4),
        );
        distinct = [...new Set(own.flatMap((atom) => byAtom[atom] ?? []))];
        ofProfile.set(profile.index, distinct);
      }
      if (distinct.every((answers) => hasBit(answers.yes, index))) yes.set(index);
      if (distinct.some((answers) => hasBit(answers.may, index))) may.set(index);
    }
    const allowed = yes.toBits();
    return { yes: allowed, may: may.isSame(yes) ? allowed : may.toBits() };
  }
}
