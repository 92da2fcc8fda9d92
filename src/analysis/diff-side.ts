import { createEngine, type Engine } from "../engine/engine.ts";
import type { PortAtom } from "../engine/port-atoms.ts";
import type { Direction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { createEvaluator, type Evaluator } from "../policy/evaluator.ts";
import { behaviours } from "./behaviour.ts";
import { type Code, DENY, OPEN, PairAnswers } from "./pair-answers.ts";

/** One of the two worlds that are compared. */
export class DiffSide {
  readonly engine: Engine;
  readonly evaluator: Evaluator;
  #answers: PairAnswers | undefined;
  #behaviours: Int32Array | undefined;

  constructor(snapshot: Snapshot, pods: readonly PodEnd[], profile: Profile) {
    this.engine = createEngine({ ...snapshot, pods }, { profile });
    this.evaluator = createEvaluator(snapshot, { profile });
  }

  /** From here on only these ports are asked about. */
  ask(atoms: readonly PortAtom[]): void {
    this.#answers = new PairAnswers(this.engine, atoms);
    this.#behaviours = behaviours(this.engine, [...new Set(atoms)]);
  }

  /** The classes of these pods, each once. */
  classesOf(pods: readonly PodEnd[]): readonly number[] {
    return [...new Set(pods.map(({ key }) => this.engine.pod(key)?.index as number))].sort((a, b) => a - b);
  }

  /** The same for pods that act alike and have the same policies around them. */
  keyOf(classes: readonly number[]): string {
    const keys = classes.map((index) => {
      const ids = (["egress", "ingress"] as const satisfies readonly Direction[]).map(
        (direction) => this.engine.signature(direction, index).id,
      );
      return `${this.#behaviours?.[index]}/${ids.join("/")}`;
    });
    return [...new Set(keys)].sort().join();
  }

  /** What holds between all pods of these classes; undetermined where it is not the same for all. */
  code(from: readonly number[], to: readonly number[], at: number): Code {
    const answers = this.#answers;
    if (answers === undefined) throw new Error("it was not said which ports are asked about");
    let first: Code | undefined;
    for (const source of from) {
      for (const target of to) {
        const code = answers.code(source, target, at);
        if (first === undefined) first = code;
        else if (first !== code) return OPEN;
      }
    }
    return first ?? DENY;
  }
}
