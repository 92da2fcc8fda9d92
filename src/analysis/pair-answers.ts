import { IPV4, IPV6, NO_FAMILY } from "../engine/address-profiles.ts";
import type { Row } from "../engine/answers.ts";
import { hasBit } from "../engine/bits.ts";
import type { EndClass } from "../engine/classes.ts";
import type { Engine } from "../engine/engine.ts";
import type { PortAtom } from "../engine/port-atoms.ts";
import type { Direction, PredictionValue } from "../model/prediction.ts";

/** Answers as small numbers, so that millions of them can be put side by side. */
export const DENY = 0;
export const OPEN = 1;
export const ALLOW = 2;
export type Code = typeof DENY | typeof OPEN | typeof ALLOW;

export const VALUES: readonly [PredictionValue, PredictionValue, PredictionValue] = [
  "deny",
  "undetermined",
  "allow",
];

interface PieceRows {
  readonly egress: readonly (Row | undefined)[];
  readonly ingress: readonly (Row | undefined)[];
}

/**
 * What the engine's judge says of two classes, for asking about very many of them: where one reading of the policies and
 * one address family are enough, which is nearly always, an answer is two looks at bits.
 */
export class PairAnswers {
  readonly #engine: Engine;
  readonly #atoms: readonly PortAtom[];
  /** Undefined: every single connection has to be put to the judge. */
  readonly #rows: readonly (PieceRows | undefined)[];
  readonly #readsAddress: Readonly<Record<Direction, Uint8Array>>;

  /** Only about these ports. */
  constructor(engine: Engine, atoms: readonly PortAtom[]) {
    this.#engine = engine;
    this.#atoms = atoms;
    const { judge, classes, profile } = engine;
    const simple = judge.layers.length === 1;
    const rows = (direction: Direction, atom: PortAtom): readonly (Row | undefined)[] =>
      Array.from({ length: classes.list.length }, (_, index) =>
        index < classes.podClasses ? judge.row(0, direction, index, atom) : undefined,
      );
    this.#rows = atoms.map((atom) =>
      simple && !(atom.protocol === "SCTP" && profile.knobs.sctp.includes("dropped"))
        ? { egress: rows("egress", atom), ingress: rows("ingress", atom) }
        : undefined,
    );
    const reads = (direction: Direction): Uint8Array =>
      Uint8Array.from({ length: classes.list.length }, (_, index) =>
        index < classes.podClasses && engine.signature(direction, index).readsAddress ? 1 : 0,
      );
    this.#readsAddress = { egress: reads("egress"), ingress: reads("ingress") };
  }

  /** `at`: index of the port atom. Two ends of one class are two different pods. */
  code(from: number, to: number, at: number): Code {
    const rows = this.#rows[at];
    const { list } = this.#engine.classes;
    const source = list[from] as EndClass;
    const target = list[to] as EndClass;
    if (rows !== undefined && !source.host && !target.host) {
      const family = this.#family(source, target);
      if (family !== undefined) {
        const out = rows.egress[from]?.byFamily[family];
        const into = rows.ingress[to]?.byFamily[family];
        const yes =
          (out === undefined || hasBit(out.yes, to)) && (into === undefined || hasBit(into.yes, from));
        if (yes) return ALLOW;
        const may =
          (out === undefined || hasBit(out.yes, to) || hasBit(out.may, to)) &&
          (into === undefined || hasBit(into.yes, from) || hasBit(into.may, from));
        return may ? OPEN : DENY;
      }
    }
    const { yes, may } = this.#engine.judge.judge(from, to, this.#atoms[at] as PortAtom);
    return yes ? ALLOW : may ? OPEN : DENY;
  }

  #family(source: EndClass, target: EndClass): 0 | 1 | 2 | undefined {
    const common = source.profile.families & target.profile.families;
    if (common === IPV4 || common === IPV6) return common;
    if (common === NO_FAMILY) return undefined;
    return this.#readsAddress.egress[source.index] === 0 && this.#readsAddress.ingress[target.index] === 0
      ? NO_FAMILY
      : undefined;
  }
}

/**
 * For each port atom the first one that no class of pods tells from it; policies seldom speak of most of the ports that
 * some policy names.
 */
export function firstsAlike(engine: Engine, atoms: readonly PortAtom[]): Int32Array {
  const { judge, classes, profile } = engine;
  const samples = new Map<number, readonly [Direction, number]>();
  for (let index = 0; index < classes.podClasses; index++) {
    for (const direction of ["egress", "ingress"] as const) {
      samples.set(engine.signature(direction, index).id, [direction, index]);
    }
  }
  const ids = new Map<Row, number>();
  const firsts = new Map<string, number>();
  return Int32Array.from(atoms, (atom, at) => {
    const dropped = atom.protocol === "SCTP" && profile.knobs.sctp.includes("dropped");
    let key = dropped ? "SCTP" : "";
    for (const [direction, index] of samples.values()) {
      for (let reading = 0; reading < judge.layers.length; reading++) {
        const row = judge.row(reading, direction, index, atom);
        let id = ids.get(row);
        if (id === undefined) {
          id = ids.size;
          ids.set(row, id);
        }
        key += `${id},`;
      }
    }
    const first = firsts.get(key) ?? at;
    firsts.set(key, first);
    return first;
  });
}
