import type { Observation } from "../model/observation.ts";
import type { CheckResult, StandIn } from "../model/plan.ts";
import type { Prediction, PredictionValue } from "../model/prediction.ts";
import type { Evidence, FlowReport, PodReport, TargetReport, Verdict } from "../model/report.ts";
import type { ResolvedFlow, ResolvedTarget } from "../model/resolved.ts";
import { agreement, type Judgement, type JudgeOptions, judge } from "./judge.ts";
import { judgePrediction } from "./judge-prediction.ts";
import { finalObservation, type ProofBook } from "./proofs.ts";
import { isFlapping } from "./settling.ts";

/** What a target came to. */
export interface TargetOutcome {
  readonly target: ResolvedTarget;
  readonly prediction: Prediction;
  /** Absent where nothing was tried: predictions only, or nothing could be planned. */
  readonly result?: CheckResult;
  /** For names: what the policies say of the source's way to DNS. */
  readonly dnsPrediction?: Prediction;
  /** The command that repeats the probe by hand. */
  readonly command?: string;
}

export interface FlowContext extends JudgeOptions {
  readonly mode: "run" | "predict";
  readonly proofs: ProofBook;
  readonly standIns: ReadonlyMap<string, StandIn>;
  /** Nodes whose new pods were closed to the end even to what a policy of our own allows. */
  readonly closedNodes: ReadonlySet<string>;
}

/** One flow with all its targets: every one must meet the expectation; the worst decides. */
export function flowReport(
  resolved: ResolvedFlow,
  outcomes: readonly TargetOutcome[],
  context: FlowContext,
): FlowReport {
  const { flow } = resolved;
  const targets = outcomes.map((outcome) => targetReport(resolved, outcome, context));
  const decidedBy = worstOf(targets);
  const deciding = decidedBy === undefined ? undefined : targets[decidedBy];
  const overall = overallJudgement(resolved, deciding, context.mode);
  return {
    id: flow.id,
    scenario: flow.scenario,
    ...(flow.name === undefined ? {} : { name: flow.name }),
    position: { file: flow.range.file, line: flow.range.start.line, column: flow.range.start.column },
    from: flow.from.name,
    to: flow.to.name,
    port: flow.port ?? null,
    protocol: flow.protocol,
    application: flow.application.kind,
    expected: flow.expect,
    predicted: combinedPrediction(targets, deciding),
    observed: deciding?.observed ?? null,
    prediction: overallAgreement(outcomes),
    ...overall,
    ...(decidedBy === undefined ? {} : { decidedBy }),
    targets,
  };
}

function overallJudgement(
  resolved: ResolvedFlow,
  deciding: TargetReport | undefined,
  mode: FlowContext["mode"],
): Judgement {
  if (mode === "run" && !resolved.flow.observe) {
    return { verdict: "skipped", reason: "the scenario says observe: false" };
  }
  if (mode === "run" && resolved.problem !== undefined) {
    return { verdict: "inconclusive", cause: "scenario", ...resolved.problem };
  }
  if (deciding === undefined) {
    const { reason, advice } = resolved.problem ?? {
      reason: "there is nothing to ask",
      advice: "see the run's problems",
    };
    return { verdict: "inconclusive", cause: "scenario", reason, advice };
  }
  return {
    verdict: deciding.verdict,
    ...(deciding.cause === undefined ? {} : { cause: deciding.cause }),
    reason: deciding.reason,
    ...(deciding.advice === undefined ? {} : { advice: deciding.advice }),
  };
}

