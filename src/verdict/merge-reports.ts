import type { FlowReport, RunProblem, RunReport, Shard, Verdict } from "../model/report.ts";
import { exitCode, summarise } from "./exit-code.ts";
import { mergeEnforcement } from "./merge-enforcement.ts";
import { whyForeign, whyNotAShard } from "./shard-fit.ts";

/** A report and what people call it: its file. */
export interface NamedReport {
  readonly name: string;
  readonly report: RunReport;
}

interface ShardReport extends NamedReport {
  readonly shard: Shard;
}

/** The shards of one run begin within this of each other, unless the user has named the run. */
const MAX_APART_MS = 3_600_000;

/**
 * The reports of all shards as that of one run: each flow as the shard saw it that it belongs to. What does not fit is
 * an error of the run, which keeps it from being green: a shard that is missing (its flows are inconclusive) or there
 * twice (the worse verdict counts), a report of something else. Undefined where no report is a shard's.
 * @param problems what is known already, such as reports that could not be read
 */
export function mergeReports(
  reports: readonly NamedReport[],
  problems: readonly RunProblem[],
): RunReport | { readonly problems: readonly RunProblem[] } {
  const found: RunProblem[] = [...problems];
  const error = (message: string, hint?: string): void => {
    found.push({ severity: "error", message, ...(hint === undefined ? {} : { hint }) });
  };
  const candidates: ShardReport[] = [];
  for (const { name, report } of reports) {
    const reason = whyNotAShard(report);
    if (reason !== undefined)
      error(`${name} ${reason}`, "merge takes the JSON reports of netverdict run --shard");
    else if (report.shard !== undefined) candidates.push({ name, report, shard: report.shard });
  }
  const reference = mostCommon(candidates);
  if (reference === undefined) return { problems: found };
  const shards: ShardReport[] = [];
  for (const candidate of candidates) {
    const reason = whyForeign(candidate, reference);
    if (reason === undefined) shards.push(candidate);
    else
      error(
        `${candidate.name} is the report of another run: ${reason}`,
        `it was compared with ${reference.name}`,
      );
  }
  const { count } = reference.shard;
  const byIndex = Map.groupBy(shards, ({ shard }) => shard.index);
  for (let index = 1; index <= count; index++) {
    const own = byIndex.get(index) ?? [];
    if (own.length === 0) error(`there is no report of shard ${index} of ${count}`, runAgain(index, count));
    if (own.length > 1) {
      error(
        `shard ${index} of ${count} is there ${own.length} times: ${own.map(({ name }) => name).join(", ")}`,
      );
    }
  }
  const apartMs = spread(shards.map(({ report }) => Date.parse(report.startedAt)));
  if (reference.shard.group === undefined && apartMs > MAX_APART_MS) {
    error(
      `the shards began ${Math.round(apartMs / 60_000)} minutes apart: is one of an earlier run?`,
      "tell the runs apart by --shard-group, such as the number of the build",
    );
  }
  const policies = new Set(shards.map(({ report }) => report.policies.networkPolicies));
  if (policies.size > 1) {
    found.push({
      severity: "warning",
      message: `the shards saw different NetworkPolicies (${[...policies].join(" and ")}): the cluster changed meanwhile`,
    });
  }
  const flows = reference.report.flows.map((flow, place) => mergeFlow(flow, place, byIndex, count));
  return combine(
    shards.sort((a, b) => a.shard.index - b.shard.index),
    flows,
    [...found, ...problemsOf(shards, count)],
  );
}

/** The first of those that most others fit to. */
function mostCommon(candidates: readonly ShardReport[]): ShardReport | undefined {
  const groups = [...Map.groupBy(candidates, ({ shard }) => shard.fingerprint).values()];
  return groups.reduce<readonly ShardReport[]>(
    (best, group) => (group.length > best.length ? group : best),
    [],
  )[0];
}

const WORST_FIRST: readonly Verdict[] = ["fail", "inconclusive", "skipped", "pass"];

