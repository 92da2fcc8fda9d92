/** Gives the same number to the same numbers in a row, without a text for each of them. */
export class SameVectors {
  readonly #known = new Map<number, { readonly parts: readonly Int32Array[]; readonly id: number }[]>();
  #count = 0;

  idOf(parts: readonly Int32Array[]): number {
    const hash = hashOf(parts);
    const candidates = this.#known.get(hash) ?? [];
    const same = candidates.find((candidate) => isSame(candidate.parts, parts));
    if (same !== undefined) return same.id;
    const id = this.#count++;
    this.#known.set(hash, [...candidates, { parts, id }]);
    return id;
  }
}

/** FNV-1a over whole words. */
function hashOf(parts: readonly Int32Array[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) for (const value of part) hash = Math.imul(hash ^ value, 0x01000193);
  return hash;
}

function isSame(a: readonly Int32Array[], b: readonly Int32Array[]): boolean {
  return (
    a.length === b.length &&
    a.every((part, at) => {
      const other = b[at] as Int32Array;
      return part.length === other.length && part.every((value, index) => value === other[index]);
    })
  );
}
