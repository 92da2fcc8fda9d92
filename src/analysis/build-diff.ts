import type { Prediction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd, TrafficEnd } from "../model/traffic.ts";
import { formatAddress } from "../selectors/ip-address.ts";
import type { Diff, DiffCause, DiffChange, DiffEnd, OneSided, OneSidedReach } from "./diff.ts";
import { causesOf } from "./diff-causes.ts";
import { DiffSide } from "./diff-side.ts";
import { type DiffUnit, diffUnits } from "./diff-units.ts";
import { hypotheticalPod, newNamespaceName } from "./hypothetical-pods.ts";
import { joinEnds, type PairsAlike } from "./join-ends.ts";
import { type OutsidePiece, outsidePieces, sharesFamily } from "./outside.ts";
import { ALLOW, type Code, firstsAlike, OPEN, VALUES } from "./pair-answers.ts";
import { PolicyChanges } from "./policy-changes.ts";
import { type PortPiece, portPieces } from "./port-pieces.ts";
import { portsText, toPortSet } from "./port-set.ts";

/** So many changed connections are looked at one by one for what causes them. */
const MAX_TRACED = 20_000;

/** Workloads that act alike on both sides and have the same policies around them, or something that is no pod. */
interface DiffNode {
  readonly ends: readonly DiffEnd[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Stand for the node where a single connection is asked about. */
  readonly sample: { readonly before: TrafficEnd; readonly after: TrafficEnd } | undefined;
  /** Of addresses outside. */
  readonly piece?: OutsidePiece;
  /** Has two pods that could connect with each other. */
  readonly hasSeveral: boolean;
}

/** What changes from one snapshot to another. */
export function buildDiff(
  before: Snapshot,
  after: Snapshot,
  { profile }: { readonly profile: Profile },
): Diff {
  const units = diffUnits(before, after);
  const namespaces = [before, after].flatMap((side) => side.namespaces.map(({ metadata }) => metadata.name));
  const name = newNamespaceName([...namespaces, ...units.map(({ workload }) => workload.namespace)]);
  const stranger = hypotheticalPod(name, "a pod in a new namespace");
  const sides = {
    before: new DiffSide(before, [...units.flatMap((unit) => unit.before), stranger], profile),
    after: new DiffSide(after, [...units.flatMap((unit) => unit.after), stranger], profile),
  };
  const engines = [sides.before.engine, sides.after.engine];
  const pieces = distinctPieces(portPieces(engines), sides);
  sides.before.ask(pieces.map(([piece]) => atomOf(piece, 0)));
  sides.after.ask(pieces.map(([piece]) => atomOf(piece, 1)));
  const changes = new PolicyChanges(before, after);
  const context: DiffContext = { sides, pieces, changes, outside: outsidePieces(engines), stranger };
  const both = units.filter((unit) => unit.before.length > 0 && unit.after.length > 0);
  const appeared = units.filter((unit) => unit.before.length === 0);
  const vanished = units.filter((unit) => unit.after.length === 0);
  const found = changesBetween(both, context);
  return {
    profile: profile.name,
    policies: changes.changed(),
    workloads: both.map(({ workload }) => workload),
    changes: found.changes,
    appeared: oneSided(appeared, units, "after", context),
    vanished: oneSided(vanished, units, "before", context),
    notes: [
      ...(found.untraced === 0
        ? []
        : [`what causes ${found.untraced} of the changed connections was not looked for: they are too many`]),
      ...new Set(
        [before, after].flatMap(({ unread }) =>
          unread.map(({ resource, reason }) => `${resource} not readable: ${reason}`),
        ),
      ),
    ],
  };
}

type Sides = Readonly<Record<"before" | "after", DiffSide>>;

/** Ports that are alike on both sides, together. */
type Pieces = readonly (readonly PortPiece[])[];

interface DiffContext {
  readonly sides: Sides;
  readonly pieces: Pieces;
  readonly changes: PolicyChanges;
  readonly outside: readonly OutsidePiece[];
  readonly stranger: PodEnd;
}

function atomOf(piece: PortPiece | undefined, side: 0 | 1) {
  const atom = piece?.atoms[side];
  if (atom === undefined) throw new Error("a piece of ports without an atom");
  return atom;
}

function distinctPieces(pieces: readonly PortPiece[], sides: Sides): Pieces {
  const before = firstsAlike(
    sides.before.engine,
    pieces.map((piece) => atomOf(piece, 0)),
  );
  const after = firstsAlike(
    sides.after.engine,
    pieces.map((piece) => atomOf(piece, 1)),
  );
  return [...Map.groupBy(pieces, (_, at) => `${before[at]}/${after[at]}`).values()];
}

function changesBetween(
  units: readonly DiffUnit[],
  context: DiffContext,
): { readonly changes: readonly DiffChange[]; readonly untraced: number } {
  const { sides, pieces } = context;
  const own = unitNodes(units, sides);
  const others = strangers(context);
  const pairs: PairsAlike<Omit<DiffChange, "from" | "to">>[] = [];
  const known = new Map<string, PairsAlike<Omit<DiffChange, "from" | "to">>>();
  let traced = 0;
  let untraced = 0;
  const consider = (from: DiffNode, to: DiffNode): void => {
    const byCodes = new Map<number, PortPiece[]>();
    for (const [at, ports] of pieces.entries()) {
      const was = sides.before.code(from.before, to.before, at);
      const is = sides.after.code(from.after, to.after, at);
      if (was !== is) byCodes.set(was * 3 + is, [...(byCodes.get(was * 3 + is) ?? []), ...ports]);
    }
    for (const [codes, list] of byCodes) {
      const ports = toPortSet(list);
      const [was, is] = [Math.floor(codes / 3) as Code, (codes % 3) as Code];
      traced += 1;
      if (traced > MAX_TRACED) untraced += 1;
      const causes = traced > MAX_TRACED ? [] : tracedCauses(from, to, list[0], context);
      const key = `${codes} ${portsText(ports)} ${JSON.stringify(causes.map(({ direction, text }) => [direction, text]))}`;
      let entry = known.get(key);
      if (entry === undefined) {
        const kind = is > was ? "opened" : "closed";
        entry = { what: { kind, before: VALUES[was], after: VALUES[is], ports, causes }, pairs: [] };
        known.set(key, entry);
        pairs.push(entry);
      }
      entry.pairs.push({ from: from.ends, to: to.ends });
    }
  };
  for (const from of own) {
    for (const to of own) if (from !== to || from.hasSeveral) consider(from, to);
    for (const other of others) {
      if (!canMeet(from, other, sides)) continue;
      consider(from, other);
      consider(other, from);
    }
  }
  const changes = joinEnds(pairs).map(({ what, from, to }) => ({ ...what, from, to }));
  return {
    changes: changes.sort((a, b) => (a.kind === b.kind ? 0 : a.kind === "opened" ? -1 : 1)),
    untraced,
  };
}

/** Whether there are connections at all: not between pods and addresses of a family that they have no address of. */
function canMeet(
  node: Pick<DiffNode, "before" | "after">,
  { piece }: Pick<DiffNode, "piece">,
  { before, after }: Sides,
): boolean {
  if (piece === undefined) return true;
  return (
    node.before.some((index) => sharesFamily(before.engine, index, piece)) ||
    node.after.some((index) => sharesFamily(after.engine, index, piece))
  );
}

function tracedCauses(
  from: DiffNode,
  to: DiffNode,
  piece: PortPiece | undefined,
  { sides, changes }: DiffContext,
): readonly DiffCause[] {
  if (from.sample === undefined || to.sample === undefined || piece === undefined) return [];
  const { first: port, protocol } = piece;
  const [source, target] = [from.sample, to.sample];
  const ask = (side: "before" | "after"): Prediction =>
    sides[side].evaluator.connection({
      from: source[side],
      to: from === to ? twinOf(target[side]) : target[side],
      port,
      protocol,
    });
  return causesOf(ask("before"), ask("after"), changes);
}

function unitNodes(units: readonly DiffUnit[], sides: Sides): readonly DiffNode[] {
  const classes = units.map((unit) => ({
    unit,
    before: sides.before.classesOf(unit.before),
    after: sides.after.classesOf(unit.after),
  }));
  const alike = Map.groupBy(
    classes,
    ({ before, after }) => `${sides.before.keyOf(before)}|${sides.after.keyOf(after)}`,
  );
  return [...alike.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const { unit, before, after } = first;
    const pods = list.reduce((sum, one) => sum + Math.max(one.unit.before.length, one.unit.after.length), 0);
    return [
      {
        ends: list.map((one) => ({ type: "workload" as const, ...one.unit.workload })),
        before,
        after,
        sample: samplesOf(unit),
        hasSeveral: pods > 1,
      },
    ];
  });
}