/** The flow as its own shard saw it; of several reports of that shard the worst. */
function mergeFlow(
  flow: FlowReport,
  place: number,
  byIndex: ReadonlyMap<number, readonly ShardReport[]>,
  count: number,
): FlowReport {
  const owner = flow.shard ?? 0;
  const seen = (byIndex.get(owner) ?? []).flatMap(({ report }) => report.flows[place] ?? []);
  const worst = WORST_FIRST.flatMap((verdict) => seen.find((one) => one.verdict === verdict) ?? [])[0];
  if (worst !== undefined) return worst;
  return {
    ...flow,
    verdict: "inconclusive",
    cause: "tool",
    reason: `there is no report of shard ${owner} of ${count}, to which it belongs`,
    advice: runAgain(owner, count),
  };
}

function runAgain(index: number, count: number): string {
  return `give its report, too, or run that shard again: --shard ${index}/${count}`;
}

/** What all shards say is said once; what some say, with which. */
function problemsOf(shards: readonly ShardReport[], count: number): readonly RunProblem[] {
  const all = shards.flatMap(({ report, shard }) => report.problems.map((problem) => ({ problem, shard })));
  const alike = Map.groupBy(all, ({ problem: { severity, message, position } }) =>
    JSON.stringify([severity, message, position?.line, position?.column]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const indexes = [...new Set(same.map(({ shard }) => shard.index))];
    if (indexes.length === new Set(shards.map(({ shard }) => shard.index)).size) return [first.problem];
    const which = indexes.length === 1 ? `shard ${indexes[0]}` : `shards ${indexes.join(", ")}`;
    return [{ ...first.problem, message: `${which} of ${count}: ${first.problem.message}` }];
  });
}

function spread(times: readonly number[]): number {
  return Math.max(...times) - Math.min(...times);
}

/** One report over shards that fit together, at least one. */
function combine(
  shards: readonly ShardReport[],
  flows: readonly FlowReport[],
  problems: readonly RunProblem[],
): RunReport {
  const reports = shards.map(({ report }) => report);
  const [first] = shards;
  if (first === undefined) throw new Error("nothing to combine");
  const { shard, runId: _runId, requests: _requests, enforcement: _enforcement, ...base } = first.report;
  const began = Math.min(...reports.map(({ startedAt }) => Date.parse(startedAt)));
  const ended = Math.max(...reports.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs));
  const summary = summarise(flows);
  const enforcement = mergeEnforcement(reports);
  const requests = mergeRequests(reports);
  return {
    ...base,
    startedAt: new Date(began).toISOString(),
    durationMs: ended - began,
    shards: {
      count: shard?.count ?? shards.length,
      merged: shards.map(({ shard: { index }, report: { runId, startedAt, durationMs } }) => ({
        index,
        ...(runId === undefined ? {} : { runId }),
        startedAt,
        durationMs,
      })),
    },
    policies: {
      networkPolicies: Math.max(...reports.map(({ policies }) => policies.networkPolicies)),
      foreign: distinct(reports.flatMap(({ policies }) => policies.foreign)),
      unread: distinct(reports.flatMap(({ policies }) => policies.unread)),
    },
    standIns: reports.flatMap(({ standIns }) => standIns),
    ...(enforcement === undefined ? {} : { enforcement }),
    phases: longestOf(reports).phases,
    ...(requests === undefined ? {} : { requests }),
    problems,
    flows,
    summary,
    exitCode: exitCode({ summary, problems, enforcement }),
  };
}

function longestOf(reports: readonly RunReport[]): Pick<RunReport, "phases"> {
  return reports.reduce((longest, report) => (report.durationMs > longest.durationMs ? report : longest));
}

function mergeRequests(reports: readonly RunReport[]): RunReport["requests"] {
  const all = reports.flatMap(({ requests }) => requests ?? []);
  if (all.length === 0) return undefined;
  const byKind = new Map<string, number>();
  for (const [kind, times] of all.flatMap((requests) => Object.entries(requests.byKind))) {
    byKind.set(kind, (byKind.get(kind) ?? 0) + times);
  }
  const sum = (of: "api" | "exec"): number => all.reduce((total, requests) => total + requests[of], 0);
  const mostFirst = [...byKind].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { api: sum("api"), exec: sum("exec"), byKind: Object.fromEntries(mostFirst) };
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
