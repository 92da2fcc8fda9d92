import type { ObservationKind } from "../model/observation.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { FlowReport, PodReport, RunReport, TargetReport, Verdict } from "../model/report.ts";
import type { SourcePosition } from "../source/position.ts";
import { shortDuration } from "./duration.ts";
import type { Tone } from "./printer.ts";

/** The one verdict that is shouted is the one to act on. */
export function verdictWord(verdict: Verdict): string {
  return verdict === "fail" ? "FAIL" : verdict;
}

export function verdictTone(verdict: Verdict): Tone {
  switch (verdict) {
    case "pass":
      return "good";
    case "fail":
      return "bad";
    case "inconclusive":
      return "doubt";
    case "skipped":
      return "quiet";
    default: {
      const never: never = verdict;
      throw new Error(`unhandled verdict ${String(never)}`);
    }
  }
}

/** `timeout 2.0s`: with its time where the time says something. */
export function observationWord(kind: ObservationKind, durationMs: number | undefined): string {
  switch (kind) {
    case "timeout":
    case "unreachable":
    case "dns-failure":
      return durationMs === undefined ? kind : `${kind} ${shortDuration(durationMs)}`;
    case "connected":
    case "closed-early":
    case "refused":
    case "local-denied":
    case "tool-error":
    case "exec-error":
    case "not-run":
      return kind;
    default: {
      const never: never = kind;
      throw new Error(`unhandled observation ${String(never)}`);
    }
  }
}

/** An open answer beside a denial, or the other way round, is what to look at. */
export function predictionTone(predicted: PredictionValue, flow: FlowReport): Tone | undefined {
  return flow.prediction === "disagrees" || predicted === "undetermined" ? "doubt" : undefined;
}

/** `scenarios/shop.yaml:14`, as editors and terminals open it. */
export function placeOf({ file, line }: SourcePosition): string {
  return `${file}:${line}`;
}

/** The target that a flow's verdict comes from. */
export function decidingTarget(flow: FlowReport): TargetReport | undefined {
  return flow.decidedBy === undefined ? undefined : flow.targets[flow.decidedBy];
}

/** `shop/api-7d9f (10.42.0.7) on node-a` */
export function podText({ namespace, name, ip, node }: PodReport): string {
  const address = ip === undefined ? "" : ` (${ip})`;
  return `${namespace}/${name}${address}${node === undefined ? "" : ` on ${node}`}`;
}

/** `1 flow`, `3 flows` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function countErrors(report: Pick<RunReport, "problems">): number {
  return report.problems.filter((problem) => problem.severity === "error").length;
}
