import type { Answers, Row } from "../engine/answers.ts";
import type { Bits } from "../engine/bits.ts";
import { hasBit } from "../engine/bits.ts";
import type { Engine } from "../engine/engine.ts";
import type { PortAtom } from "../engine/port-atoms.ts";
import type { Signature } from "../engine/signatures.ts";
import type { Direction } from "../model/prediction.ts";

/**
 * For each class of pods a number, the same for classes that answer alike as source and as target, on these ports,
 * toward every other class: the same rows stand before them, and no row tells them apart.
 */
export function behaviours(engine: Engine, atoms: readonly PortAtom[]): Int32Array {
  const { classes, judge } = engine;
  const sets = new SetIds();
  const readings = judge.layers.map((_, reading) => reading);
  const known = new Map<number, string>();
  const rowsOf = (direction: Direction, index: number): string => {
    const signature: Signature = engine.signature(direction, index);
    let key = known.get(signature.id);
    if (key === undefined) {
      key = atoms
        .flatMap((atom) => readings.map((reading) => sets.ofRow(judge.row(reading, direction, index, atom))))
        .join();
      known.set(signature.id, `${key}/${signature.readsAddress}`);
      key = `${key}/${signature.readsAddress}`;
    }
    return key;
  };
  const keys = classes.list.slice(0, classes.podClasses).map(({ index, host, profile }) => {
    const rows = `${rowsOf("egress", index)}|${rowsOf("ingress", index)}`;
    return `${rows}|${host}|${profile.families}`;
  });
  let groups = numbered(keys);
  for (const bits of sets.all) groups = refined(groups, bits, engine);
  return groups;
}

/** Numbers for sets, the same for the same members. */
class SetIds {
  readonly all: Bits[] = [];
  readonly #known = new Map<Bits, number>();
  readonly #byText = new Map<string, number>();
  readonly #rows = new Map<Row, string>();

  ofRow(row: Row): string {
    let text = this.#rows.get(row);
    if (text === undefined) {
      text = row.byFamily.map((answers) => this.#ofAnswers(answers)).join(":");
      this.#rows.set(row, text);
    }
    return text;
  }

  #ofAnswers({ yes, may }: Answers): string {
    return `${this.#of(yes)}.${this.#of(may)}`;
  }

  #of(bits: Bits): number {
    let id = this.#known.get(bits);
    if (id === undefined) {
      const text = `${bits.from}:${bits.words.join()}`;
      id = this.#byText.get(text);
      if (id === undefined) {
        id = this.all.push(bits) - 1;
        this.#byText.set(text, id);
      }
      this.#known.set(bits, id);
    }
    return id;
  }
}

/** Splits groups by whether their classes (and where these stand for nodes, their addresses) are in the set. */
function refined(groups: Int32Array, bits: Bits, { classes }: Engine): Int32Array {
  const ids = new Map<number, number>();
  return groups.map((group, index) => {
    const twin = classes.list[index]?.twin ?? index;
    const key = group * 4 + (hasBit(bits, index) ? 1 : 0) + (hasBit(bits, twin) ? 2 : 0);
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
    }
    return id;
  });
}

/** The same number for the same text, from 0 on. */
export function numbered(texts: readonly string[]): Int32Array {
  const ids = new Map<string, number>();
  return Int32Array.from(texts, (text) => {
    let id = ids.get(text);
    if (id === undefined) {
      id = ids.size;
      ids.set(text, id);
    }
    return id;
  });
}
