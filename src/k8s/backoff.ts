import { setTimeout as delay } from "node:timers/promises";

/** Longest time that one `Retry-After` is honoured for: API servers say 1 s, broken proxies say hours. */
export const MAX_RETRY_AFTER_MS = 10_000;

/** Waits; rejects with the signal's reason when aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Clock and chance of everything that tries again. */
export interface BackoffPort {
  readonly sleep: Sleep;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const systemBackoff: BackoffPort = {
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  random: Math.random,
  now: Date.now,
};

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3), at most MAX_RETRY_AFTER_MS. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** Exponential, from the upper half of each step, so that many that failed together do not come back together. */
export function backoffMs(failures: number, firstMs: number, random: () => number): number {
  const step = Math.min(firstMs * 2 ** (failures - 1), MAX_RETRY_AFTER_MS);
  return Math.round(step * (0.5 + random() / 2));
}
