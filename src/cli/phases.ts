/** How long the parts of a run took, in their order. */
export class Phases {
  readonly #now: () => number;
  readonly #began: number;
  readonly #phases: { name: string; durationMs: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#began = now();
  }

  get phases(): readonly { readonly name: string; readonly durationMs: number }[] {
    return this.#phases;
  }

  get totalMs(): number {
    return Math.round(this.#now() - this.#began);
  }

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = this.#now();
    try {
      return await work();
    } finally {
      this.#phases.push({ name, durationMs: Math.round(this.#now() - began) });
    }
  }
}
