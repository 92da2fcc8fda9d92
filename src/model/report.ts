import type { SourcePosition } from "../source/position.ts";
import type { CanaryMode } from "./canary.ts";
import type { Labels, Protocol } from "./kubernetes.ts";
import type { Attempt, ObservationKind } from "./observation.ts";
import type { StandInRole } from "./plan.ts";
import type { Prediction, PredictionValue } from "./prediction.ts";
import type { Expectation } from "./scenario.ts";
import type { ForeignPolicies, Unread } from "./snapshot.ts";

export const REPORT_API_VERSION = "netverdict.dev/v1alpha1";

export type Verdict = "pass" | "fail" | "inconclusive" | "skipped";

/** Who is wrong, where somebody is. */
export type Cause =
  | "policy" // the policies say so
  | "enforcement" // the network does other than the policies say
  | "application" // nothing listens, or it breaks off
  | "dns" // the name did not resolve
  | "open-point" // the API leaves it open; a knob decides
  | "evidence" // a proof is missing
  | "flapping" // the answer never held still
  | "tool" // the probe could not be run or read
  | "scenario"; // what was asked for cannot be probed

/** How sure it is that something listens at the target, best first. */
export const LISTENER_PROOFS = ["peer", "kubelet", "self", "ready", "running", "none"] as const;
export type ListenerProofGrade = (typeof LISTENER_PROOFS)[number];

/** How sure it is that the source's own network works, best first. */
export const SOURCE_PROOFS = ["connected", "packet-back", "node", "none"] as const;
export type SourceProofGrade = (typeof SOURCE_PROOFS)[number];

export interface Proof<Grade> {
  readonly grade: Grade;
  /** One line: which pod connected to what, or which proof is missing. */
  readonly detail: string;
}

export interface Evidence {
  readonly listener: Proof<ListenerProofGrade>;
  readonly source: Proof<SourceProofGrade>;
}

export interface PodReport {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly ip?: string;
}

/** One endpoint that a flow was tried against. */
export interface TargetReport {
  readonly target: string;
  readonly address?: string;
  readonly port: number;
  readonly source?: PodReport;
  /** The pod at the other end, where there is one. */
  readonly pod?: PodReport;
  readonly predicted: PredictionValue;
  readonly prediction: Prediction;
  /** Undefined: not probed (predict, skipped). */
  readonly observed?: ObservationKind;
  /** One line of the final observation. */
  readonly observation?: string;
  readonly durationMs?: number;
  /** The tool's raw output at the last try, control characters replaced. */
  readonly output?: string;
  readonly attempts: readonly Attempt[];
  readonly evidence?: Evidence;
  readonly verdict: Verdict;
  readonly cause?: Cause;
  readonly reason: string;
  readonly advice?: string;
  /** The command that repeats the probe by hand. */
  readonly command?: string;
}

export interface FlowReport {
  readonly id: string;
  readonly scenario: string;
  readonly name?: string;
  readonly position: SourcePosition;
  readonly from: string;
  readonly to: string;
  readonly port: number | string | null;
  readonly protocol: Protocol;
  readonly application: "connect" | "http" | "dns";
  readonly expected: Expectation;
  readonly predicted: PredictionValue;
  /** The observation of the deciding target; null: not probed. */
  readonly observed: ObservationKind | null;
  readonly prediction: "agrees" | "disagrees" | "undetermined";
  readonly verdict: Verdict;
  readonly cause?: Cause;
  readonly reason: string;
  readonly advice?: string;
  /** Of a run in shards: the one that the flow is tried in, from 1. */
  readonly shard?: number;
  /** What changed in the cluster during the run, so that the flow was asked once more; this is the later answer. */
  readonly rechecked?: string;
  /** The index into `targets` that decided the verdict; absent where there is no target. */
  readonly decidedBy?: number;
  readonly targets: readonly TargetReport[];
}

/** Whether a node was seen to enforce policies, by a policy of our own between two pods of our own. */
export interface NodeEnforcement {
  readonly node: string;
  readonly grade: "proven" | "failed" | "not-proven";
  /** One line: what was seen, or why nothing was. */
  readonly detail: string;
  /** From when its pods ran until the policy held; 0: at the first try. */
  readonly heldAfterMs?: number;
  /**
   * What fresh pods were until then, where that was seen: open to what is denied, or closed to what is allowed. Of a node
   * that is not proven: what they were to the end.
   */
  readonly fresh?: "open" | "closed";
}

/** The enforcement canary of a run. */
export interface Enforcement {
  readonly canary: CanaryMode;
  /** The namespace that it was in. */
  readonly namespace?: string;
  /** The worst of the nodes; `not-proven` where there was none, `off` where it was not wanted. */
  readonly grade: NodeEnforcement["grade"] | "off";
  /** Why there was no canary. */
  readonly reason?: string;
  readonly nodes: readonly NodeEnforcement[];
}

export interface StandInReport extends PodReport {
  readonly display: string;
  readonly role: StandInRole;
  readonly labels: Labels;
  /** Why it could not be used. */
  readonly problem?: string;
}

/** Something about the run as a whole; an error makes the run undecided (exit code 2) at best. */
export interface RunProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
  readonly position?: SourcePosition;
}

export interface Summary {
  readonly flows: number;
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly skipped: number;
}

/** Which part of a run this is: the flows of this shard were tried, all others are skipped. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
  /** What the user named the run that the shards are parts of. */
  readonly group?: string;
  /** The same for all shards of a run and for no others: cluster, scenarios, flows and what decides verdicts. */
  readonly fingerprint: string;
}

/** A shard whose report is part of a merged one. */
export interface MergedShard {
  readonly index: number;
  readonly runId?: string;
  readonly startedAt: string;
  readonly durationMs: number;
}

export interface RunReport {
  readonly apiVersion: typeof REPORT_API_VERSION;
  readonly kind: "RunReport";
  /** `predict` reports carry no observations; their verdicts compare expected with predicted. */
  readonly mode: "run" | "predict";
  readonly version: string;
  /** Absent in a merged report: each shard has its own. */
  readonly runId?: string;
  /** Of a merged report: of the shard that began first. */
  readonly startedAt: string;
  /** Of a merged report: until the last shard ended. */
  readonly durationMs: number;
  /** Absent where the run was not split. */
  readonly shard?: Shard;
  /** What a merged report was made of; those that are missing are missing here. */
  readonly shards?: { readonly count: number; readonly merged: readonly MergedShard[] };
  readonly cluster?: { readonly server: string; readonly context?: string; readonly version?: string };
  readonly manifests?: readonly string[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly scenarios: readonly {
    readonly name: string;
    readonly file: string;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
  readonly policies: {
    readonly networkPolicies: number;
    /** Of the Admin and Baseline tiers; absent: none. */
    readonly adminPolicies?: number;
    readonly foreign: readonly ForeignPolicies[];
    readonly unread: readonly Unread[];
  };
  readonly standIns: readonly StandInReport[];
  /** Absent where nothing was observed. */
  readonly enforcement?: Enforcement;
  /** Milliseconds per phase, in order; of a merged report: of the shard that took longest. */
  readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
  readonly requests?: {
    readonly api: number;
    readonly exec: number;
    /** By verb and resource, such as `list pods`. */
    readonly byKind: Readonly<Record<string, number>>;
  };
  readonly problems: readonly RunProblem[];
  readonly flows: readonly FlowReport[];
  readonly summary: Summary;
  readonly exitCode: 0 | 1 | 2;
}
