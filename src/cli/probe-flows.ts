import type { Check, CheckResult } from "../model/plan.ts";
import { isSettled } from "../verdict/settling.ts";
import type { CanaryWatch } from "./canary-watch.ts";
import { later, type ProbeRound, wantedOf } from "./probe-round.ts";
import type { Progress } from "./progress.ts";

export interface ProbeInputs {
  readonly round: ProbeRound;
  /** Without those of canaries, which are watched. */
  readonly checks: readonly Check[];
  /** Tells from when answers count. */
  readonly canaries: CanaryWatch;
  readonly settings: { readonly settleMs: number; readonly confirm: number };
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Tries the checks of a plan; attempts are on a clock that begins with it. Rejects on an abort. */
export async function probeFlows(inputs: ProbeInputs): Promise<readonly CheckResult[]> {
  const { round, canaries, settings, signal, progress } = inputs;
  const { standIns } = round;
  const planned = round.plan(inputs.checks);
  const count = planned.filter(({ planned: one }) => "probe" in one).length;
  if (count > 0) progress.step(`probing: ${count} connections from ${standIns.size} pods`);
  const freshUntilMs = async (check: Check): Promise<number> => {
    const untils = [check.source, ...(check.to.kind === "stand-in" ? [check.to.standIn] : [])].map(
      async (id) => {
        const standIn = standIns.get(id);
        const window = standIn?.node === undefined ? undefined : await canaries.held(standIn.node);
        const age = standIn?.runningAtMs;
        return window === undefined || age === undefined ? 0 : age - round.beganAtMs + window.afterMs;
      },
    );
    return Math.max(...(await Promise.all(untils)));
  };
  const beganAtMs = round.nowMs;
  canaries.probingBegins();
  const results = await round.run(planned, {
    settleMs: settings.settleMs,
    again: async (check, attempts) => {
      const wanted = wantedOf(round.predict(check), check);
      const confirm = check.purpose === "flow" ? settings.confirm : 0;
      // What does not even agree need not wait for a canary.
      if (!isSettled(wanted, attempts, { freshUntilMs: 0, confirm })) return true;
      return !isSettled(wanted, attempts, { freshUntilMs: await freshUntilMs(check), confirm });
    },
    onProgress: ({ settled, total }) => progress.update(`probing: ${settled} of ${total} settled`),
  });
  signal.throwIfAborted();
  if (count > 0) progress.done(`probing: ${count} connections`);
  return results.map(({ history, ...result }) =>
    history === undefined ? result : { ...result, history: later(history, -beganAtMs) },
  );
}
