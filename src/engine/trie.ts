/**
 * Numbers for paths: the same number for the same steps from the beginning. A hash table of whole numbers: a hundred
 * thousand pods take a step for each of their labels.
 */
export class Trie {
  #mask = 2 ** 12 - 1;
  #from = new Int32Array(2 ** 12);
  #symbol = new Int32Array(2 ** 12);
  /** 0: the place is free. */
  #to = new Int32Array(2 ** 12);
  #count = 0;

  /** @param from 0 for the beginning, or what a step led to */
  step(from: number, symbol: number): number {
    let place = this.#place(from, symbol);
    const known = this.#to[place] as number;
    if (known !== 0) return known;
    if (this.#count * 2 > this.#mask) {
      this.#grow();
      place = this.#place(from, symbol);
    }
    this.#count += 1;
    this.#from[place] = from;
    this.#symbol[place] = symbol;
    this.#to[place] = this.#count;
    return this.#count;
  }

  /** Where the step stands, or the free place where it belongs. */
  #place(from: number, symbol: number): number {
    let place = (Math.imul(from, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca6b)) >>> 7;
    place &= this.#mask;
    while (this.#to[place] !== 0 && (this.#from[place] !== from || this.#symbol[place] !== symbol)) {
      place = (place + 1) & this.#mask;
    }
    return place;
  }

  #grow(): void {
    const [from, symbol, to] = [this.#from, this.#symbol, this.#to];
    const size = (this.#mask + 1) * 4;
    this.#mask = size - 1;
    this.#from = new Int32Array(size);
    this.#symbol = new Int32Array(size);
    this.#to = new Int32Array(size);
    for (let at = 0; at < to.length; at++) {
      if (to[at] === 0) continue;
      const place = this.#place(from[at] as number, symbol[at] as number);
      this.#from[place] = from[at] as number;
      this.#symbol[place] = symbol[at] as number;
      this.#to[place] = to[at] as number;
    }
  }
}
