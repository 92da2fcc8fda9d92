import type { Prediction } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TrafficEnd } from "../model/traffic.ts";
import type { Diff, DiffCause, DiffChange } from "./diff.ts";
import { causesOf } from "./diff-causes.ts";
import { type DiffContext, type DiffNode, type Pieces, type Sides, strangers } from "./diff-nodes.ts";
import { DiffSide } from "./diff-side.ts";
import { type DiffUnit, diffUnits } from "./diff-units.ts";
import { hypotheticalPod, newNamespaceName } from "./hypothetical-pods.ts";
import { joinEnds, type PairsAlike } from "./join-ends.ts";
import { oneSided } from "./one-sided.ts";
import { outsidePieces, sharesFamily } from "./outside.ts";
import { type Code, firstsAlike, VALUES } from "./pair-answers.ts";
import { PolicyChanges } from "./policy-changes.ts";
import { type PortPiece, portPieces } from "./port-pieces.ts";
import { portsText, toPortSet } from "./port-set.ts";
import { readingNotes } from "./reading-notes.ts";

/** So many changed connections are looked at one by one for what causes them. */
const MAX_TRACED = 20_000;

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
      ...new Set([before, after].flatMap(readingNotes)),
    ],
  };
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
