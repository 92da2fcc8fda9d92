import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { ExecPort } from "../model/exec.ts";
import type { ProbeHistory } from "../model/observation.ts";
import type { Check, CheckResult, StandIn } from "../model/plan.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { predictCheck } from "../plan/predict-check.ts";
import { type PlannedProbe, probeOf } from "../plan/probes.ts";
import { templateEnd } from "../plan/template.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import type { NodeRoom } from "../probe/node-room.ts";
import { runProbes } from "../probe/run-probes.ts";
import { type Held, heldOf } from "../verdict/enforcement.ts";
import { isSettled } from "../verdict/settling.ts";
import type { Progress } from "./progress.ts";

export interface ProbeInputs {
  readonly draft: PlanDraft;
  /** Which of the draft's checks. */
  readonly checks: readonly Check[];
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly evaluator: Evaluator;
  readonly exec: ExecPort;
  /** How many probes may run at once on a node. */
  readonly room: (node: string) => NodeRoom;
  readonly settings: { readonly settleMs: number; readonly perPod: number; readonly confirm: number };
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface Probed {
  readonly results: readonly CheckResult[];
  /** Since when the canary of each node holds; missing: it does not, or there is none. */
  readonly held: ReadonlyMap<string, Held>;
}

/** From a canary's last try to the end of the run: one that stays wrong for so long is not enforced any more. */
const STILL_HELD_MS = 3000;

/**
 * Tries the checks of a plan; predictions are made once more, over the stand-ins as they are. The canaries begin with
 * the others, tell these from when answers count, and are tried once more at the end. Rejects on an abort.
 */
export async function probeAll(inputs: ProbeInputs): Promise<Probed> {
  const { checks, settings, signal, progress, standIns } = inputs;
  const round = new ProbeRound(inputs);
  const planned = checks.map((check) => ({ check, planned: probeOf(check, standIns) }));
  const count = planned.filter(({ planned: one }) => "probe" in one).length;
  if (count > 0) progress.step(`probing: ${count} connections from ${standIns.size} pods`);
  const nodes = [...new Set(checks.flatMap(({ canaryNode }) => canaryNode ?? []))];
  const first = new Map<string, readonly CheckResult[]>();
  const held = new Map<string, Promise<Held | undefined>>();
  for (const node of nodes) {
    const own = planned.filter(({ check }) => check.canaryNode === node);
    const known = round.run(
      own,
      settings.settleMs,
      (check, { attempts }) =>
        !isSettled(wantedOf(round.predict(check), check), attempts, { freshUntilMs: 0, confirm: 0 }),
    );
    held.set(
      node,
      known.then((results) => {
        first.set(node, results);
        return heldOf(results, standIns, round.beganAtMs);
      }),
    );
  }
  const freshUntilMs = async (check: Check): Promise<number> => {
    const untils = [check.source, ...(check.to.kind === "stand-in" ? [check.to.standIn] : [])].map(
      async (id) => {
        const standIn = standIns.get(id);
        const window = standIn?.node === undefined ? undefined : await held.get(standIn.node);
        const age = standIn?.runningAtMs;
        return window === undefined || age === undefined ? 0 : age - round.beganAtMs + window.afterMs;
      },
    );
    return Math.max(...(await Promise.all(untils)));
  };
  const others = planned.filter(({ check }) => check.canaryNode === undefined);
  const results = await round.run(others, settings.settleMs, async (check, { attempts }) => {
    const wanted = wantedOf(round.predict(check), check);
    const confirm = check.purpose === "flow" ? settings.confirm : 0;
    // What does not even agree need not wait for a canary.
    if (!isSettled(wanted, attempts, { freshUntilMs: 0, confirm })) return true;
    return !isSettled(wanted, attempts, { freshUntilMs: await freshUntilMs(check), confirm });
  });
  const holding = new Map<string, Held>();
  for (const [node, promise] of held) {
    const value = await promise;
    if (value !== undefined) holding.set(node, value);
  }
  signal.throwIfAborted();
  const atEnd = await Promise.all(
    nodes.map(async (node) => {
      const before = first.get(node) ?? [];
      if (!holding.has(node)) return before;
      const own = planned.filter(({ check }) => check.purpose === "canary" && check.canaryNode === node);
      const again = await round.run(
        own,
        STILL_HELD_MS,
        (check, { attempts }) =>
          !isSettled(wantedOf(round.predict(check), check), attempts.slice(-1), {
            freshUntilMs: 0,
            confirm: 0,
          }),
      );
      return before.map((result) => joined(result, again));
    }),
  );
  signal.throwIfAborted();
  if (count > 0) progress.done(`probing: ${count} connections`);
  return { results: [...results, ...atEnd.flat()], held: holding };
}

interface PlannedCheck {
  readonly check: Check;
  readonly planned: PlannedProbe;
}

/** What all parts of the probing share: one clock, one evaluator, one count of progress. */
class ProbeRound {
  readonly #inputs: ProbeInputs;
  readonly #predictions = new Map<string, CheckResult["prediction"]>();
  readonly #progress = new Map<number, { settled: number; total: number }>();
  /** Where our pods run, by namespace and name. */
  readonly #nodes = new Map<string, string>();
  readonly beganAtMs = performance.now();

