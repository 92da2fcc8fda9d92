/**
 * A set of small numbers (classes): bits of 32-bit words. Words outside of the window are zero, so that a set that lies
 * in one namespace takes no more than its part.
 */
export interface Bits {
  /** Index of the first word of the window. */
  readonly from: number;
  readonly words: Uint32Array;
}

export const NO_BITS: Bits = { from: 0, words: new Uint32Array(0) };

export function hasBit({ from, words }: Bits, index: number): boolean {
  const at = (index >>> 5) - from;
  return at >= 0 && at < words.length && ((words[at] as number) & (1 << (index & 31))) !== 0;
}

export function isEmpty({ words }: Bits): boolean {
  return words.length === 0;
}

/** A set that is being worked out, over all classes. */
export class BitDraft {
  readonly words: Uint32Array;

  constructor(size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  clear(): this {
    this.words.fill(0);
    return this;
  }

  become({ words }: BitDraft): this {
    this.words.set(words);
    return this;
  }

  isSame({ words }: BitDraft): boolean {
    for (let at = 0; at < words.length; at++) if (words[at] !== this.words[at]) return false;
    return true;
  }

  set(index: number): void {
    const at = index >>> 5;
    this.words[at] = (this.words[at] as number) | (1 << (index & 31));
  }

  has(index: number): boolean {
    return ((this.words[index >>> 5] as number) & (1 << (index & 31))) !== 0;
  }

  setRange(first: number, end: number): void {
    for (let index = first; index < end; index++) this.set(index);
  }

  add({ from, words }: Bits): void {
    for (let at = 0; at < words.length; at++) {
      this.words[from + at] = (this.words[from + at] as number) | (words[at] as number);
    }
  }

  /** Adds what is in both sets. */
  addCommon(a: Bits, b: Bits): void {
    const first = Math.max(a.from, b.from);
    const end = Math.min(a.from + a.words.length, b.from + b.words.length);
    for (let at = first; at < end; at++) {
      this.words[at] =
        (this.words[at] as number) | ((a.words[at - a.from] as number) & (b.words[at - b.from] as number));
    }
  }

  remove({ from, words }: Bits): void {
    for (let at = 0; at < words.length; at++) {
      this.words[from + at] = (this.words[from + at] as number) & ~(words[at] as number);
    }
  }

  keep({ from, words }: Bits): void {
    this.words.fill(0, 0, from).fill(0, from + words.length);
    for (let at = 0; at < words.length; at++) {
      this.words[from + at] = (this.words[from + at] as number) & (words[at] as number);
    }
  }

  /** The set as it is now, in the smallest window. */
  toBits(): Bits {
    const { words } = this;
    let first = 0;
    let end = words.length;
    while (first < end && words[first] === 0) first += 1;
    while (end > first && words[end - 1] === 0) end -= 1;
    return first === end ? NO_BITS : { from: first, words: words.slice(first, end) };
  }
}

export function sameBits(a: Bits, b: Bits): boolean {
  if (a === b) return true;
  if (a.from !== b.from || a.words.length !== b.words.length) return false;
  for (let at = 0; at < a.words.length; at++) if (a.words[at] !== b.words[at]) return false;
  return true;
}
