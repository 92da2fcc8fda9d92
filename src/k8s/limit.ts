import pLimit from "p-limit";

/** Runs `work` when it is its turn. Rejects with the signal's reason if that comes first; `work` then never starts. */
export type Limit = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>;

/** A limit that can be made tighter or wider; what runs already is left to itself. */
export interface ResizableLimit extends Limit {
  resize(concurrency: number): void;
}

/**
 * At most `concurrency` pieces of work at once, first come, first served. p-limit cannot take one waiting piece
 * back, so a piece that gave up stays in its queue and does nothing when its turn comes.
 */
export function limitTo(concurrency: number): ResizableLimit {
  const limit = pLimit(concurrency);
  const run: Limit = (signal, work) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const giveUp = () => reject(signal?.reason);
      signal?.addEventListener("abort", giveUp, { once: true });
      limit(async () => {
        signal?.removeEventListener("abort", giveUp);
        signal?.throwIfAborted();
        return await work();
      }).then(resolve, reject);
    });
  return Object.assign(run, {
    resize: (to: number) => {
      limit.concurrency = to;
    },
  });
}