  constructor(inputs: ProbeInputs) {
    this.#inputs = inputs;
    for (const { pod, node } of inputs.standIns.values()) {
      if (node !== undefined) this.#nodes.set(`${pod.namespace}/${pod.name}`, node);
    }
  }

  predict(check: Check): CheckResult["prediction"] {
    const known = this.#predictions.get(check.id);
    if (known !== undefined) return known;
    const { draft, standIns, evaluator } = this.#inputs;
    const endOf = (id: string): PodEnd => standIns.get(id)?.end ?? templateEnd(id, draft.find(id).template);
    const prediction = predictCheck(check, endOf(check.source), endOf, evaluator);
    this.#predictions.set(check.id, prediction);
    return prediction;
  }

  /** Attempts are on the clock of the round, whenever they were made. */
  async run(
    planned: readonly PlannedCheck[],
    settleMs: number,
    again: (check: Check, history: ProbeHistory) => boolean | Promise<boolean>,
  ): Promise<readonly CheckResult[]> {
    const { exec, room, settings, signal, progress } = this.#inputs;
    const probes = planned.flatMap((entry) => ("probe" in entry.planned ? [entry.planned.probe] : []));
    const checks = new Map(planned.map(({ check }) => [check.id, check]));
    const part = this.#progress.size;
    this.#progress.set(part, { settled: 0, total: probes.length });
    const offsetMs = Math.round(performance.now() - this.beganAtMs);
    const histories = await runProbes(probes, {
      exec,
      settleMs,
      perExec: settings.perPod,
      enter: async (pod, places, abort) => {
        const node = this.#nodes.get(`${pod.namespace}/${pod.name}`);
        return node === undefined ? () => undefined : room(node).enter(places, abort);
      },
      clock: {
        now: () => performance.now(),
        sleep: (ms, abort) => wait(ms, undefined, abort === undefined ? {} : { signal: abort }),
      },
      random: () => randomBytes(8).toString("hex"),
      signal,
      again: (history) => {
        const check = checks.get(history.probe.id);
        return check !== undefined && again(check, later(history, offsetMs));
      },
      onProgress: ({ settled, total }) => {
        this.#progress.set(part, { settled, total });
        const all = [...this.#progress.values()];
        const sum = (of: "settled" | "total"): number => all.reduce((a, b) => a + b[of], 0);
        progress.update(`probing: ${sum("settled")} of ${sum("total")} settled`);
      },
    });
    const byId = new Map(histories.map((history) => [history.probe.id, later(history, offsetMs)]));
    return planned.map(({ check, planned: probe }) =>
      resultOf(check, this.predict(check), probe, byId.get(check.id)),
    );
  }
}

/** A pod reaches itself whatever the policies say (S33). */
function wantedOf(prediction: CheckResult["prediction"], check: Check): PredictionValue {
  return check.purpose === "self" ? "allow" : prediction.value;
}

function later({ probe, attempts }: ProbeHistory, ms: number): ProbeHistory {
  if (ms === 0) return { probe, attempts };
  return { probe, attempts: attempts.map((attempt) => ({ ...attempt, atMs: attempt.atMs + ms })) };
}

function joined(before: CheckResult, after: readonly CheckResult[]): CheckResult {
  const more = after.find(({ check }) => check.id === before.check.id)?.history;
  if (more === undefined || before.history === undefined) return before;
  const { probe, attempts } = before.history;
  return { ...before, history: { probe, attempts: [...attempts, ...more.attempts] } };
}

function resultOf(
  check: Check,
  prediction: CheckResult["prediction"],
  planned: PlannedProbe,
  history: CheckResult["history"],
): CheckResult {
  if ("notRun" in planned) return { check, prediction, notRun: planned.notRun };
  return { check, prediction, ...(history === undefined ? { notRun: "not tried" } : { history }) };
}