function samplesOf({ before, after }: DiffUnit): DiffNode["sample"] {
  const [was, is] = [before[0], after[0]];
  return was === undefined || is === undefined ? undefined : { before: was, after: is };
}

/** Another pod like this one: a node and itself are two pods of it. */
function twinOf(end: TrafficEnd): TrafficEnd {
  return end.kind === "pod" ? { ...end, key: `another ${end.key}` } : end;
}

/** What is no pod of either side: addresses outside, and a pod in a new namespace. */
function strangers({ sides, outside, stranger }: DiffContext): readonly DiffNode[] {
  const addresses = outside.map((piece): DiffNode => {
    const { family, first, last, classes } = piece;
    const text = formatAddress({ family, value: first });
    const end: TrafficEnd = { kind: "cidr", cidr: `${text}/${family === 4 ? 32 : 128}`, display: text };
    return {
      ends: [{ type: "outside", addresses: [{ family, first, last }] }],
      before: [classes[0] as number],
      after: [classes[1] as number],
      sample: { before: end, after: end },
      piece,
      hasSeveral: false,
    };
  });
  const newcomer: DiffNode = {
    ends: [{ type: "new-namespace" }],
    before: sides.before.classesOf([stranger]),
    after: sides.after.classesOf([stranger]),
    sample: { before: stranger, after: stranger },
    hasSeveral: false,
  };
  return [...addresses, newcomer];
}

