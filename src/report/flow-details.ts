import { classOf } from "../model/observation.ts";
import type { DirectionTrace } from "../model/prediction.ts";
import type { FlowReport, TargetReport, Verdict } from "../model/report.ts";
import type { Detail, DetailLine } from "./detail.ts";
import { changeOf } from "./history.ts";
import { traceDetails } from "./policy-trace.ts";
import { counted, decidingTarget, observationWord, placeOf, podText, verdictWord } from "./words.ts";

export interface DetailOptions {
  /** All evidence, all targets, all of the raw output. */
  readonly verbose: boolean;
}

const MAX_OUTPUT_LINES = 6;
const MAX_OTHER_TARGETS = 3;

/** What there is to know about a flow, for people: the cause first, the raw output last. */
export function flowDetails(flow: FlowReport, options: DetailOptions): readonly Detail[] {
  const target = decidingTarget(flow);
  const traces = target !== undefined && (concernsPolicies(flow) || options.verbose);
  return [
    ...(flow.name === undefined ? [] : [detail("name", flow.name)]),
    detail("at", placeOf(flow.position)),
    { label: "result", lines: resultLines(flow, target) },
    {
      label: flow.verdict === "pass" || flow.verdict === "skipped" ? "reason" : "cause",
      lines: [{ text: causeText(flow, traces ? target : undefined), tone: "strong" }],
    },
    ...(flow.rechecked === undefined
      ? []
      : [detail("changed", `${flow.rechecked}; this is the answer after it`)]),
    ...(traces ? traceDetails(target.prediction) : []),
    ...(target === undefined ? [] : evidenceDetails(flow, target, options)),
    ...(target === undefined ? [] : placeDetails(target)),
    ...otherTargets(flow, target, options),
    ...adviceDetails(flow, target),
    ...(target?.command === undefined ? [] : [whole("repeat", target.command)]),
    ...(target?.output === undefined ? [] : outputDetails(target.output, options)),
  ];
}

/** The policies as they bear on this flow, without anything else. */
export function policyDetails(flow: FlowReport): readonly Detail[] {
  const target = decidingTarget(flow);
  return target === undefined ? [] : traceDetails(target.prediction);
}

function detail(label: string, text: string): Detail {
  return { label, lines: [{ text }] };
}

function whole(label: string, text: string): Detail {
  return { label, lines: [{ text, kind: "whole" }] };
}

/** Where the probe itself failed, what the policies say is no part of the answer. */
function concernsPolicies({ cause }: FlowReport): boolean {
  switch (cause) {
    case "policy":
    case "enforcement":
    case "application":
    case "dns":
    case "open-point":
    case "evidence":
    case "flapping":
      return true;
    case "tool":
    case "scenario":
    case undefined:
      return false;
    default: {
      const never: never = cause;
      throw new Error(`unhandled cause ${String(never)}`);
    }
  }
}

function resultLines(flow: FlowReport, target: TargetReport | undefined): DetailLine[] {
  const observed =
    flow.observed === null ? "" : ` observed ${observationWord(flow.observed, target?.durationMs)},`;
  const line = { text: `expected ${flow.expected},${observed} predicted ${flow.predicted}` };
  const seen = target?.observation;
  const known = seen === undefined || flow.reason.includes(seen) || target?.output?.includes(seen) === true;
  return known ? [line] : [line, { text: seen }];
}

/** The reason without the prediction's, which the directions below it repeat with places. */
function causeText({ cause, reason }: FlowReport, traced: TargetReport | undefined): string {
  const said = cause === undefined ? "" : `${cause}: `;
  const predicted = traced?.prediction.reason;
  if (predicted === undefined || predicted === "") return said + reason;
  const shorter = reason.replace(` (${predicted})`, "").replace(`: ${predicted}`, "");
  return said + shorter;
}

/** Of proofs what the reason does not say already. */
function evidenceDetails(flow: FlowReport, target: TargetReport, { verbose }: DetailOptions): Detail[] {
  const { evidence, observed } = target;
  const needed = verbose || (observed !== undefined && classOf(observed) === "closed");
  const proofs = evidence === undefined || !needed ? [] : (["listener", "source"] as const);
  const lines = proofs.flatMap((what) => {
    const proof = evidence?.[what];
    return proof === undefined || flow.reason.includes(proof.detail)
      ? []
      : [{ text: `${what}: ${proof.detail} (proof: ${proof.grade})` }];
  });
  const change = changeOf(target);
  return [
    ...(lines.length === 0 ? [] : [{ label: "evidence", lines }]),
    ...(change === undefined ? [] : [detail("history", change)]),
  ];
}

function placeDetails(target: TargetReport): Detail[] {
  const { source, pod, address, port } = target;
  const dialled = address === undefined ? `port ${port}` : `${bracketed(address)}:${port}`;
  const node = pod?.node === undefined ? "" : ` on ${pod.node}`;
  return [
    ...(source === undefined ? [] : [detail("from", podText(source))]),
    detail("to", `${target.target}, ${dialled}${node}`),
  ];
}

export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Of several targets: those that are no better than the deciding one, and how many there are of each. */
function otherTargets(
  flow: FlowReport,
  deciding: TargetReport | undefined,
  options: DetailOptions,
): Detail[] {
  if (flow.targets.length < 2 || deciding === undefined) return [];
  const alike = flow.targets.filter((target) => target !== deciding && target.verdict === deciding.verdict);
  const shown = options.verbose ? alike : alike.slice(0, MAX_OTHER_TARGETS);
  const counts = (["fail", "inconclusive", "pass", "skipped"] as const satisfies readonly Verdict[])
    .map((verdict) => ({
      verdict,
      count: flow.targets.filter((target) => target.verdict === verdict).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdictWord(verdict)}`);
  return [
    {
      label: "targets",
      lines: [
        { text: `${counted(flow.targets.length, "target")}: ${counts.join(", ")}` },
        ...shown.map((target) => ({ text: `also ${otherTarget(target)}`, kind: "sub" as const })),
        ...(alike.length > shown.length
          ? [{ text: `and ${alike.length - shown.length} more alike`, kind: "sub" as const }]
          : []),
      ],
    },
  ];
}

function otherTarget({ target, verdict, observed, durationMs, predicted }: TargetReport): string {
  const seen = observed === undefined ? "" : `observed ${observationWord(observed, durationMs)}, `;
  return `${verdictWord(verdict)}: ${target}: ${seen}predicted ${predicted}`;
}

/** Advice that only names the nearest rules is left out where they stand above, with their places. */
function adviceDetails(flow: FlowReport, target: TargetReport | undefined): Detail[] {
  const { advice, cause } = flow;
  if (advice === undefined) return [];
  const denying = [target?.prediction.egress, target?.prediction.ingress].filter(
    (trace): trace is DirectionTrace => trace?.value === "deny",
  );
  const repeats =
    cause === "policy" &&
    denying.length > 0 &&
    denying.every(({ nearest }) => nearest !== undefined && advice.includes(nearest.text));
  return repeats ? [] : [detail("advice", advice)];
}

function outputDetails(output: string, { verbose }: DetailOptions): Detail[] {
  const lines = output.trimEnd().split(/\r\n|\n|\r/);
  if (lines.length === 1 && lines[0] === "") return [];
  const shown = verbose ? lines : lines.slice(0, MAX_OUTPUT_LINES);
  const more = lines.length - shown.length;
  return [
    {
      label: "output",
      lines: [
        ...shown.map((text) => ({ text, kind: "raw" as const })),
        ...(more === 0 ? [] : [{ text: `(${counted(more, "more line")})` }]),
      ],
    },
  ];
}
