import type { Direction, PredictionValue } from "../model/prediction.ts";
import type { KnobSettings } from "../model/profile.ts";
import { IPV4, IPV6, NO_FAMILY } from "./address-profiles.ts";
import type { Answers, Row } from "./answers.ts";
import { hasBit } from "./bits.ts";
import type { Classes, EndClass } from "./classes.ts";
import type { PortAtom } from "./port-atoms.ts";
import type { Rows } from "./rows.ts";
import type { SignatureKnobs } from "./signature-knobs.ts";
import type { Signature } from "./signatures.ts";
import type { TierRows } from "./tier-rows.ts";

/** What holds of a connection under every reading of what is open (`yes`), and under some (`may`). */
export interface Verdict {
  readonly yes: boolean;
  readonly may: boolean;
}

/** Whether the other end is an address of the subject's own node, of this family of addresses (S35). */
export type OwnNode = (direction: Direction, family: number) => boolean;

/** What two ends have to do with each other, beyond their classes. */
export interface PairRelation {
  readonly ownNode?: OwnNode | undefined;
  /** A pod and itself, or an address of its own (S33). */
  readonly toSelf?: boolean;
}

/** What policies say under one reading of what is open about them. */
export interface RowLayer {
  /** NetworkPolicies only. */
  readonly rows: Rows;
  readonly tiers: TierRows;
}

export type PairKnobs = Pick<KnobSettings, "hostNetworkPods" | "podToOwnNode" | "self" | "sctp">;

export function toValue({ yes, may }: Verdict): PredictionValue {
  return yes ? "allow" : may ? "undetermined" : "deny";
}

const ALLOWED: Verdict = { yes: true, may: true };
const OPEN: Verdict = { yes: false, may: true };
const DENIED: Verdict = { yes: false, may: false };
const NO_RELATION: PairRelation = {};

/** Judges connections between classes, as `createEvaluator` of src/policy does between ends. */
export class PairJudge {
  readonly layers: readonly RowLayer[];
  readonly #classes: Classes;
  readonly #knobs: PairKnobs;
  /** Of addresses, which no policy selects. */
  readonly #open: Answers;
  readonly #alike: SignatureKnobs;
  readonly #signatureOf: (direction: Direction, index: number) => Signature;

  constructor(
    classes: Classes,
    layers: readonly RowLayer[],
    knobs: PairKnobs,
    alike: SignatureKnobs,
    signatureOf: (direction: Direction, index: number) => Signature,
  ) {
    this.#classes = classes;
    this.layers = layers;
    this.#knobs = knobs;
    this.#alike = alike;
    const [first] = layers;
    if (first === undefined) throw new Error("policies are read in no way at all");
    [this.#open] = first.rows.open.byFamily;
    this.#signatureOf = signatureOf;
  }

  /** The row of a class of pods under one of the readings. */
  row(reading: number, direction: Direction, index: number, atom: PortAtom): Row {
    const signature = this.#signatureOf(direction, index);
    return this.#layerFor(signature, reading).tiers.row(signature, atom, "any");
  }

  #layerFor(signature: Signature, reading: number): RowLayer {
    const alike = this.layers.length === 1 ? reading : this.#alike.alike(signature)[reading];
    return this.layers[alike as number] as RowLayer;
  }

