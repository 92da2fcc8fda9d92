import type { Bits } from "./bits.ts";
import { GroupSums, type SparseRow, transposed } from "./sparse-matrix.ts";

/** One side of all connections: for each class its row, and how many pods count. */
export interface Side {
  /** By class. */
  readonly rowOf: readonly Bits[];
  /** By class; 0 for classes that do not count. */
  readonly weights: Float64Array;
}

/** Classes by their row. */
interface Groups {
  readonly rows: readonly Bits[];
  readonly ofClass: Int32Array;
}

/**
 * How many pairs (source, target) there are whose source's row holds the target and whose target's row holds the source.
 * Sources with the same row and targets with the same row make blocks, in which the count is a product: of the sources
 * that the targets' row holds and the targets that the sources' row holds. So no pair is looked at by itself.
 */
export function countCommon(sources: Side, targets: Side): number {
  const out = groupsOf(sources);
  const into = groupsOf(targets);
  const sumsOut = new GroupSums(into.rows.length);
  const held = transposed(
    out.rows.map((row) => sumsOut.of(row, into.ofClass, targets.weights)),
    into.rows.length,
  );
  const sumsInto = new GroupSums(out.rows.length);
  const byGroup = new Float64Array(out.rows.length);
  let count = 0;
  for (const [group, row] of into.rows.entries()) {
    const column = held[group] as SparseRow;
    const { columns, sums } = sumsInto.of(row, out.ofClass, sources.weights);
    for (let at = 0; at < columns.length; at++) byGroup[columns[at] as number] = sums[at] as number;
    for (let at = 0; at < column.columns.length; at++) {
      count += (column.sums[at] as number) * (byGroup[column.columns[at] as number] as number);
    }
    for (const touched of columns) byGroup[touched] = 0;
  }
  return count;
}

function groupsOf({ rowOf, weights }: Side): Groups {
  const ids = new Map<Bits, number>();
  const ofClass = new Int32Array(rowOf.length);
  for (const [index, row] of rowOf.entries()) {
    if (weights[index] === 0) continue;
    let id = ids.get(row);
    if (id === undefined) {
      id = ids.size;
      ids.set(row, id);
    }
    ofClass[index] = id;
  }
  return { rows: [...ids.keys()], ofClass };
}
