import type { Protocol, WorkloadKind } from "../model/kubernetes.ts";

/** The versions of the format that this program reads, newest first. */
export const API_VERSIONS = ["netverdict.dev/v1alpha1"] as const;
export const SCENARIO_KIND = "Scenario";

export const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

/** Words for workloads, the long one before its short one. */
export const WORKLOAD_WORDS: ReadonlyMap<string, WorkloadKind> = new Map([
  ["deployment", "Deployment"],
  ["deploy", "Deployment"],
  ["statefulset", "StatefulSet"],
  ["sts", "StatefulSet"],
  ["daemonset", "DaemonSet"],
  ["ds", "DaemonSet"],
  ["job", "Job"],
]);
export const POD_WORDS = ["pod", "po"] as const;
export const SERVICE_WORDS = ["service", "svc"] as const;

/** Every KIND that a reference may begin with. */
export const KIND_WORDS: readonly string[] = [...POD_WORDS, ...WORKLOAD_WORDS.keys(), ...SERVICE_WORDS];

/** The name server of the cluster, as a target. */
export const DNS_WORD = "dns";

/** Words that mean something in the one-line form and can't name an endpoint. */
export const RESERVED_WORDS: readonly string[] = [
  DNS_WORD,
  ...KIND_WORDS,
  "should",
  "succeed",
  "fail",
  "http",
  "https",
];

/** What people write instead of the accepted words of an expectation. */
const MEANS_ALLOW = [
  "allow",
  "allowed",
  "succeed",
  "success",
  "pass",
  "open",
  "connect",
  "yes",
  "true",
  "on",
  "work",
];
const MEANS_DENY = [
  "deny",
  "denied",
  "fail",
  "block",
  "blocked",
  "drop",
  "closed",
  "reject",
  "no",
  "false",
  "off",
];

/** The expectation that a word stands for, also where it is not an accepted one. */
export function meaningOf(word: string): "allow" | "deny" | undefined {
  const lower = word.toLowerCase();
  if (MEANS_ALLOW.includes(lower)) return "allow";
  return MEANS_DENY.includes(lower) ? "deny" : undefined;
}

/** `a, b or c`. */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