  judge(from: number, to: number, atom: PortAtom, relation: PairRelation = NO_RELATION): Verdict {
    const self = relation.toSelf === true ? this.#knobs.self : undefined;
    if (self !== undefined && !self.includes("filtered")) return ALLOWED;
    let verdict: Verdict | undefined;
    for (let reading = 0; reading < this.layers.length; reading++) {
      const found = this.#overHosts(reading, from, to, atom, relation);
      verdict = verdict === undefined ? found : fold(verdict, found);
    }
    const judged = afterNetwork(verdict ?? ALLOWED, atom, this.#knobs);
    return self?.includes("allowed") === true ? fold(judged, ALLOWED) : judged;
  }

  /** S36: host-network pods as pods, or as their nodes' addresses. */
  #overHosts(reading: number, from: number, to: number, atom: PortAtom, relation: PairRelation): Verdict {
    const source = this.#classes.list[from] as EndClass;
    const target = this.#classes.list[to] as EndClass;
    if (!source.host && !target.host) return this.#overFamilies(reading, source, target, atom, relation);
    const [first, ...rest] = this.#knobs.hostNetworkPods.map((counted) =>
      counted === "pod"
        ? this.#overFamilies(reading, source, target, atom, relation)
        : this.#overFamilies(
            reading,
            this.#classes.list[source.twin] as EndClass,
            this.#classes.list[target.twin] as EndClass,
            atom,
            relation,
          ),
    );
    return rest.reduce(fold, first ?? ALLOWED);
  }

  #overFamilies(
    reading: number,
    source: EndClass,
    target: EndClass,
    atom: PortAtom,
    relation: PairRelation,
  ): Verdict {
    const common = source.profile.families & target.profile.families;
    switch (common) {
      case NO_FAMILY:
        // There is no such connection: a denial holds, but nothing can be said to be allowed.
        return this.#inFamily(reading, source, target, atom, NO_FAMILY, relation).may ? OPEN : DENIED;
      case IPV4:
      case IPV6:
        return this.#inFamily(reading, source, target, atom, common, relation);
      default:
        if (!this.#readsAddress("egress", source.index) && !this.#readsAddress("ingress", target.index)) {
          return this.#inFamily(reading, source, target, atom, NO_FAMILY, relation);
        }
        return fold(
          this.#inFamily(reading, source, target, atom, IPV4, relation),
          this.#inFamily(reading, source, target, atom, IPV6, relation),
        );
    }
  }

  #inFamily(
    reading: number,
    source: EndClass,
    target: EndClass,
    atom: PortAtom,
    family: number,
    { ownNode, toSelf }: PairRelation,
  ): Verdict {
    const toOwnNode = ownNode !== undefined && target.sample === undefined && ownNode("egress", family);
    const fromOwnNode = ownNode !== undefined && source.sample === undefined && ownNode("ingress", family);
    const answers = (direction: Direction, { index }: EndClass, isOwn: boolean): Answers => {
      if (index >= this.#classes.podClasses) return this.#open;
      const signature = this.#signatureOf(direction, index);
      const layer = this.#layerFor(signature, reading);
      // T13: a pod's traffic to its own address is not subject to the admin tiers.
      const row =
        toSelf === true
          ? layer.rows.row(signature, atom)
          : layer.tiers.row(signature, atom, isOwn ? "own-node" : "any");
      return row.byFamily[family] as Answers;
    };
    const out = answers("egress", source, false);
    const into = answers("ingress", target, fromOwnNode);
    let outYes = hasBit(out.yes, target.index);
    let outMay = outYes || hasBit(out.may, target.index);
    if (toOwnNode && !outMay && source.sample !== undefined) {
      outMay = this.#knobs.podToOwnNode.includes("allowed");
      outYes = outMay && !this.#knobs.podToOwnNode.includes("filtered");
    }
    const inYes = hasBit(into.yes, source.index);
    const inMay = inYes || hasBit(into.may, source.index);
    return outYes && inYes ? ALLOWED : outMay && inMay ? OPEN : DENIED;
  }

  /** Whether the other end's address can matter at all. */
  #readsAddress(direction: Direction, index: number): boolean {
    return index < this.#classes.podClasses && this.#signatureOf(direction, index).readsAddress;
  }
}

/** S32: networks that do not pass SCTP deny all of it. */
function afterNetwork(verdict: Verdict, { protocol }: PortAtom, { sctp }: PairKnobs): Verdict {
  if (protocol !== "SCTP" || !sctp.includes("dropped")) return verdict;
  return sctp.includes("supported") && verdict.may ? OPEN : DENIED;
}

function fold(a: Verdict, b: Verdict): Verdict {
  return a.yes && b.yes ? ALLOWED : a.may || b.may ? OPEN : DENIED;
}
