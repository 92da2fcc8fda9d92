import type { Bits } from "./bits.ts";

/** A row of sums: only the columns that hold something. */
export interface SparseRow {
  readonly columns: Int32Array;
  readonly sums: Float64Array;
}

/** Adds up weights by group: for each group the weights of a set's members that are in it. */
export class GroupSums {
  readonly #sums: Float64Array;
  readonly #touched: Int32Array;

  constructor(groups: number) {
    this.#sums = new Float64Array(groups);
    this.#touched = new Int32Array(groups);
  }

  of({ from, words }: Bits, groupOf: Int32Array, weights: Float64Array): SparseRow {
    const sums = this.#sums;
    const touched = this.#touched;
    let count = 0;
    for (let at = 0; at < words.length; at++) {
      const base = (from + at) << 5;
      for (let word = words[at] as number; word !== 0; word &= word - 1) {
        const index = base + 31 - Math.clz32(word & -word);
        // Classes of addresses stand behind those of pods, and have no weight.
        if (index >= weights.length) break;
        const weight = weights[index] as number;
        if (weight === 0) continue;
        const group = groupOf[index] as number;
        if (sums[group] === 0) touched[count++] = group;
        sums[group] = (sums[group] as number) + weight;
      }
    }
    const columns = touched.slice(0, count);
    const row = { columns, sums: Float64Array.from(columns, (group) => sums[group] as number) };
    for (const group of columns) sums[group] = 0;
    return row;
  }
}

/** The same sums by column: for each column its rows. */
export function transposed(rows: readonly SparseRow[], columnCount: number): readonly SparseRow[] {
  const counts = new Int32Array(columnCount);
  for (const { columns } of rows)
    for (const column of columns) counts[column] = (counts[column] as number) + 1;
  const result = Array.from(counts, (count) => ({
    columns: new Int32Array(count),
    sums: new Float64Array(count),
  }));
  counts.fill(0);
  for (const [row, { columns, sums }] of rows.entries()) {
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as number;
      const target = result[column] as SparseRow;
      const place = counts[column] as number;
      target.columns[place] = row;
      target.sums[place] = sums[at] as number;
      counts[column] = place + 1;
    }
  }
  return result;
}
