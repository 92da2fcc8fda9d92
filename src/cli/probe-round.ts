import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { ExecPort } from "../model/exec.ts";
import type { Attempt, ProbeHistory } from "../model/observation.ts";
import type { Check, CheckResult, StandIn } from "../model/plan.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { predictCheck } from "../plan/predict-check.ts";
import { type PlannedProbe, probeOf } from "../plan/probes.ts";
import { templateEnd } from "../plan/template.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import type { NodeRoom } from "../probe/node-room.ts";
import { type ProbeProgress, runProbes } from "../probe/run-probes.ts";

export interface RoundInputs {
  readonly draft: PlanDraft;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly evaluator: Evaluator;
  readonly exec: ExecPort;
  /** How many probes may run at once on a node. */
  readonly room: (node: string) => NodeRoom;
  readonly settings: { readonly perPod: number };
  readonly signal: AbortSignal;
}

export interface TryOptions {
  /** Whether a check is to be tried again while there is time. */
  readonly again: (check: Check, attempts: readonly Attempt[]) => boolean | Promise<boolean>;
  /** From the first try on, and may change meanwhile. */
  readonly settleMs: number | (() => number);
  readonly onProgress?: (progress: ProbeProgress) => void;
}

export interface PlannedCheck {
  readonly check: Check;
  readonly planned: PlannedProbe;
}

/** What all parts of the probing share: one clock, one evaluator, the rooms on the nodes. */
export class ProbeRound {
  readonly #inputs: RoundInputs;
  readonly #predictions = new Map<string, CheckResult["prediction"]>();
  /** When the clock of its attempts began, on the run's. */
  readonly beganAtMs = performance.now();

  constructor(inputs: RoundInputs) {
    this.#inputs = inputs;
  }

  /** On the clock of the attempts. */
  get nowMs(): number {
    return Math.round(performance.now() - this.beganAtMs);
  }

  get standIns(): ReadonlyMap<string, StandIn> {
    return this.#inputs.standIns;
  }

  plan(checks: readonly Check[]): readonly PlannedCheck[] {
    return checks.map((check) => ({ check, planned: probeOf(check, this.standIns) }));
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

  /** Tries checks. Predictions are made over the stand-ins as they are. Does not reject on an abort. */
  async run(planned: readonly PlannedCheck[], options: TryOptions): Promise<readonly CheckResult[]> {
    const { exec, room, settings, signal } = this.#inputs;
    const { again, settleMs, onProgress } = options;
    const probes = planned.flatMap((entry) => ("probe" in entry.planned ? [entry.planned.probe] : []));
    const checks = new Map(planned.map(({ check }) => [check.id, check]));
    const offsetMs = this.nowMs;
    const nodes = new Map(
      [...this.standIns.values()].map(({ pod, node }) => [`${pod.namespace}/${pod.name}`, node]),
    );
    const histories = await runProbes(probes, {
      exec,
      settleMs,
      perExec: settings.perPod,
      enter: async (pod, places, abort) => {
        const node = nodes.get(`${pod.namespace}/${pod.name}`);
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
        return check !== undefined && again(check, later(history, offsetMs).attempts);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const byId = new Map(histories.map((history) => [history.probe.id, later(history, offsetMs)]));
    return planned.map(({ check, planned: probe }) =>
      resultOf(check, this.predict(check), probe, byId.get(check.id)),
    );
  }
}

/** A pod reaches itself whatever the policies say (S33). */
export function wantedOf(prediction: CheckResult["prediction"], check: Check): PredictionValue {
  return check.purpose === "self" ? "allow" : prediction.value;
}

/** The same on a clock that began so much earlier. */
export function later({ probe, attempts }: ProbeHistory, ms: number): ProbeHistory {
  if (ms === 0) return { probe, attempts };
  return { probe, attempts: attempts.map((attempt) => ({ ...attempt, atMs: attempt.atMs + ms })) };
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
