/**
 * Gives back the places that `enter` took, once. `lateMs`: by how much the probes were late; undefined: nobody knows.
 */
export type Leave = (lateMs?: number) => void;

/** How many probes may run on a node at the same time. */
export interface NodeRoom {
  /**
   * Waits until there are so many places, first come, first served; who wants more than there are at all gets all.
   * Ends at once, without places, when the signal aborts.
   */
  enter(places: number, signal?: AbortSignal): Promise<Leave>;
}

interface Waiting {
  readonly places: number;
  readonly admit: () => void;
}

/** Probes that are no later than this leave room for more. */
const PROMPT_MS = 300;
/** Probes that are this late have starved: a time-out of theirs may look like a policy's doing. */
const LATE_MS = 1000;
/** So many times the first places, and by as much fewer, may there be. */
const MOST = 8;

/**
 * Begins with so many places. Probes that come back on time make room for as many more, as TCP's slow start does; late
 * ones halve it, once for all that were inside together.
 */
export function nodeRoom(places: number): NodeRoom {
  let capacity = places;
  let used = 0;
  let halvings = 0;
  let queue: readonly Waiting[] = [];

  const admitAll = (): void => {
    for (
      let next = queue[0];
      next !== undefined && (used === 0 || used + next.places <= capacity);
      next = queue[0]
    ) {
      queue = queue.slice(1);
      used += next.places;
      next.admit();
    }
  };
  const adapt = (count: number, lateMs: number, since: number): void => {
    if (lateMs <= PROMPT_MS) capacity = Math.min(capacity + count, places * MOST);
    if (lateMs < LATE_MS || since < halvings) return;
    capacity = Math.max(Math.floor(capacity / 2), Math.ceil(places / MOST));
    halvings += 1;
  };
  return {
    enter: (wanted, signal) =>
      new Promise((resolve) => {
        const count = Math.min(wanted, capacity);
        const giveUp = (): void => {
          queue = queue.filter((one) => one !== waiting);
          resolve(() => undefined);
          admitAll();
        };
        const waiting: Waiting = {
          places: count,
          admit: () => {
            signal?.removeEventListener("abort", giveUp);
            const since = halvings;
            resolve((lateMs) => {
              used -= count;
              if (lateMs !== undefined) adapt(count, lateMs, since);
              admitAll();
            });
          },
        };
        if (signal?.aborted === true) {
          resolve(() => undefined);
          return;
        }
        signal?.addEventListener("abort", giveUp, { once: true });
        queue = [...queue, waiting];
        admitAll();
      }),
  };
}
