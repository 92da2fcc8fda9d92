import type { ProbeClock } from "../../src/probe/run-probes.ts";

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that passes only when everybody waits for it. */
export class VirtualClock implements ProbeClock {
  #nowMs = 1_000_000;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { atMs: this.#nowMs + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      });
    });
  }

  /** Runs `work` to its end, passing the time as soon as nothing else can happen. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => undefined); // it is awaited below
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      if (done) break;
      this.#sleepers.sort((a, b) => a.atMs - b.atMs);
      const next = this.#sleepers.shift();
      if (next === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    return await finished;
  }
}