function targetReport(resolved: ResolvedFlow, outcome: TargetOutcome, context: FlowContext): TargetReport {
  const { target, prediction, result } = outcome;
  const where = result?.check.placement === undefined ? "" : ` (${result.check.placement.replace("-", " ")})`;
  const base = {
    target: `${target.display}${where}`,
    port: target.port,
    predicted: prediction.value,
    prediction,
  };
  if (context.mode === "predict" || result === undefined) {
    const judged =
      context.mode === "predict"
        ? judgePrediction(resolved.flow.expect, resolved.flow.application.kind, prediction)
        : { verdict: "inconclusive" as const, cause: "tool" as const, reason: "it was not tried" };
    return { ...base, attempts: [], ...judged };
  }
  const observation: Observation = finalObservation(result) ?? {
    kind: "not-run",
    reason: result.notRun ?? "not tried",
  };
  const evidence = context.proofs.evidence(result.check);
  const closedNode = closedNodeOf(result, evidence, context);
  const judged = judge(
    {
      expect: resolved.flow.expect,
      application: resolved.flow.application.kind,
      prediction,
      observation,
      evidence,
      unreachableIsFine: resolved.flow.unreachableIsFine,
      flapping: isFlapping(result.history?.attempts ?? []),
      ...(outcome.dnsPrediction === undefined ? {} : { dnsPrediction: outcome.dnsPrediction }),
      ...(closedNode === undefined ? {} : { closedNode }),
    },
    context,
  );
  const source = podReport(context.standIns.get(result.check.source));
  const pod = targetPod(target, result, context);
  const address = addressOf(result, context);
  return {
    ...base,
    ...(address === undefined ? {} : { address }),
    ...(source === undefined ? {} : { source }),
    ...(pod === undefined ? {} : { pod }),
    observed: observation.kind,
    observation: observation.reason,
    ...(observation.durationMs === undefined ? {} : { durationMs: observation.durationMs }),
    ...(observation.output === undefined ? {} : { output: observation.output }),
    attempts: result.history?.attempts ?? [],
    evidence,
    ...judged,
    ...(outcome.command === undefined ? {} : { command: outcome.command }),
  };
}

/** The node of one of our pods at the ends that may be closed still. A source that reached anything is open. */
function closedNodeOf(
  { check }: CheckResult,
  { source }: Evidence,
  { standIns, closedNodes }: FlowContext,
): string | undefined {
  const ids = [
    ...(source.grade === "none" ? [check.source] : []),
    ...(check.to.kind === "stand-in" ? [check.to.standIn] : []),
  ];
  return ids.flatMap((id) => standIns.get(id)?.node ?? []).find((node) => closedNodes.has(node));
}

function podReport(standIn: StandIn | undefined): PodReport | undefined {
  if (standIn === undefined) return undefined;
  const ip = standIn.end.ips?.[0];
  return {
    ...standIn.pod,
    ...(standIn.node === undefined ? {} : { node: standIn.node }),
    ...(ip === undefined ? {} : { ip }),
  };
}

function targetPod(target: ResolvedTarget, result: CheckResult, context: FlowContext): PodReport | undefined {
  if (result.check.to.kind === "stand-in") return podReport(context.standIns.get(result.check.to.standIn));
  if (target.kind !== "pod") return undefined;
  const node = target.pod.spec.nodeName ?? undefined;
  const ip = target.end.ips?.[0];
  return {
    namespace: target.end.namespace,
    name: target.pod.metadata.name,
    ...(node === undefined ? {} : { node }),
    ...(ip === undefined ? {} : { ip }),
  };
}

function addressOf({ check }: CheckResult, context: FlowContext): string | undefined {
  switch (check.to.kind) {
    case "stand-in":
      return context.standIns.get(check.to.standIn)?.end.ips?.[0];
    case "address":
    case "service":
      return check.to.address;
    case "host":
      return check.to.host;
    case "dns":
      return undefined;
    default: {
      const never: never = check.to;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}

const WORST_FIRST: readonly Verdict[] = ["fail", "inconclusive", "pass"];

/** The first of the worst; undefined without targets. */
function worstOf(targets: readonly TargetReport[]): number | undefined {
  for (const verdict of WORST_FIRST) {
    const index = targets.findIndex((target) => target.verdict === verdict);
    if (index >= 0) return index;
  }
  return undefined;
}

function combinedPrediction(
  targets: readonly TargetReport[],
  deciding: TargetReport | undefined,
): PredictionValue {
  const values = new Set(targets.map((target) => target.predicted));
  const [only] = values;
  return values.size === 1 && only !== undefined ? only : (deciding?.predicted ?? "undetermined");
}

function overallAgreement(outcomes: readonly TargetOutcome[]): FlowReport["prediction"] {
  const all = outcomes.map(({ prediction, result }) =>
    agreement(prediction, result === undefined ? undefined : finalObservation(result)),
  );
  if (all.includes("disagrees")) return "disagrees";
  return all.length === 0 || all.includes("undetermined") ? "undetermined" : "agrees";
}
