import type { Direction } from "../model/prediction.ts";
import { IPV4, IPV6, NO_FAMILY } from "./address-profiles.ts";
import type { Answers } from "./answers.ts";
import { type Bits, sameBits } from "./bits.ts";
import { commonBits } from "./common-bits.ts";
import { countCommon } from "./count-products.ts";
import type { Engine } from "./engine.ts";
import { type Neighbours, neighboursOf } from "./neighbours.ts";
import type { Verdict } from "./pair-judge.ts";
import type { PortAtom } from "./port-atoms.ts";

/** Ordered pairs of pods, each pod with itself among them. */
export interface PairCounts {
  readonly allow: number;
  readonly deny: number;
  readonly undetermined: number;
}

/** One way in which connections may come about: the answers of each class, by direction. */
type Reading = Readonly<Record<Direction, readonly Answers[]>>;

const BOTH = IPV4 | IPV6;

/** So many readings that differ are counted together; their subsets are twice as many with each one more. */
const MAX_READINGS = 4;

/** Counts the answers of all pairs of pods of an engine, without looking at them one by one. */
export class PairCounter {
  readonly #engine: Engine;
  /** Classes of pods that are not in their node's network, weighted, by their address families. */
  readonly #plain = new Map<number, Float64Array>();
  readonly #hosts: number[] = [];
  readonly #neighbours: readonly Neighbours[];

  constructor(engine: Engine) {
    this.#engine = engine;
    const { list, podClasses, weights } = engine.classes;
    for (const { index, host, profile } of list.slice(0, podClasses)) {
      if (host) {
        this.#hosts.push(index);
        continue;
      }
      const own = this.#plain.get(profile.families) ?? new Float64Array(podClasses);
      own[index] = weights[index] as number;
      this.#plain.set(profile.families, own);
    }
    this.#neighbours = neighboursOf(engine);
  }

  count(atom: PortAtom): PairCounts {
    const { judge, classes, pods } = this.#engine;
    let allow = 0;
    let open = 0;
    const add = ({ yes, may }: Verdict, pairs: number): void => {
      if (yes) allow += pairs;
      else if (may) open += pairs;
    };
    for (const [sourceFamilies, sources] of this.#plain) {
      for (const [targetFamilies, targets] of this.#plain) {
        const counts = this.#plainPairs(atom, sourceFamilies & targetFamilies, sources, targets);
        allow += counts.yes;
        open += counts.may - counts.yes;
      }
    }
    for (const [from, to] of this.#pairsWithHosts()) {
      const pairs = (classes.weights[from] as number) * (classes.weights[to] as number);
      add(judge.judge(from, to, atom), pairs);
    }
    for (const { from, to, pairs, ownNode } of this.#neighbours) {
      const elsewhere = judge.judge(from, to, atom);
      if (elsewhere.yes) continue;
      add(elsewhere, -pairs);
      add(judge.judge(from, to, atom, { ownNode }), pairs);
    }
    for (let index = 0; index < classes.podClasses; index++) {
      // S33: a pod and itself are not like two pods of a class.
      const others = judge.judge(index, index, atom);
      const toSelf = judge.judge(index, index, atom, { toSelf: true });
      if (others.yes === toSelf.yes && others.may === toSelf.may) continue;
      add(others, -(classes.weights[index] as number));
      add(toSelf, classes.weights[index] as number);
    }
    return { allow, deny: pods.length ** 2 - allow - open, undetermined: open };
  }

  *#pairsWithHosts(): Generator<readonly [number, number]> {
    const hosts = new Set(this.#hosts);
    for (const host of hosts) {
      for (let other = 0; other < this.#engine.classes.podClasses; other++) {
        yield [host, other];
        if (!hosts.has(other)) yield [other, host];
      }
    }
  }

  #plainPairs(
    atom: PortAtom,
    common: number,
    sources: Float64Array,
    targets: Float64Array,
  ): { readonly yes: number; readonly may: number } {
    const families = common === BOTH ? [IPV4, IPV6] : [common];
    const readings = distinct(
      this.#engine.judge.layers.flatMap((_, reading) =>
        families.map((family) => this.#reading(reading, atom, family)),
      ),
    );
    if (readings.length > MAX_READINGS) return this.#oneByOne(atom, sources, targets);
    const count = (chosen: readonly Reading[], pick: (answers: Answers) => Bits): number => {
      const rows = (direction: Direction): readonly Bits[] =>
        chosen[0]?.[direction].map((_, index) =>
          commonBits(chosen.map((reading) => pick(reading[direction][index] as Answers))),
        ) ?? [];
      return countCommon(
        { rowOf: rows("egress"), weights: sources },
        { rowOf: rows("ingress"), weights: targets },
      );
    };
    const isSctp = atom.protocol === "SCTP";
    const { sctp } = this.#engine.profile.knobs;
    if (isSctp && !sctp.includes("supported")) return { yes: 0, may: 0 }; // S32
    const may = subsets(readings).reduce(
      (sum, chosen) => sum + (chosen.length % 2 === 1 ? 1 : -1) * count(chosen, ({ may }) => may),
      0,
    );
    // Without a common family there is no such connection, and nothing can be said to be allowed.
    if (common === NO_FAMILY || (isSctp && sctp.includes("dropped"))) return { yes: 0, may };
    const [only] = readings;
    if (readings.length === 1 && only !== undefined && isCertain(only)) return { yes: may, may };
    return { yes: count(readings, ({ yes }) => yes), may };
  }

  #oneByOne(
    atom: PortAtom,
    sources: Float64Array,
    targets: Float64Array,
  ): { readonly yes: number; readonly may: number } {
    let yes = 0;
    let may = 0;
    for (const [from, weight] of sources.entries()) {
      if (weight === 0) continue;
      for (const [to, other] of targets.entries()) {
        if (other === 0) continue;
        const verdict = this.#engine.judge.judge(from, to, atom);
        if (verdict.yes) yes += weight * other;
        if (verdict.may) may += weight * other;
      }
    }
    return { yes, may };
  }

  #reading(reading: number, atom: PortAtom, family: number): Reading {
    const { judge, classes } = this.#engine;
    const answers = (direction: Direction): readonly Answers[] =>
      Array.from(
        { length: classes.podClasses },
        (_, index) => judge.row(reading, direction, index, atom).byFamily[family] as Answers,
      );
    return { egress: answers("egress"), ingress: answers("ingress") };
  }
}

function isCertain({ egress, ingress }: Reading): boolean {
  return egress.every(({ yes, may }) => yes === may) && ingress.every(({ yes, may }) => yes === may);
}

/** Readings of which no other gives the same answers. */
function distinct(readings: readonly Reading[]): readonly Reading[] {
  const alike = (a: readonly Answers[], b: readonly Answers[]): boolean =>
    a.every((row, index) => row === b[index] || sameAnswers(row, b[index] as Answers));
  return readings.filter(
    (reading, at) =>
      !readings
        .slice(0, at)
        .some((other) => alike(reading.egress, other.egress) && alike(reading.ingress, other.ingress)),
  );
}

/** All subsets but the empty one: how many pairs some reading holds follows from those that several hold at once. */
function subsets<T>(list: readonly T[]): readonly (readonly T[])[] {
  const sets: (readonly T[])[] = [];
  for (const item of list) sets.push([item], ...sets.map((set) => [...set, item]));
  return sets;
}

function sameAnswers(a: Answers, b: Answers): boolean {
  return sameBits(a.yes, b.yes) && sameBits(a.may, b.may);
}
