import { counted } from "../counted.ts";
import type { Diff, DiffCause, DiffChange, OneSided } from "../diff.ts";
import { EndNames } from "../end-names.ts";
import { portsText } from "../port-set.ts";
import { workloadText } from "../workload-of.ts";

/** One change, in words. */
export interface ChangeWords {
  readonly kind: DiffChange["kind"];
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  /** `deny -> allow` */
  readonly values: string;
  readonly causes: readonly string[];
}

export function changeWords(diff: Diff, all: EndNames): readonly ChangeWords[] {
  return diff.changes.map(({ kind, from, to, ports, before, after, causes }) => ({
    kind,
    from: all.nameOf(from),
    to: all.nameOf(to),
    ports: portsText(ports),
    values: `${before} -> ${after}`,
    causes: causes.map(causeText),
  }));
}

/** Names in view of all workloads of both sides. */
export function namesIn({ workloads, appeared, vanished }: Diff): EndNames {
  return new EndNames([...workloads, ...appeared.workloads, ...vanished.workloads]);
}

function causeText({ direction, policy, text }: DiffCause): string {
  const place = policy?.position === undefined ? "" : ` (${policy.position.file}:${policy.position.line})`;
  return `${direction}: ${text}${place}`;
}

/** `2 policies changed, 1 added, 1 removed; 12 workloads on both sides` */
export function headText({ policies, workloads, profile }: Diff): string {
  const count = (status: string): number => policies.filter((policy) => policy.status === status).length;
  const parts = (["changed", "added", "removed"] as const).map((status) => `${count(status)} ${status}`);
  return `policies: ${parts.join(", ")}; ${counted(workloads.length, "workload")} on both sides; profile ${profile}`;
}

export function summaryText({ changes }: Diff): string {
  if (changes.length === 0) return "nothing opens and nothing closes between what is there on both sides";
  const count = (kind: DiffChange["kind"]): number => changes.filter((change) => change.kind === kind).length;
  return `opened: ${counted(count("opened"), "kind of connection", "kinds of connections")}; closed: ${count("closed")}`;
}

/** What workloads of one side have to do with others, in words; none: they reach nothing and nothing reaches them. */
export function oneSidedWords(
  { reach }: OneSided,
  names: EndNames,
): readonly { readonly from: string; readonly to: string; readonly ports: string }[] {
  return reach.map(({ from, to, ports, value }) => ({
    from: names.nameOf(from),
    to: names.nameOf(to),
    ports: value === "allow" ? portsText(ports) : `undetermined: ${portsText(ports)}`,
  }));
}

const SHOWN_WORKLOADS = 8;

export function workloadsText({ workloads, namespaces }: OneSided): string {
  const names = workloads.filter(({ namespace }) => !namespaces.includes(namespace)).map(workloadText);
  const all = [...namespaces.map((name) => `namespace ${name}`), ...names];
  return all.length <= SHOWN_WORKLOADS
    ? all.join(", ")
    : `${all.slice(0, SHOWN_WORKLOADS).join(", ")} and ${all.length - SHOWN_WORKLOADS} more`;
}
