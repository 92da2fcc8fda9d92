/** Gives back the places that `enter` took. */
export type Leave = () => void;

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

/** Of so many places. */
export function nodeRoom(capacity: number): NodeRoom {
  let free = capacity;
  let queue: readonly Waiting[] = [];

  const admitAll = (): void => {
    for (let next = queue[0]; next !== undefined && next.places <= free; next = queue[0]) {
      queue = queue.slice(1);
      free -= next.places;
      next.admit();
    }
  };
  return {
    enter: (wanted, signal) =>
      new Promise((resolve) => {
        const places = Math.min(wanted, capacity);
        const giveUp = (): void => {
          queue = queue.filter((one) => one !== waiting);
          resolve(() => undefined);
          admitAll();
        };
        const waiting: Waiting = {
          places,
          admit: () => {
            signal?.removeEventListener("abort", giveUp);
            resolve(() => {
              free += places;
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
