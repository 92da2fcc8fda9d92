import type {
  FlowReport,
  NodeEnforcement,
  RunProblem,
  RunReport,
  StandInReport,
  TargetReport,
} from "../model/report.ts";
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
  const notes = [...byNote].map(([note, targets]) =>
    targets.length === flow.targets.length ? note : `${targets.join(", ")}: ${note}`,
  );
  return flow.rechecked === undefined
    ? notes
    : [...notes, `asked once more after a change: ${flow.rechecked}`];
}

function notesOnTarget(flow: FlowReport, target: TargetReport): readonly string[] {
  const { verdict, predicted, reason, advice } = target;
  const change = changeOf(target);
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

interface EnforcementText {
  readonly severity: "error" | "fact";
  readonly text: string;
}

/** What the canary showed, nodes with the same answer on one line; errors are what keeps the run from being green. */
export function enforcementTexts({ enforcement }: RunReport): readonly EnforcementText[] {
  if (enforcement === undefined) return [];
  const { grade, reason, nodes } = enforcement;
  if (grade === "off") return [{ severity: "fact", text: "enforcement not looked at (--canary off)" }];
  if (nodes.length === 0) {
    return [{ severity: "error", text: `enforcement not proven: ${reason ?? "there was no canary"}` }];
  }
  return [...Map.groupBy(nodes, (node) => `${node.grade} ${node.detail}`).values()].flatMap(
    (alike): readonly EnforcementText[] => {
      const [first] = alike;
      if (first === undefined) return [];
      const names = alike.map(({ node }) => node).join(", ");
      switch (first.grade) {
        case "failed":
          return [{ severity: "error", text: `enforcement failed on ${names}: ${first.detail}` }];
        case "not-proven":
          return [{ severity: "error", text: `enforcement not proven on ${names}: ${first.detail}` }];
        case "proven":
          return [{ severity: "fact", text: `enforcement proven on ${names}${freshText(alike)}` }];
        default: {
          const never: never = first.grade;
          throw new Error(`unhandled grade ${String(never)}`);
        }
      }
    },
  );
}

/** `; fresh pods on node1 were open for 1.2 s` */
function freshText(nodes: readonly NodeEnforcement[]): string {
  return nodes
    .flatMap(({ node, fresh, heldAfterMs }) =>
      fresh === undefined || heldAfterMs === undefined
        ? []
        : [`; fresh pods on ${node} were ${fresh} for up to ${seconds(heldAfterMs)}`],
    )
    .join("");
}

/** Where the answers come from: `cluster https://10.0.0.1:6443 (context kind, v1.36.3), run 7f3a2b1, 5 NetworkPolicies`. */
export function originText(report: RunReport): string {
  const { mode, cluster, manifests, runId, policies, settings } = report;
  const about = [cluster?.context && `context ${cluster.context}`, cluster?.version]
    .filter(Boolean)
    .join(", ");
  const parts = [
    ...(cluster === undefined ? [] : [`cluster ${cluster.server}${about === "" ? "" : ` (${about})`}`]),
    ...(manifests === undefined ? [] : [`manifests ${manifests.join(" ")}`]),
    ...(runId === undefined ? [] : [`run ${runId}`]),
    ...shardText(report),
    counted(policies.networkPolicies, "NetworkPolicy", "NetworkPolicies"),
    ...(policies.adminPolicies === undefined
      ? []
      : [`${counted(policies.adminPolicies, "policy", "policies")} of the admin tiers`]),
    ...profileText(settings),
    ...(mode === "predict" ? ["no packets"] : []),
  ];
  return parts.join(", ");
}

/** `shard 2 of 4`; merged: `4 shards (runs 7f3a2b1 0c1d2e3 …)`, `3 of 4 shards (…)` */
function shardText({ shard, shards }: RunReport): readonly string[] {
  if (shard !== undefined) return [`shard ${shard.index} of ${shard.count}`];
  if (shards === undefined) return [];
  const { count, merged } = shards;
  const there = new Set(merged.map(({ index }) => index)).size;
  const runs = merged.flatMap(({ runId }) => runId ?? []).join(" ");
  return [`${there === count ? count : `${there} of ${count}`} shards (runs ${runs})`];
}

/** How open points were decided: `profile cilium (DaemonSet kube-system/cilium)`. */
function profileText({ profile, plugin }: RunReport["settings"]): readonly string[] {
  if (profile === undefined) return [];
  return [`profile ${profile}${plugin === undefined ? "" : ` (${plugin})`}`];
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
  const { enforcement } = report;
  if (report.exitCode === 1 && report.summary.failed === 0) {
    return "not green (exit code 1): the network does not enforce policies everywhere, so no answer can be relied on";
  }
  if (report.exitCode !== 2) return undefined;
  const { flows, inconclusive, passed, skipped } = report.summary;
  const errors = countErrors(report);
  const reasons = [
    ...(flows === 0 ? ["there is no flow at all"] : []),
    ...(inconclusive === 0 ? [] : [`${counted(inconclusive, "flow is", "flows are")} inconclusive`]),
    ...(flows > 0 && passed === 0 && skipped === flows
      ? ["every flow was skipped, so nothing was decided"]
      : []),
    ...(enforcement?.grade === "not-proven" ? ["enforcement is not proven (--canary)"] : []),
    ...(errors === 0 ? [] : [`${counted(errors, "error")} of the run`]),
  ];
  return `not green (exit code 2): ${reasons.length === 0 ? "the run could not decide" : reasons.join("; ")}`;
}
