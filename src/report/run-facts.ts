import type { FlowReport, RunProblem, RunReport, StandInReport, TargetReport } from "../model/report.ts";
import type { Unread } from "../model/snapshot.ts";
import { seconds } from "./duration.ts";
import { changeOf } from "./history.ts";
import { countErrors, counted, placeOf } from "./words.ts";

/** What is worth a word though the flow passed; what several targets have in common is said once. */
export function notesOn(flow: FlowReport): readonly string[] {
  if (flow.verdict !== "pass") return [];
  const byNote = new Map<string, string[]>();
  for (const target of flow.targets) {
    for (const note of notesOnTarget(flow, target)) {
      byNote.set(note, [...(byNote.get(note) ?? []), target.target]);
    }
  }
  return [...byNote].map(([note, targets]) =>
    targets.length === flow.targets.length ? note : `${targets.join(", ")}: ${note}`,
  );
}

function notesOnTarget(flow: FlowReport, target: TargetReport): readonly string[] {
  const { verdict, predicted, reason, advice, attempts } = target;
  const change = changeOf(attempts);
  const disagrees = verdict === "pass" && predicted !== "undetermined" && predicted !== flow.expected;
  const warning = disagrees || advice !== undefined;
  return [
    ...(warning ? [advice === undefined ? reason : `${reason}; ${advice}`] : []),
    ...(change === undefined ? [] : [change]),
  ];
}

export function problemText({ severity, message, position }: RunProblem): string {
  return `${position === undefined ? "" : `${placeOf(position)}: `}${severity}: ${message}`;
}

/** Policy kinds that filter beside NetworkPolicy; undefined: none. */
export function foreignText({ policies }: RunReport): string | undefined {
  if (policies.foreign.length === 0) return undefined;
  const kinds = policies.foreign.map(({ group, kind, count }) =>
    count === undefined ? `${kind} (${group}, may not be listed)` : `${count} ${kind} (${group})`,
  );
  return `not read: ${kinds.join(", ")}; they may allow or block beside NetworkPolicy`;
}

/** What could not be read, what concerns the same namespaces on one line. */
export function unreadTexts(unread: readonly Unread[]): readonly string[] {
  const byPlace = Map.groupBy(unread, ({ namespace, readNamespaces }) => {
    if (namespace !== undefined) return ` in namespace ${namespace}`;
    return readNamespaces === undefined || readNamespaces.length === 0
      ? ""
      : ` (but of ${readNamespaces.join(", ")})`;
  });
  return [...byPlace].map(([place, alike]) => {
    const resources = [...new Set(alike.map(({ resource }) => resource))].join(", ");
    const [first] = alike;
    const more = alike.length === 1 ? "" : `, and ${alike.length - 1} more`;
    return `not readable: ${resources}${place}: ${first?.reason ?? ""}${more}; predictions that depend on it are undetermined`;
  });
}

/** Stand-ins that could not be used, those with the same problem on one line. */
export function standInProblems({ standIns }: RunReport): readonly string[] {
  const byProblem = new Map<string, StandInReport[]>();
  for (const standIn of standIns) {
    if (standIn.problem === undefined) continue;
    byProblem.set(standIn.problem, [...(byProblem.get(standIn.problem) ?? []), standIn]);
  }
  return [...byProblem].map(([problem, alike]) => {
    const names = alike.map(({ namespace, name, display }) => `${namespace}/${name} (${display})`);
    return `${alike.length} of ${counted(standIns.length, "stand-in")} could not be used: ${problem}: ${names.join(", ")}`;
  });
}

/** Where the answers come from: `cluster https://10.0.0.1:6443 (context kind, v1.36.3), run 7f3a2b1, 5 NetworkPolicies`. */
export function originText({ mode, cluster, manifests, runId, policies }: RunReport): string {
  const about = [cluster?.context && `context ${cluster.context}`, cluster?.version]
    .filter(Boolean)
    .join(", ");
  const parts = [
    ...(cluster === undefined ? [] : [`cluster ${cluster.server}${about === "" ? "" : ` (${about})`}`]),
    ...(manifests === undefined ? [] : [`manifests ${manifests.join(" ")}`]),
    ...(runId === undefined ? [] : [`run ${runId}`]),
    counted(policies.networkPolicies, "NetworkPolicy", "NetworkPolicies"),
    ...(mode === "predict" ? ["no packets"] : []),
  ];
  return parts.join(", ");
}

/** `snapshot 0.2 s, probing 2.3 s; 41 API requests, 12 execs`; undefined where nothing was counted. */
export function costText({ phases, requests }: RunReport): string | undefined {
  const times = phases.map(({ name, durationMs }) => `${name} ${seconds(durationMs)}`).join(", ");
  const asked =
    requests === undefined
      ? ""
      : `${counted(requests.api, "API request")}, ${counted(requests.exec, "exec")}`;
  const parts = [times, asked].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** `1 failed, 1 inconclusive, 1 passed (3 flows, 6.1 s)` */
export function summaryText({ summary, durationMs }: RunReport): string {
  const { flows, failed, inconclusive, passed, skipped } = summary;
  if (flows === 0) return `no flow at all: nothing was decided (${seconds(durationMs)})`;
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(inconclusive === 0 ? [] : [`${inconclusive} inconclusive`]),
    `${passed} passed`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  return `${parts.join(", ")} (${counted(flows, "flow")}, ${seconds(durationMs)})`;
}

/** Most stand-ins are gone when a report is read. Only where a command to repeat was printed. */
export function repeatText({ flows, settings, standIns }: RunReport, verbose: boolean): string | undefined {
  const repeats = flows.some(
    ({ verdict, targets }) =>
      (verbose || verdict === "fail" || verdict === "inconclusive") &&
      targets.some(({ command }) => command !== undefined),
  );
  return repeats && standIns.length > 0 && settings.keep !== true
    ? "commands to repeat need the stand-ins: run again with --keep"
    : undefined;
}

/** Why a run without a failure is not green; undefined where it is, or where a failure says it all. */
export function whyUndecided(report: RunReport): string | undefined {
  if (report.exitCode !== 2) return undefined;
  const { flows, inconclusive, passed, skipped } = report.summary;
  const errors = countErrors(report);
  const reasons = [
    ...(flows === 0 ? ["there is no flow at all"] : []),
    ...(inconclusive === 0 ? [] : [`${counted(inconclusive, "flow is", "flows are")} inconclusive`]),
    ...(flows > 0 && passed === 0 && skipped === flows
      ? ["every flow was skipped, so nothing was decided"]
      : []),
    ...(errors === 0 ? [] : [`${counted(errors, "error")} of the run`]),
  ];
  return `not green (exit code 2): ${reasons.length === 0 ? "the run could not decide" : reasons.join("; ")}`;
}
