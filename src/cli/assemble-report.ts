import type { Connection } from "../k8s/connect.ts";
import type { CheckResult, StandIn } from "../model/plan.ts";
import {
  type Enforcement,
  type FlowReport,
  REPORT_API_VERSION,
  type RunProblem,
  type RunReport,
  type Shard,
} from "../model/report.ts";
import type { ResolvedFlow, ResolvedTarget } from "../model/resolved.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { manualCommand } from "../plan/command.ts";
import { predictDns, predictFlow, predictWithNames } from "../plan/predict-flow.ts";
import type { DetectedPlugin } from "../policy/detect-plugin.ts";
import type { Evaluator } from "../policy/evaluator.ts";
import { closedNodes } from "../verdict/enforcement.ts";
import { exitCode, summarise } from "../verdict/exit-code.ts";
import { type FlowContext, flowReport, type TargetOutcome } from "../verdict/flow-report.ts";
import { ProofBook } from "../verdict/proofs.ts";
import type { LiveRunSettings } from "./live-run.ts";
import type { Phases } from "./phases.ts";
import { VERSION } from "./version.ts";

interface CommonInputs {
  readonly startedAt: Date;
  readonly scenarios: readonly Scenario[];
  readonly snapshot: Snapshot;
  readonly evaluator: Evaluator;
  readonly flows: readonly ResolvedFlow[];
  readonly phases: Phases;
  readonly problems: readonly RunProblem[];
}

export interface RunInputs extends CommonInputs {
  readonly runId: string;
  readonly cluster: Connection;
  readonly clusterVersion: string | undefined;
  readonly settings: LiveRunSettings;
  /** Undefined: not recognised. */
  readonly plugin: DetectedPlugin | undefined;
  /** Why a flow was not to be probed, though the scenario asks for it. */
  readonly leftOut: (flow: ResolvedFlow) => string | undefined;
  /** Which part of a run this is; undefined: all of it. */
  readonly shard: Shard | undefined;
  /** The shard of each flow, by its id. */
  readonly shards: ReadonlyMap<string, number>;
  readonly results: readonly CheckResult[];
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly enforcement: Enforcement;
  /** Why flows were asked once more, by their index. */
  readonly rechecked: ReadonlyMap<number, string>;
}

/** The report of a run on a cluster. */
export function assembleRunReport(inputs: RunInputs): RunReport {
  const { settings, standIns, snapshot, evaluator } = inputs;
  const context: FlowContext = {
    mode: "run",
    strict: settings.strict,
    allowUnenforced: settings.allowUnenforced,
    foreignPolicies: snapshot.foreignPolicies,
    proofs: new ProofBook(inputs.results, standIns),
    standIns,
    closedNodes: closedNodes(inputs.enforcement),
  };
  const tried = Map.groupBy(
    inputs.results.filter(({ check }) => check.purpose === "flow"),
    ({ check }) => `${check.flow} ${check.target}`,
  );
  const outcomeOf = (target: ResolvedTarget, result: CheckResult): TargetOutcome => {
    const source = standIns.get(result.check.source);
    return {
      target,
      // Over the stand-ins as they were.
      prediction: result.prediction,
      result,
      ...(target.kind !== "host" || source === undefined
        ? {}
        : { dnsPrediction: predictDns(source.end, snapshot, evaluator) }),
      ...(source === undefined || source.problem !== undefined
        ? {}
        : { command: manualCommand(result.check, source.pod, hostOf(result, standIns)) }),
    };
  };
  const flows = inputs.flows.map((resolved, flow) => {
    const all = resolved.targets.map((_, index) => tried.get(`${flow} ${index}`));
    const predictions = all.includes(undefined) ? predictFlow(resolved, evaluator) : [];
    const outcomes = resolved.targets.flatMap((target, index): readonly TargetOutcome[] => {
      const results = all[index];
      if (results !== undefined) return results.map((result) => outcomeOf(target, result));
      const prediction = predictions[index];
      return prediction === undefined ? [] : [{ target, prediction }];
    });
    const shard = inputs.shards.get(resolved.flow.id);
    const report = {
      ...flowReport(resolved, outcomes, context),
      ...(shard === undefined ? {} : { shard }),
    };
    const rechecked = inputs.rechecked.get(flow);
    const leftOut = inputs.leftOut(resolved);
    if (leftOut !== undefined) return skipped(report, leftOut);
    return rechecked === undefined ? report : { ...report, rechecked };
  });
  return finish(inputs, flows, {
    mode: "run",
    runId: inputs.runId,
    ...(inputs.shard === undefined ? {} : { shard: inputs.shard }),
    cluster: {
      server: inputs.cluster.server,
      ...(inputs.cluster.context === undefined ? {} : { context: inputs.cluster.context }),
      ...(inputs.clusterVersion === undefined ? {} : { version: inputs.clusterVersion }),
    },
    settings: {
      profile: evaluator.profile.name,
      ...(inputs.plugin === undefined ? {} : { plugin: inputs.plugin.plugin }),
      settleMs: settings.settleMs,
      probeImage: settings.probeImage,
      strict: settings.strict,
      allowUnenforced: settings.allowUnenforced,
      keep: settings.keep,
    },
    standIns: [...standIns.values()].map(({ planned, pod, node, end, problem }) => ({
      ...pod,
      display: planned.template.display,
      role: planned.role,
      labels: planned.template.labels,
      ...(node === undefined ? {} : { node }),
      ...(end.ips?.[0] === undefined ? {} : { ip: end.ips[0] }),
      ...(problem === undefined ? {} : { problem }),
    })),
    enforcement: inputs.enforcement,
    requests: inputs.cluster.requests(),
  });
}

