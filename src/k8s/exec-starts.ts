import { type Limit, limitTo } from "./limit.ts";

/**
 * Starts cost the API server, the kubelet and the runtime; execs that only wait cost nothing. Upstream's own suite
 * found 3 parallel workers best on small machines (kubernetes PR 97702), so starts are few and open ones many.
 */
export const MAX_EXEC_STARTS = 8;

/** Below this an answer to an upgrade is never slow: 0.05 to 0.1 s are usual, and 8 at once take several of that. */
const SLOW_MS = 1000;

/** Far away everything takes longer: slow is what takes this many times the quickest. */
const SLOW_FACTOR = 5;

export interface ExecStarts {
  /**
   * Runs `work` when it may start; its slot is given back when it calls `onAnswered`, or ends. `isOverload` says of the
   * result of what was not accepted whether the way there had too much to do. Rejects with the signal's reason if that
   * comes first.
   */
  run<T>(
    signal: AbortSignal | undefined,
    work: (onAnswered: (accepted: boolean) => void) => Promise<T>,
    isOverload: (result: T) => boolean,
  ): Promise<T>;
  /** How many may start at once now. */
  readonly allowed: number;
}

export interface ExecStartsOptions {
  /** Default MAX_EXEC_STARTS. */
  readonly most?: number;
  /** Milliseconds; never goes back. */
  readonly now: () => number;
}

/**
 * As many starts at once as the way there bears: half as many when an upgrade is refused for overload or takes long,
 * and one more for each round of good ones (additive increase, multiplicative decrease, as in TCP, RFC 5681).
 */
export function execStarts({ most = MAX_EXEC_STARTS, now }: ExecStartsOptions): ExecStarts {
  const limit = limitTo(most);
  let allowed = most;
  let quickestMs = Number.POSITIVE_INFINITY;
  let halvedAtMs = Number.NEGATIVE_INFINITY;

  const change = (to: number): void => {
    allowed = Math.min(most, Math.max(1, to));
    limit.resize(Math.floor(allowed));
  };
  const bad = (startedAtMs: number): void => {
    // What started before the last halving tells of the time before it.
    if (startedAtMs < halvedAtMs) return;
    halvedAtMs = now();
    change(allowed / 2);
  };
  const accepted = (startedAtMs: number): void => {
    const tookMs = now() - startedAtMs;
    quickestMs = Math.min(quickestMs, tookMs);
    if (tookMs > Math.max(SLOW_MS, SLOW_FACTOR * quickestMs)) bad(startedAtMs);
    else if (startedAtMs >= halvedAtMs) change(allowed + 1 / Math.floor(allowed));
  };

  return {
    get allowed() {
      return Math.floor(allowed);
    },
    run: (signal, work, isOverload) =>
      slotUntilAnswered(limit, signal, async (release) => {
        const startedAtMs = now();
        let answered = false;
        const result = await work((isAccepted) => {
          answered ||= isAccepted;
          if (isAccepted) accepted(startedAtMs);
          release();
        });
        if (!answered && isOverload(result)) bad(startedAtMs);
        return result;
      }),
  };
}

/** Runs `work` in a slot, and gives the slot back when it says so, or ends. */
function slotUntilAnswered<T>(
  limit: Limit,
  signal: AbortSignal | undefined,
  work: (release: () => void) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const slot = (): Promise<void> =>
      new Promise((release) => {
        work(release).then(resolve, reject).finally(release);
      });
    // Rejects only where the signal came before the slot; after it, `reject` does nothing.
    limit(signal, slot).catch(reject);
  });
}
