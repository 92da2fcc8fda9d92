import type { KnobName, KnobSettings, Knobs } from "../model/profile.ts";

/** Says how an open point is decided. */
export interface KnobReader {
  read<K extends KnobName>(knob: K): Knobs[K];
}

/** A knob that was open, and the value that it was given. */
export interface Choice {
  readonly knob: KnobName;
  readonly value: string;
}

interface OpenChoice {
  readonly knob: KnobName;
  readonly values: readonly [string, ...string[]];
  index: number;
}

/**
 * Runs a question through every reading of what a profile leaves open. A knob becomes a choice when it is read for the
 * first time, so knobs that make no difference cost nothing; within one reading it keeps its value.
 *
 *     choices.reset();
 *     do { ask(choices); } while (choices.next());
 */
export class Choices implements KnobReader {
  readonly #settings: KnobSettings;
  readonly #open: OpenChoice[] = [];

  constructor(settings: KnobSettings) {
    this.#settings = settings;
  }

  reset(): void {
    this.#open.length = 0;
  }

  read<K extends KnobName>(knob: K): Knobs[K] {
    const values = this.#settings[knob];
    if (values.length === 1) {
      return values[0];
    }
    let open = this.#open.find((choice) => choice.knob === knob);
    if (open === undefined) {
      open = { knob, values, index: 0 };
      this.#open.push(open);
    }
    return (open.values[open.index] ?? values[0]) as Knobs[K];
  }

  /** As in this reading, without making a choice of what nobody asked yet: for explanations. */
  readonly peek: KnobReader = {
    read: <K extends KnobName>(knob: K): Knobs[K] => {
      const open = this.#open.find((choice) => choice.knob === knob);
      return (open?.values[open.index] ?? this.#settings[knob][0]) as Knobs[K];
    },
  };

  /** Whether a knob may have this value at all. */
  may<K extends KnobName>(knob: K, value: Knobs[K]): boolean {
    return this.#settings[knob].includes(value);
  }

  /** Nothing that was asked was open. */
  get isDecided(): boolean {
    return this.#open.length === 0;
  }

  /** Goes on to the next reading; false: that was the last one. */
  next(): boolean {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      last.index += 1;
      if (last.index < last.values.length) {
        return true;
      }
      this.#open.pop();
    }
    return false;
  }

  /** What this reading rests on, in the order in which it was asked. */
  taken(): readonly Choice[] {
    return this.#open.map(({ knob, values, index }) => ({ knob, value: values[index] ?? "" }));
  }
}
