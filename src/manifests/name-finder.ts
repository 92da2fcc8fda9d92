/** Finds names that are not taken, for objects that have none of their own. */
export class NameFinder {
  readonly #taken: (key: string) => boolean;
  /** The number that was tried last, by the key of the name without a number. */
  readonly #tried = new Map<string, number>();

  constructor(taken: (key: string) => boolean) {
    this.#taken = taken;
  }

  /** `base`, or the first of `base` + `separator` + 2, 3, … whose key is not taken. */
  find(base: string, separator: string, keyOf: (name: string) => string): string {
    const key = keyOf(base);
    let number = this.#tried.get(key) ?? 1;
    const name = () => (number === 1 ? base : `${base}${separator}${number}`);
    while (this.#taken(keyOf(name()))) number += 1;
    this.#tried.set(key, number);
    return name();
  }
}
