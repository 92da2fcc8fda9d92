import { createEngine, type Engine } from "../engine/engine.ts";
import type { PortAtom } from "../engine/port-atoms.ts";
import type { Direction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { AnswerTable, type PortAnswers } from "./answer-table.ts";
import { behaviours } from "./behaviour.ts";
import { GroupNames } from "./group-names.ts";
import { hypotheticalPod, newNamespaceName } from "./hypothetical-pods.ts";
import type {
  BothWays,
  Matrix,
  MatrixConnection,
  MatrixGroup,
  OutsideAnswers,
  UnprotectedWorkload,
} from "./matrix.ts";
import { type OutsidePiece, outsidePieces, sharesFamily } from "./outside.ts";
import { firstsAlike, PairAnswers } from "./pair-answers.ts";
import { podRoster, type RosterPod } from "./pod-roster.ts";
import { portPieces } from "./port-pieces.ts";
import { ALL_PORTS, type PortSet } from "./port-set.ts";
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

/** Pods of one namespace that act alike: a group in the making. */
interface Draft {
  readonly behaviour: number;
  readonly namespace: string;
  readonly pods: RosterPod[];
}

/** @throws {TooManyGroups} */
export function buildMatrix(snapshot: Snapshot, options: MatrixOptions): Matrix {
  const roster = podRoster(snapshot);
  const world = new MatrixWorld(snapshot, roster, options);
  const drafts = draftsOf(world);
  const groups = joinNamespaces(drafts, world);
  const names = new GroupNames(roster);
  const chosen = groups
    .map((group) => ({ group, name: names.nameOf(group.flatMap(({ pods }) => pods)) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const isOwn = chosen.map(({ group }) => group.some(({ namespace }) => world.isAsked(namespace)));
  const connections: MatrixConnection[] = [];
  for (const [from, source] of chosen.entries()) {
    for (const [to, target] of chosen.entries()) {
      if (isOwn[from] !== true && isOwn[to] !== true) continue;
      if (from === to && countPods(source.group) < 2) continue;
      const id = world.between(behaviourOf(source.group), behaviourOf(target.group));
      if (id !== 0) connections.push({ from, to, ...world.answers.get(id) });
    }
  }
  const connected = new Set(connections.flatMap(({ from, to }) => [from, to]));
  const kept = chosen.flatMap((_, at) => (isOwn[at] === true || connected.has(at) ? [at] : []));
  const place = new Map(kept.map((at, id) => [at, id]));
  const adminPolicies = Object.values(snapshot.adminPolicies).reduce((sum, list) => sum + list.length, 0);
  return {
    profile: options.profile.name,
    ports: options.ports ?? ALL_PORTS,
    namespaces: options.namespaces,
    counts: {
      pods: roster.length,
      namespaces: new Set(roster.map(({ end }) => end.namespace)).size,
      networkPolicies: snapshot.networkPolicies.length,
      adminPolicies,
    },
    groups: kept.map((at, id) => toGroup(id, chosen[at] as NamedGroup, world)),
    connections: connections.map((connection) => ({
      ...connection,
      from: place.get(connection.from) as number,
      to: place.get(connection.to) as number,
    })),
    unprotected: {
      ingress: world.unprotectedWorkloads("ingress"),
      egress: world.unprotectedWorkloads("egress"),
    },
    notes: [...new Set(snapshot.unread.map(({ resource, reason }) => `${resource} not readable: ${reason}`))],
  };
}

type Group = readonly Draft[];

interface NamedGroup {
  readonly group: Group;
  readonly name: string;
}

function behaviourOf(group: Group): number {
  return group[0]?.behaviour as number;
}

function countPods(group: Group): number {
  return group.reduce((sum, { pods }) => sum + pods.length, 0);
}

/** Everything that is asked of the engine, with what was asked already. */
class MatrixWorld {
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
  merged(): Int32Array {
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

/** Pods by namespace and by all that can be told of them. */
function draftsOf(world: MatrixWorld): readonly Draft[] {
  const merged = world.merged();
  const drafts = new Map<string, Draft>();
  for (const [at, pod] of world.roster.entries()) {
    const behaviour = world.behaviourOfPod[at] as number;
    const { namespace } = pod.end;
    const toNewPod = world.isAsked(namespace)
      ? world.towardNewPod(world.classOfBehaviour(behaviour), namespace)
      : undefined;
    const key = `${merged[behaviour]}|${toNewPod?.ingress}|${toNewPod?.egress}|${namespace}`;
    const draft = drafts.get(key);
    if (draft === undefined) drafts.set(key, { behaviour, namespace, pods: [pod] });
    else draft.pods.push(pod);
  }
  return [...drafts.values()].map((draft) => ({ ...draft, merged: merged[draft.behaviour] }));
}

/** Namespaces all of whose pods act alike are one group with others of that kind. */
function joinNamespaces(drafts: readonly Draft[], world: MatrixWorld): readonly Group[] {
  const merged = world.merged();
  const perNamespace = new Map<string, number>();
  for (const { namespace } of drafts) perNamespace.set(namespace, (perNamespace.get(namespace) ?? 0) + 1);
  const groups = Map.groupBy(drafts, ({ namespace, behaviour }, at) => {
    if (perNamespace.get(namespace) !== 1) return `${at}`;
    if (!world.isAsked(namespace)) return `other ${merged[behaviour]}`;
    const { ingress, egress } = world.towardNewPod(world.classOfBehaviour(behaviour), namespace);
    return `whole ${merged[behaviour]} ${ingress} ${egress}`;
  });
  return [...groups.values()];
}

function toGroup(id: number, { group, name }: NamedGroup, world: MatrixWorld): MatrixGroup {
  const index = world.classOfBehaviour(behaviourOf(group));
  const pods = group.flatMap((draft) => draft.pods);
  const unprotected = (direction: Direction): number =>
    pods.filter((pod) => world.isUnprotected(pod, direction)).length;
  const workloads = new Map(pods.map(({ workload }) => [workloadKey(workload), workload]));
  const answersOf = ({ ingress, egress }: BothWays<number>): BothWays<PortAnswers> => ({
    ingress: world.answers.get(ingress),
    egress: world.answers.get(egress),
  });
  return {
    id,
    name,
    namespaces: [...new Set(group.map(({ namespace }) => namespace))].sort(),
    workloads: [...workloads.values()].sort((a, b) => (workloadText(a) < workloadText(b) ? -1 : 1)),
    pods: pods.length,
    unprotected: { ingress: unprotected("ingress"), egress: unprotected("egress") },
    outside: {
      ingress: outsideAnswers(world, index, (piece) => world.classAnswer(piece, index)),
      egress: outsideAnswers(world, index, (piece) => world.classAnswer(index, piece)),
    },
    newNamespace: answersOf(world.towardNewNamespace(index)),
    newPod: answersOf(world.towardNewPod(index, group[0]?.namespace ?? "")),
  };
}

/** The addresses by what holds toward them; those of a family that the pods have no address of are none. */
function outsideAnswers(
  world: MatrixWorld,
  own: number,
  idOf: (index: number) => number,
): readonly OutsideAnswers[] {
  const reachable = world.outside.filter((piece) => sharesFamily(world.engine, own, piece));
  const byAnswer = Map.groupBy(reachable, ({ classes }) => idOf(classes[0] as number));
  return [...byAnswer]
    .filter(([id]) => id !== 0)
    .map(([id, pieces]) => ({
      addresses: pieces.map(({ family, first, last }) => ({ family, first, last })),
      ...world.answers.get(id),
    }));
}
