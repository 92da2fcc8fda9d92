import { ALLOW, type Code, OPEN } from "./pair-answers.ts";
import { type PortRange, type PortSet, toPortSet } from "./port-set.ts";

/** What holds between two ends, over all ports that were asked about. */
export interface PortAnswers {
  readonly allow: PortSet;
  readonly undetermined: PortSet;
}

/** So many codes fit into a number that counts exactly. */
const CODES_OF_NUMBER = 32;

interface Step {
  readonly next: Map<number, Step>;
  id: number | undefined;
}

/** Numbers for answers over all ports: 0 where every port is denied. */
export class AnswerTable {
  readonly #ranges: readonly (readonly PortRange[])[];
  readonly #root: Step = { next: new Map(), id: undefined };
  readonly #answers: PortAnswers[] = [];

  /** The ports that each code of an answer stands for. */
  constructor(ranges: readonly (readonly PortRange[])[]) {
    this.#ranges = ranges;
    this.idOf(() => 0);
  }

  /** `codeAt`: the answer for the ports of this index. */
  idOf(codeAt: (index: number) => Code): number {
    const count = this.#ranges.length;
    let step = this.#root;
    for (let first = 0; first < count; first += CODES_OF_NUMBER) {
      const end = Math.min(first + CODES_OF_NUMBER, count);
      let packed = 0;
      for (let at = first; at < end; at++) packed = packed * 3 + codeAt(at);
      let next = step.next.get(packed);
      if (next === undefined) {
        next = { next: new Map(), id: undefined };
        step.next.set(packed, next);
      }
      step = next;
    }
    step.id ??= this.#add(codeAt);
    return step.id;
  }

  get(id: number): PortAnswers {
    return this.#answers[id] as PortAnswers;
  }

  #add(codeAt: (index: number) => Code): number {
    const codes = this.#ranges.map((_, index) => codeAt(index));
    const having = (code: Code): PortSet =>
      toPortSet(this.#ranges.flatMap((ranges, index) => (codes[index] === code ? ranges : [])));
    return this.#answers.push({ allow: having(ALLOW), undetermined: having(OPEN) }) - 1;
  }
}
