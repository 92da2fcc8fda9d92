import type { AdminPolicyKind } from "../model/admin-policy.ts";
import type { CompiledAdminRule } from "../policy/tiers/compiled-admin-policy.ts";
import { type Answers, openAnswers, type Row, sameInAll } from "./answers.ts";
import { BitDraft, type Bits } from "./bits.ts";
import type { PortAtom } from "./port-atoms.ts";
import { NO_CLASS } from "./port-patterns.ts";
import type { PolicyReading } from "./readings.ts";
import type { Rows } from "./rows.ts";
import type { AdminCandidate, Signature } from "./signatures.ts";

/** How the other end relates to the subject: any end, or for ingress an address of the subject's own node (S35). */
export type Relation = "any" | "own-node";

/** Classes that a rule matches on a port: for certain, and at most. */
interface RuleBits {
  readonly must: Bits;
  readonly may: Bits;
}

/** Admin tier, then NetworkPolicies, then Baseline tier, then default allow (semantics.md section 2), under one reading. */
export class TierRows {
  readonly #rows: Rows;
  readonly #reading: PolicyReading;
  readonly #unread: boolean;
  readonly #known = new Map<string, Row>();
  readonly #draft: BitDraft;

  /** `size`: how many classes there are. */
  constructor(rows: Rows, reading: PolicyReading, unreadKinds: readonly AdminPolicyKind[], size: number) {
    this.#rows = rows;
    this.#reading = reading;
    this.#unread = unreadKinds.some((kind) => this.#isEnforced(kind));
    this.#draft = new BitDraft(size);
  }

  row(signature: Signature, atom: PortAtom, relation: Relation): Row {
    if (signature.withoutTiers && (!this.#unread || signature.sample.spec.hostNetwork === true)) {
      return relation === "own-node" ? this.#rows.open : this.#rows.row(signature, atom);
    }
    const key = `${signature.id}/${atom.index}/${relation}`;
    let row = this.#known.get(key);
    if (row === undefined) {
      row = this.#unread ? sameInAll(openAnswers(this.#rows.every)) : this.#make(signature, atom, relation);
      this.#known.set(key, row);
    }
    return row;
  }

  #make(signature: Signature, atom: PortAtom, relation: Relation): Row {
    const { peers } = this.#rows;
    const active = this.#rows.active(signature, atom);
    const candidates = [...signature.admin.Admin, ...signature.admin.Baseline];
    const blocks = [
      ...active.rules.flatMap((rule) => rule.peers.blocks),
      ...candidates.flatMap(({ policy }) =>
        policy.rules[signature.direction].flatMap((rule) => peers.ofAdmin(rule.peers).blocks),
      ),
    ];
    return this.#rows.several.row(blocks, (place) => {
      const ends = new Outcomes(this.#draft.words.length * 32, this.#rows.every);
      this.#askTier(signature.admin.Admin, signature, atom, place, ends);
      ends.goOn();
      if (signature.policies.length > 0) {
        if (relation === "own-node") ends.allowRest();
        else ends.decideRest(this.#rows.union(active, signature.unread, place));
      } else if (signature.unread && relation !== "own-node") {
        ends.decideRest(openAnswers(this.#rows.every));
      } else if (signature.oppositeIsolated && this.#reading.npGatesBaseline === "any") {
        ends.allowRest(); // T5
      } else {
        this.#askTier(signature.admin.Baseline, signature, atom, place, ends);
        ends.goOn();
        ends.allowRest();
      }
      return ends.answers();
    });
  }

  /** The first rule that matches decides; of policies of one priority any that matches may (T1-T4). */
  #askTier(
    candidates: readonly AdminCandidate[],
    signature: Signature,
    atom: PortAtom,
    place: number | undefined,
    ends: Outcomes,
  ): void {
    for (const group of this.#groups(candidates)) {
      ends.beginGroup();
      for (const { policy, certain } of group) {
        ends.beginPolicy();
        for (const rule of policy.rules[signature.direction]) {
          ends.match(rule.rule.action, this.#bitsOf(rule, signature, atom, place));
        }
        ends.endPolicy(certain);
      }
      ends.endGroup();
    }
  }

  #groups(candidates: readonly AdminCandidate[]): readonly (readonly AdminCandidate[])[] {
    const inForce = candidates.filter(({ policy }) => this.#isEnforced(policy.policy.kind));
    return this.#reading.samePriority === "by-name"
      ? inForce.map((candidate) => [candidate])
      : [...Map.groupBy(inForce, ({ policy }) => policy.policy.priority).values()];
  }

  #isEnforced(kind: AdminPolicyKind): boolean {
    const { clusterNetworkPolicy, adminNetworkPolicy } = this.#reading;
    return (kind === "ClusterNetworkPolicy" ? clusterNetworkPolicy : adminNetworkPolicy) === "enforced";
  }

  #bitsOf(
    rule: CompiledAdminRule,
    signature: Signature,
    atom: PortAtom,
    place: number | undefined,
  ): RuleBits {
    const { patterns, peers } = this.#rows;
    const pattern = patterns.ofAdmin(rule, signature);
    const set = peers.ofAdmin(rule.peers);
    const bits = (certainty: "must" | "may"): Bits => {
      const maskId = pattern[certainty][atom.index] as number;
      const draft = this.#draft.clear();
      if (maskId !== NO_CLASS) this.#rows.addPeers(draft, set, certainty, patterns.mask(maskId), place);
      return draft.toBits();
    };
    return { must: bits("must"), may: bits("may") };
  }
}

