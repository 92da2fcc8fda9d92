import type { Connection } from "../k8s/connect.ts";
import type { CheckResult, StandIn } from "../model/plan.ts";
import { type FlowReport, REPORT_API_VERSION, type RunProblem, type RunReport } from "../model/report.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { manualCommand } from "../plan/command.ts";
import { predictDns, predictFlow } from "../plan/predict-flow.ts";
import type { Evaluator } from "../policy/evaluator.ts";
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
  readonly isSelected: (flow: ResolvedFlow) => boolean;
  readonly results: readonly CheckResult[];
  readonly standIns: ReadonlyMap<string, StandIn>;
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
  };
  const byTarget = new Map<string, CheckResult>();
  for (const result of inputs.results) {
    if (result.check.purpose === "flow") byTarget.set(`${result.check.flow} ${result.check.target}`, result);
  }
  const flows = inputs.flows.map((resolved, flow) => {
    const all = resolved.targets.map((_, index) => byTarget.get(`${flow} ${index}`));
    // What was tried has its prediction over the stand-ins as they were.
    const predictions = all.includes(undefined) ? predictFlow(resolved, evaluator) : [];
    const outcomes = resolved.targets.flatMap((target, index): TargetOutcome[] => {
      const result = all[index];
      const prediction = result?.prediction ?? predictions[index];
      if (prediction === undefined) return [];
      const source = result === undefined ? undefined : standIns.get(result.check.source);
      return [
        {
          target,
          prediction,
          ...(result === undefined ? {} : { result }),
          ...(target.kind !== "host" || source === undefined
            ? {}
            : { dnsPrediction: predictDns(source.end, snapshot, evaluator) }),
          ...(result === undefined || source === undefined || source.problem !== undefined
            ? {}
            : { command: manualCommand(result.check, source.pod, hostOf(result, standIns)) }),
        },
      ];
    });
    const report = flowReport(resolved, outcomes, context);
    return inputs.isSelected(resolved) ? report : skippedByFilter(report);
  });
  return finish(inputs, flows, {
    mode: "run",
    runId: inputs.runId,
    cluster: {
      server: inputs.cluster.server,
      ...(inputs.cluster.context === undefined ? {} : { context: inputs.cluster.context }),
      ...(inputs.clusterVersion === undefined ? {} : { version: inputs.clusterVersion }),
    },
    settings: {
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
  };
  const flows = inputs.flows.map((resolved) => {
    const predictions = predictFlow(resolved, inputs.evaluator);
    const outcomes = resolved.targets.flatMap((target, index) => {
      const prediction = predictions[index];
      return prediction === undefined ? [] : [{ target, prediction }];
    });
    return flowReport(resolved, outcomes, context);
  });
  return finish(inputs, flows, {
    mode: "predict",
    ...(inputs.cluster === undefined ? { manifests: inputs.manifests } : { cluster: inputs.cluster }),
    settings: {},
    standIns: [],
  });
}

function finish(
  inputs: CommonInputs,
  flows: readonly FlowReport[],
  rest: Pick<RunReport, "mode" | "settings" | "standIns"> & Partial<RunReport>,
): RunReport {
  const { snapshot } = inputs;
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
      foreign: snapshot.foreignPolicies,
      unread: snapshot.unread,
    },
    phases: inputs.phases.phases,
    problems: inputs.problems,
    flows,
    summary,
    exitCode: exitCode({ summary, problems: inputs.problems }),
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

function skippedByFilter(report: FlowReport): FlowReport {
  const { cause: _cause, advice: _advice, decidedBy: _decidedBy, ...rest } = report;
  return { ...rest, observed: null, verdict: "skipped", reason: "left out by --filter", targets: [] };
}