/** What workloads of one side only reach there, and are reached by. */
function oneSided(
  own: readonly DiffUnit[],
  all: readonly DiffUnit[],
  which: "before" | "after",
  context: DiffContext,
): OneSided {
  const { sides, pieces } = context;
  const side = sides[which];
  const nodesOf = (units: readonly DiffUnit[]) =>
    [
      ...Map.groupBy(
        units.map((unit) => ({ unit, classes: side.classesOf(unit[which]) })),
        ({ classes }) => side.keyOf(classes),
      ).values(),
    ].flatMap((list) =>
      list[0] === undefined
        ? []
        : [
            {
              ends: list.map(({ unit }): DiffEnd => ({ type: "workload", ...unit.workload })),
              classes: list[0].classes,
              hasSeveral: list.reduce((sum, { unit }) => sum + unit[which].length, 0) > 1,
            },
          ],
    );
  const isOwn = new Set(own);
  const nodes = nodesOf(own);
  const others = [
    ...nodesOf(all.filter((unit) => unit[which].length > 0 && !isOwn.has(unit))),
    ...strangers(context).map(({ ends, piece, ...node }) => ({
      ends,
      classes: node[which],
      hasSeveral: false,
      ...(piece === undefined ? {} : { piece }),
    })),
  ];
  const known = new Map<string, PairsAlike<Omit<OneSidedReach, "from" | "to">>>();
  const consider = (from: (typeof others)[number], to: (typeof others)[number]): void => {
    const codes = pieces.map((_, at) => side.code(from.classes, to.classes, at));
    for (const [code, value] of [
      [ALLOW, "allow"],
      [OPEN, "undetermined"],
    ] as const) {
      const ports = toPortSet(pieces.flatMap((list, at) => (codes[at] === code ? list : [])));
      if (ports.length === 0) continue;
      const key = `${value} ${portsText(ports)}`;
      const entry = known.get(key) ?? { what: { value, ports }, pairs: [] };
      known.set(key, entry);
      entry.pairs.push({ from: from.ends, to: to.ends });
    }
  };
  for (const node of nodes) {
    for (const other of nodes) if (node !== other || node.hasSeveral) consider(node, other);
    for (const other of others) {
      const piece = "piece" in other ? other.piece : undefined;
      if (piece !== undefined && !node.classes.some((index) => sharesFamily(side.engine, index, piece)))
        continue;
      consider(node, other);
      consider(other, node);
    }
  }
  const staying = new Set(all.filter((unit) => !isOwn.has(unit)).map(({ workload }) => workload.namespace));
  return {
    workloads: own.map(({ workload }) => workload),
    namespaces: [...new Set(own.map(({ workload }) => workload.namespace))].filter(
      (name) => !staying.has(name),
    ),
    reach: joinEnds([...known.values()]).map(({ what, from, to }) => ({ ...what, from, to })),
  };
}
