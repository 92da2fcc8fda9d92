import type { DiffEnd, OneSided, OneSidedReach } from "./diff.ts";
import { type DiffContext, strangers } from "./diff-nodes.ts";
import type { DiffUnit } from "./diff-units.ts";
import { joinEnds, type PairsAlike } from "./join-ends.ts";
import { sharesFamily } from "./outside.ts";
import { ALLOW, OPEN } from "./pair-answers.ts";
import { portsText, toPortSet } from "./port-set.ts";

/** What workloads of one side only reach there, and are reached by. */
export function oneSided(
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
