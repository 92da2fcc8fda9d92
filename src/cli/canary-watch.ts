import type { Check, CheckResult } from "../model/plan.ts";
import { type Held, heldOf } from "../verdict/enforcement.ts";
import { isSettled } from "../verdict/settling.ts";
import { type ProbeRound, wantedOf } from "./probe-round.ts";

/** From a canary's last try to the end of the run: one that stays wrong for so long is not enforced any more. */
const STILL_HELD_MS = 3000;

/** What is asked of a canary's answer: that it is the wanted one. */
const ANY_TIME = { freshUntilMs: 0, confirm: 0 };

export interface Watched {
  readonly results: readonly CheckResult[];
  /** Since when the canary of each node holds; missing: it did not before the last look, or there is none. */
  readonly held: ReadonlyMap<string, Held>;
}

/**
 * The canaries of the nodes: tried from when they run, so that it is known how long fresh pods are open or closed, and
 * once more at the end.
 */
export class CanaryWatch {
  readonly #round: ProbeRound;
  readonly #settleMs: number;
  readonly #checks: Check[] = [];
  readonly #first = new Map<string, Promise<readonly CheckResult[]>>();
  #probingAtMs: number | undefined;

  /** `settleMs`: how long after the probing of flows has begun a canary may take to hold. */
  constructor(round: ProbeRound, settleMs: number) {
    this.#round = round;
    this.#settleMs = settleMs;
  }

  /** Begins with the nodes of these checks that are not watched yet. */
  begin(checks: readonly Check[]): void {
    const known = new Set(this.#first.keys());
    const own = checks.filter(({ canaryNode }) => canaryNode !== undefined && !known.has(canaryNode));
    this.#checks.push(...own);
    const beganAtMs = this.#round.nowMs;
    const settleMs = (): number =>
      this.#probingAtMs === undefined
        ? Number.POSITIVE_INFINITY
        : this.#probingAtMs - beganAtMs + this.#settleMs;
    for (const node of new Set(own.flatMap(({ canaryNode }) => canaryNode ?? []))) {
      const planned = this.#round.plan(own.filter(({ canaryNode }) => canaryNode === node));
      const results = this.#round.run(planned, {
        settleMs,
        again: (check, attempts) =>
          !isSettled(wantedOf(this.#round.predict(check), check), attempts, ANY_TIME),
      });
      results.catch(() => undefined); // whoever asks for them is told
      this.#first.set(node, results);
    }
  }

  /** From now on there is a limit to how long a canary may take. */
  probingBegins(): void {
    this.#probingAtMs = this.#round.nowMs;
  }

  /** Waits until it is known since when the canary of a node holds; undefined: it does not, or there is none. */
  async held(node: string): Promise<Held | undefined> {
    const first = await this.#first.get(node);
    return first === undefined ? undefined : heldOf(first, this.#round.standIns, this.#round.beganAtMs);
  }

  /** Tries those that held once more. */
  async end(): Promise<Watched> {
    const held = new Map<string, Held>();
    const results = await Promise.all(
      [...this.#first].map(async ([node, promise]) => {
        const first = await promise;
        const holds = await this.held(node);
        if (holds === undefined) return first;
        held.set(node, holds);
        const own = this.#checks.filter(
          ({ purpose, canaryNode }) => purpose === "canary" && canaryNode === node,
        );
        const again = await this.#round.run(this.#round.plan(own), {
          settleMs: STILL_HELD_MS,
          again: (check, attempts) =>
            !isSettled(wantedOf(this.#round.predict(check), check), attempts.slice(-1), ANY_TIME),
        });
        return first.map((result) => joined(result, again));
      }),
    );
    return { results: results.flat(), held };
  }
}

function joined(before: CheckResult, after: readonly CheckResult[]): CheckResult {
  const more = after.find(({ check }) => check.id === before.check.id)?.history;
  if (more === undefined || before.history === undefined) return before;
  const { probe, attempts } = before.history;
  return { ...before, history: { probe, attempts: [...attempts, ...more.attempts] } };
}