export interface PredictInputs extends CommonInputs {
  readonly manifests: readonly string[];
  readonly cluster: RunReport["cluster"];
}

/** The report of expected against predicted. */
export function assemblePredictReport(inputs: PredictInputs): RunReport {
  const context: FlowContext = {
    mode: "predict",
    strict: false,
    allowUnenforced: false,
    foreignPolicies: inputs.snapshot.foreignPolicies,
    proofs: new ProofBook([], new Map()),
    standIns: new Map(),
    closedNodes: new Set(),
  };
  const flows = inputs.flows.map((resolved) => {
    const predictions = predictWithNames(resolved, inputs.snapshot, inputs.evaluator);
    const outcomes = resolved.targets.flatMap((target, index) => {
      const prediction = predictions[index];
      return prediction === undefined ? [] : [{ target, prediction }];
    });
    return flowReport(resolved, outcomes, context);
  });
  return finish(inputs, flows, {
    mode: "predict",
    ...(inputs.cluster === undefined ? { manifests: inputs.manifests } : { cluster: inputs.cluster }),
    settings: { profile: inputs.evaluator.profile.name },
    standIns: [],
  });
}

function finish(
  inputs: CommonInputs,
  flows: readonly FlowReport[],
  rest: Pick<RunReport, "mode" | "settings" | "standIns"> & Partial<RunReport>,
): RunReport {
  const { snapshot } = inputs;
  const adminPolicies = Object.values(snapshot.adminPolicies).flat().length;
  const summary = summarise(flows);
  return {
    apiVersion: REPORT_API_VERSION,
    kind: "RunReport",
    version: VERSION,
    startedAt: inputs.startedAt.toISOString(),
    durationMs: inputs.phases.totalMs,
    ...rest,
    scenarios: inputs.scenarios.map(({ name, file, annotations }) => ({ name, file, annotations })),
    policies: {
      networkPolicies: snapshot.networkPolicies.length,
      ...(adminPolicies === 0 ? {} : { adminPolicies }),
      foreign: snapshot.foreignPolicies,
      unread: snapshot.unread,
    },
    phases: inputs.phases.phases,
    problems: inputs.problems,
    flows,
    summary,
    exitCode: exitCode({ summary, problems: inputs.problems, enforcement: rest.enforcement }),
  };
}

function hostOf({ check }: CheckResult, standIns: ReadonlyMap<string, StandIn>): string {
  switch (check.to.kind) {
    case "stand-in":
      return standIns.get(check.to.standIn)?.end.ips?.[0] ?? "unknown";
    case "address":
    case "service":
      return check.to.address;
    case "host":
      return check.to.host;
    case "dns":
      return "kube-dns.kube-system";
    default: {
      const never: never = check.to;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}

function skipped(report: FlowReport, reason: string): FlowReport {
  const { cause: _cause, advice: _advice, decidedBy: _decidedBy, ...rest } = report;
  return { ...rest, observed: null, verdict: "skipped", reason, targets: [] };
}
