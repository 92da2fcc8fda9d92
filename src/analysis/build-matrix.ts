import type { Direction } from "../model/prediction.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PortAnswers } from "./answer-table.ts";
import { GroupNames } from "./group-names.ts";
import type { BothWays, Exposure, Matrix, MatrixConnection, MatrixGroup, OutsideAnswers } from "./matrix.ts";
import { type MatrixOptions, MatrixWorld } from "./matrix-world.ts";
import { sharesFamily } from "./outside.ts";
import { podRoster, type RosterPod } from "./pod-roster.ts";
import { ALL_PORTS } from "./port-set.ts";
import { readingNotes } from "./reading-notes.ts";
import { workloadKey, workloadText } from "./workload-of.ts";

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
    notes: readingNotes(snapshot),
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

/** Pods by namespace and by all that can be told of them. */
function draftsOf(world: MatrixWorld): readonly Draft[] {
  const merged = world.merged;
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
  return [...drafts.values()];
}

/** Namespaces all of whose pods act alike are one group with others of that kind. */
function joinNamespaces(drafts: readonly Draft[], world: MatrixWorld): readonly Group[] {
  const merged = world.merged;
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
  const pods = group.flatMap((draft) => draft.pods);
  const unprotected = (direction: Direction): number =>
    pods.filter((pod) => world.isUnprotected(pod, direction)).length;
  const workloads = new Map(pods.map(({ workload }) => [workloadKey(workload), workload]));
  // Others stand together that act alike toward those asked about, whatever they do toward the rest.
  const isAsked = group.some(({ namespace }) => world.isAsked(namespace));
  return {
    id,
    name,
    namespaces: [...new Set(group.map(({ namespace }) => namespace))].sort(),
    workloads: [...workloads.values()].sort((a, b) => (workloadText(a) < workloadText(b) ? -1 : 1)),
    pods: pods.length,
    unprotected: { ingress: unprotected("ingress"), egress: unprotected("egress") },
    ...(isAsked ? { exposure: exposureOf(group, world) } : {}),
  };
}

function exposureOf(group: Group, world: MatrixWorld): Exposure {
  const index = world.classOfBehaviour(behaviourOf(group));
  const answersOf = ({ ingress, egress }: BothWays<number>): BothWays<PortAnswers> => ({
    ingress: world.answers.get(ingress),
    egress: world.answers.get(egress),
  });
  return {
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
