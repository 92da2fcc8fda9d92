import type { KnobReader } from "../policy/choices.ts";
import { type Answers, openAnswers, type Row, sameInAll } from "./answers.ts";
import { BitDraft, type Bits } from "./bits.ts";
import type { Classes } from "./classes.ts";
import type { PeerSet, PeerSets } from "./peer-sets.ts";
import type { PortAtom, PortAtoms } from "./port-atoms.ts";
import { EVERY_CLASS, NO_CLASS, type PortPattern, PortPatterns } from "./port-patterns.ts";
import { SeveralAddresses } from "./several-addresses.ts";
import type { Signature } from "./signatures.ts";

/** A rule that is about a port, for the classes in `mask`; undefined: for all. */
interface ActiveRule {
  readonly peers: PeerSet;
  readonly mask: Bits | undefined;
}

interface SignatureRule {
  readonly peers: PeerSet;
  readonly pattern: PortPattern;
}

/** The rules of a signature's NetworkPolicies that are about a port, and a text that is the same for the same content. */
interface ActiveRules {
  readonly rules: readonly ActiveRule[];
  readonly key: string;
}

/** Works out what NetworkPolicies say, under one reading; rows that come out of the same peers are the same object. */
export class Rows {
  readonly peers: PeerSets;
  readonly patterns: PortPatterns;
  readonly several: SeveralAddresses;
  readonly every: Bits;
  /** Everything is allowed. */
  readonly open: Row;
  readonly #rulesOf = new WeakMap<Signature, readonly SignatureRule[]>();
  readonly #memo = new Map<string, Row>();
  /** What was worked out, by port atom and signature. */
  readonly #table: readonly (Row | undefined)[][];
  readonly #yes: BitDraft;
  readonly #may: BitDraft;

  constructor(classes: Classes, peers: PeerSets, ports: PortAtoms, knobs: KnobReader) {
    const size = classes.list.length;
    this.peers = peers;
    this.every = peers.everyone.selected.must;
    this.patterns = new PortPatterns(classes, ports, knobs, this.every);
    this.several = new SeveralAddresses(classes);
    this.open = sameInAll({ yes: this.every, may: this.every });
    this.#table = ports.atoms.map(() => []);
    this.#yes = new BitDraft(size);
    this.#may = new BitDraft(size);
  }

  /** NetworkPolicies only, as if there were no admin tiers. */
  row(signature: Signature, atom: PortAtom): Row {
    const table = this.#table[atom.index] as (Row | undefined)[];
    let row = table[signature.id];
    if (row === undefined) {
      while (table.length <= signature.id) table.push(undefined);
      row = this.#make(signature, atom);
      table[signature.id] = row;
    }
    return row;
  }

  #make(signature: Signature, atom: PortAtom): Row {
    if (signature.policies.length === 0) {
      return signature.unread ? sameInAll(openAnswers(this.every)) : this.open;
    }
    const active = this.active(signature, atom);
    const key = signature.unread ? `${active.key}unread` : active.key;
    let row = this.#memo.get(key);
    if (row === undefined) {
      const blocks = active.rules.flatMap(({ peers }) => peers.blocks);
      row = this.several.row(blocks, (place) => this.union(active, signature.unread, place));
      this.#memo.set(key, row);
    }
    return row;
  }

  active(signature: Signature, atom: PortAtom): ActiveRules {
    const rules: ActiveRule[] = [];
    let key = "";
    for (const { peers, pattern } of this.#rules(signature)) {
      const maskId = pattern[atom.index] as number;
      if (maskId === NO_CLASS) continue;
      const isForAll = maskId === EVERY_CLASS;
      const part = isForAll ? `${peers.id},` : `${peers.id}:${maskId},`;
      if (key.endsWith(part) && key.charAt(key.length - part.length - 1) === ",") continue;
      key += part;
      rules.push({ peers, mask: isForAll ? undefined : this.patterns.mask(maskId) });
    }
    return { rules, key };
  }

  /** In the order of their peers, so that the same peers make the same key. */
  #rules(signature: Signature): readonly SignatureRule[] {
    let rules = this.#rulesOf.get(signature);
    if (rules === undefined) {
      const { policies, direction, namespace } = signature;
      rules = policies
        .flatMap((policy) => policy.rules[direction])
        .map((rule) => ({
          peers: this.peers.of(rule.peers, namespace),
          pattern: this.patterns.of(rule, signature),
        }))
        .sort((a, b) => a.peers.id - b.peers.id);
      this.#rulesOf.set(signature, rules);
    }
    return rules;
  }

  /** Rules only add (S5). `place`: the atom at which classes with several addresses are taken to be. */
  union({ rules }: ActiveRules, unread: boolean, place: number | undefined): Answers {
    const yes = this.#yes.clear();
    const may = this.#may.clear();
    let certain = true;
    for (const { peers, mask } of rules) {
      if (peers.selected.may !== peers.selected.must) certain = false;
      this.addPeers(yes, peers, "must", mask, place);
      this.addPeers(may, peers, "may", mask, place);
    }
    const allowed = yes.toBits();
    // An unread policy could allow more (S5).
    if (unread) return { yes: allowed, may: this.every };
    return { yes: allowed, may: certain ? allowed : may.toBits() };
  }

  addPeers(
    draft: BitDraft,
    { selected, blocks }: PeerSet,
    certainty: "must" | "may",
    mask: Bits | undefined,
    place: number | undefined,
  ): void {
    add(draft, selected[certainty], mask);
    for (const block of blocks) add(draft, this.several.matched(block, place), mask);
  }
}

function add(draft: BitDraft, bits: Bits, mask: Bits | undefined): void {
  if (mask === undefined) draft.add(bits);
  else draft.addCommon(bits, mask);
}
