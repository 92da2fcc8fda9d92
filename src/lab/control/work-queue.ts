/** So many items in a row, then the event loop gets its turn: requests must not starve behind a large change. */
const ITEMS_PER_TURN = 2_000;

/**
 * Reconciles keys one after another, each once however often it was asked for, as soon as the change that asked for it
 * is done (in a microtask). What a piece of work asks for in its turn comes after all that was asked for before.
 */
export class WorkQueue {
  readonly #work = new Map<string, () => void>();
  readonly #onBug: (error: unknown) => void;
  #isScheduled = false;
  #isClosed = false;

  constructor(onBug: (error: unknown) => void) {
    this.#onBug = onBug;
  }

  add(key: string, work: () => void): void {
    if (this.#isClosed) return;
    this.#work.set(key, work);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#drain());
  }

  close(): void {
    this.#isClosed = true;
    this.#work.clear();
  }

  #drain(): void {
    let left = ITEMS_PER_TURN;
    for (const [key, work] of this.#work) {
      if (left-- === 0) {
        setImmediate(() => this.#drain());
        return;
      }
      this.#work.delete(key);
      try {
        work();
      } catch (error) {
        this.#onBug(error);
      }
    }
    this.#isScheduled = false;
  }
}
