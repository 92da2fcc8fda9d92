import { createEngine, type Engine } from "../engine/engine.ts";
import type { PortAtom } from "../engine/port-atoms.ts";
import type { Direction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { AnswerTable } from "./answer-table.ts";
import { behaviours } from "./behaviour.ts";
import { hypotheticalPod, newNamespaceName } from "./hypothetical-pods.ts";
import type { BothWays, UnprotectedWorkload } from "./matrix.ts";
import { type OutsidePiece, outsidePieces } from "./outside.ts";
import { firstsAlike, PairAnswers } from "./pair-answers.ts";
import type { RosterPod } from "./pod-roster.ts";
import { portPieces } from "./port-pieces.ts";
import type { PortSet } from "./port-set.ts";
import { SameVectors } from "./same-vectors.ts";
import { workloadKey, workloadText } from "./workload-of.ts";

export interface MatrixOptions {
  readonly profile: Profile;
  /** Absent: all. */
  readonly namespaces?: readonly string[];
  /** Absent: all. */
  readonly ports?: PortSet;
}

/** So many pairs of groups are looked at; beyond it nobody reads the outcome. */
const MAX_CELLS = 25_000_000;

/** The cluster's pods fall into more groups than a matrix can show. */
export class TooManyGroups extends Error {
  readonly groups: number;

  constructor(groups: number) {
    super(`the pods fall into ${groups} groups that act differently`);
    this.name = "TooManyGroups";
    this.groups = groups;
  }
}

/** Everything that is asked of the engine, with what was asked already. */
export class MatrixWorld {
  readonly engine: Engine;
  readonly answers: AnswerTable;
  readonly roster: readonly RosterPod[];
  readonly outside: readonly OutsidePiece[];
  /** By pod of the roster. */
  readonly behaviourOfPod: Int32Array;
  readonly #pairs: PairAnswers;
  /** A class for each behaviour. */
  readonly #classOf: number[] = [];
  readonly #asked: ReadonlySet<string> | undefined;
  readonly #newNamespace: number;
  readonly #bare: ReadonlyMap<string, number>;
  /** By behaviour, then by behaviour: what was worked out of those that are asked about. */
  readonly #out = new Map<number, Int32Array>();
  readonly #into = new Map<number, Int32Array>();
  readonly #own: ReadonlySet<number>;
  #merged: Int32Array | undefined;

  constructor(snapshot: Snapshot, roster: readonly RosterPod[], options: MatrixOptions) {
    this.roster = roster;
    this.#asked = options.namespaces === undefined ? undefined : new Set(options.namespaces);
    const names = new Set(roster.map(({ end }) => end.namespace));
    const known = [...names, ...snapshot.namespaces.map(({ metadata }) => metadata.name)];
    const added = [
      hypotheticalPod(newNamespaceName(known), "a pod in a new namespace"),
      ...[...names].map((name) => hypotheticalPod(name, `a new pod in ${name}`)),
    ];
    const pods = [...roster.map(({ end }) => end), ...added];
    this.engine = createEngine({ ...snapshot, pods }, { profile: options.profile });
    const { classes } = this.engine;
    const pieces = portPieces([this.engine], options.ports);
    const alike = firstsAlike(
      this.engine,
      pieces.map(({ atoms: [atom] }) => atom as PortAtom),
    );
    const kinds = [...Map.groupBy(pieces, (_, at) => alike[at]).values()];
    const atoms = kinds.map(([first]) => first?.atoms[0] as PortAtom);
    this.answers = new AnswerTable(kinds);
    this.#pairs = new PairAnswers(this.engine, atoms);
    this.outside = outsidePieces([this.engine]);
    const ofClass = behaviours(this.engine, atoms);
    const numbers = new Map<number, number>();
    this.behaviourOfPod = Int32Array.from(roster, (_, at) => {
      const index = classes.ofPod[at] as number;
      const found = ofClass[index] as number;
      let number = numbers.get(found);
      if (number === undefined) {
        number = this.#classOf.push(index) - 1;
        numbers.set(found, number);
      }
      return number;
    });
    this.#newNamespace = classes.ofPod[roster.length] as number;
    this.#bare = new Map(
      [...names].map((name, at) => [name, classes.ofPod[roster.length + 1 + at] as number]),
    );
    this.#own = new Set(
      roster.flatMap(({ end }, at) =>
        this.isAsked(end.namespace) ? [this.behaviourOfPod[at] as number] : [],
      ),
    );
    if (this.#own.size * this.#classOf.length > MAX_CELLS) throw new TooManyGroups(this.#classOf.length);
    this.#ask();
  }

  isAsked(namespace: string): boolean {
    return this.#asked?.has(namespace) ?? true;
  }

  #ask(): void {
    const count = this.#classOf.length;
    for (const own of this.#own) {
      this.#out.set(
        own,
        Int32Array.from({ length: count }, (_, other) => this.#idOf(own, other)),
      );
    }
    for (const own of this.#own) {
      this.#into.set(
        own,
        Int32Array.from(
          { length: count },
          (_, other) => this.#out.get(other)?.[own] ?? this.#idOf(other, own),
        ),
      );
    }
  }

  #idOf(from: number, to: number): number {
    return this.classAnswer(this.#classOf[from] as number, this.#classOf[to] as number);
  }

  classAnswer(from: number, to: number): number {
    return this.answers.idOf((piece) => this.#pairs.code(from, to, piece));
  }

  /** The answer from one behaviour to another; one of them at least is asked about. */
  between(from: number, to: number): number {
    return this.#out.get(from)?.[to] ?? this.#into.get(to)?.[from] ?? 0;
  }

  /** Behaviours that no answer tells apart get the same number. */
  get merged(): Int32Array {
    this.#merged ??= this.#merge();
    return this.#merged;
  }

  #merge(): Int32Array {
    const own = [...this.#own];
    const vectors = new SameVectors();
    return Int32Array.from(this.#classOf, (index, behaviour) => {
      const out = this.#out.get(behaviour);
      const into = this.#into.get(behaviour);
      const parts =
        out === undefined || into === undefined
          ? [
              Int32Array.from(own, (other) => this.#out.get(other)?.[behaviour] as number),
              Int32Array.from(own, (other) => this.#into.get(other)?.[behaviour] as number),
            ]
          : [out, into, this.#aroundOf(index)];
      return vectors.idOf(parts);
    });
  }

  /** Toward what is no pod of the cluster. */
  #aroundOf(index: number): Int32Array {
    const ends = [this.#newNamespace, ...this.outside.map(({ classes }) => classes[0] as number)];
    return Int32Array.from(
      ends.flatMap((end) => [this.classAnswer(index, end), this.classAnswer(end, index)]),
    );
  }

  classOfBehaviour(behaviour: number): number {
    return this.#classOf[behaviour] as number;
  }

  toward(index: number, other: number): BothWays<number> {
    return { ingress: this.classAnswer(other, index), egress: this.classAnswer(index, other) };
  }

  towardNewNamespace(index: number): BothWays<number> {
    return this.toward(index, this.#newNamespace);
  }

  towardNewPod(index: number, namespace: string): BothWays<number> {
    return this.toward(index, this.#bare.get(namespace) as number);
  }

  isUnprotected({ end }: RosterPod, direction: Direction): boolean {
    const index = this.engine.pod(end.key)?.index as number;
    const { policies, unread, withoutTiers } = this.engine.signature(direction, index);
    return policies.length === 0 && !unread && withoutTiers && !this.engine.hasUnreadTiers;
  }

  unprotectedWorkloads(direction: Direction): readonly UnprotectedWorkload[] {
    const found = this.roster.filter(
      (pod) => this.isAsked(pod.end.namespace) && this.isUnprotected(pod, direction),
    );
    return [...Map.groupBy(found, ({ workload }) => workloadKey(workload)).values()]
      .flatMap((pods) => (pods[0] === undefined ? [] : [{ ...pods[0].workload, pods: pods.length }]))
      .sort((a, b) => (workloadText(a) < workloadText(b) ? -1 : 1));
  }
}