/** How connections with each class may end, while tier after tier is asked. */
class Outcomes {
  /** Classes for which the question may still be open. */
  readonly #open: BitDraft;
  /** … in the policy that is asked. */
  readonly #left: BitDraft;
  /** Classes that the group of policies has decided for certain. */
  readonly #decided: BitDraft;
  readonly #passed: BitDraft;
  readonly #allowed: BitDraft;
  readonly #denied: BitDraft;
  readonly #every: Bits;

  constructor(size: number, every: Bits) {
    const draft = (): BitDraft => new BitDraft(size);
    this.#open = draft();
    this.#open.add(every);
    this.#left = draft();
    this.#decided = draft();
    this.#passed = draft();
    this.#allowed = draft();
    this.#denied = draft();
    this.#every = every;
  }

  beginGroup(): void {
    this.#decided.clear();
  }

  beginPolicy(): void {
    this.#left.become(this.#open);
  }

  match(action: "Accept" | "Deny" | "Pass", { must, may }: RuleBits): void {
    const matched = this.#left.toBits();
    const target = action === "Accept" ? this.#allowed : action === "Deny" ? this.#denied : this.#passed;
    target.addCommon(matched, may);
    this.#left.remove(must);
  }

  endPolicy(certain: boolean): void {
    if (!certain) return;
    const decided = new BitDraft(this.#open.words.length * 32).become(this.#open);
    decided.remove(this.#left.toBits());
    this.#decided.add(decided.toBits());
  }

  endGroup(): void {
    this.#open.remove(this.#decided.toBits());
  }

  /** On to the next tier: with what was passed, and with what nothing decided. */
  goOn(): void {
    this.#open.add(this.#passed.toBits());
    this.#passed.clear();
  }

  allowRest(): void {
    this.#allowed.add(this.#open.toBits());
    this.#open.clear();
  }

  decideRest({ yes, may }: Answers): void {
    const open = this.#open.toBits();
    this.#allowed.addCommon(open, may);
    this.#open.remove(yes);
    this.#denied.add(this.#open.toBits());
    this.#open.clear();
  }

  answers(): Answers {
    const yes = new BitDraft(this.#open.words.length * 32);
    yes.add(this.#every);
    yes.remove(this.#denied.toBits());
    const allowed = yes.toBits();
    return { yes: allowed, may: this.#allowed.isSame(yes) ? allowed : this.#allowed.toBits() };
  }
}
