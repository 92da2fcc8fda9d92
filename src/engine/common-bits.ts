import { BitDraft, type Bits } from "./bits.ts";

/** What was worked out before, by the sets: those of rows are asked for again and again. */
const known = new WeakMap<Bits, WeakMap<Bits, Bits>>();

/** What is in all of the sets; there is at least one. */
export function commonBits(sets: readonly Bits[]): Bits {
  return sets.reduce((a, b) => (a === b ? a : common(a, b)));
}

function common(a: Bits, b: Bits): Bits {
  const ofA = known.get(a) ?? new WeakMap<Bits, Bits>();
  known.set(a, ofA);
  let result = ofA.get(b);
  if (result === undefined) {
    const end = Math.max(a.from + a.words.length, b.from + b.words.length);
    const draft = new BitDraft(end * 32);
    draft.addCommon(a, b);
    result = draft.toBits();
    ofA.set(b, result);
  }
  return result;
}
