import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { ExecPort } from "../model/exec.ts";
import type { Check, CheckResult, StandIn } from "../model/plan.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { predictCheck } from "../plan/predict-check.ts";
import { type PlannedProbe, probeOf } from "../plan/probes.ts";
import { templateEnd } from "../plan/template.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { runProbes } from "../probe/run-probes.ts";
import { isSettled } from "../verdict/flow-report.ts";
import type { Progress } from "./progress.ts";

export interface ProbeInputs {
  readonly draft: PlanDraft;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly evaluator: Evaluator;
  readonly exec: ExecPort;
  readonly settings: { readonly settleMs: number; readonly perPod: number };
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Tries all checks of a plan; predictions are made once more, over the stand-ins as they are. Rejects on an abort. */
export async function probeAll(inputs: ProbeInputs): Promise<readonly CheckResult[]> {
  const { draft, standIns, evaluator, exec, settings, signal, progress } = inputs;
  const endOf = (id: string): PodEnd => standIns.get(id)?.end ?? templateEnd(id, draft.find(id).template);
  const planned = draft.checks.map((check) => ({
    check,
    prediction: predictCheck(check, endOf(check.source), endOf, evaluator),
    planned: probeOf(check, standIns),
  }));
  const predictions = new Map(planned.map(({ check, prediction }) => [check.id, prediction]));
  const probes = planned.flatMap((entry) => ("probe" in entry.planned ? [entry.planned.probe] : []));
  if (probes.length > 0) progress.step(`probing: ${probes.length} connections from ${standIns.size} pods`);
  const histories = await runProbes(probes, {
    exec,
    settleMs: settings.settleMs,
    perExec: settings.perPod,
    clock: {
      now: () => performance.now(),
      sleep: (ms, abort) => wait(ms, undefined, abort === undefined ? {} : { signal: abort }),
    },
    random: () => randomBytes(8).toString("hex"),
    signal,
    again: (history) => {
      const prediction = predictions.get(history.probe.id);
      const last = history.attempts.at(-1);
      return prediction !== undefined && last !== undefined && !isSettled(prediction, last.observation);
    },
    onProgress: ({ settled, total }) => progress.update(`probing: ${settled} of ${total} settled`),
  });
  signal.throwIfAborted();
  if (probes.length > 0) progress.done(`probing: ${probes.length} connections`);
  const byId = new Map(histories.map((history) => [history.probe.id, history]));
  return planned.map(({ check, prediction, planned: probe }) =>
    resultOf(check, prediction, probe, byId.get(check.id)),
  );
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
