import type { Direction, PolicyRef, PredictionValue } from "../model/prediction.ts";
import type { ProfileName } from "../model/profile.ts";
import type { AddressRange } from "./address-set.ts";
import type { PortSet } from "./port-set.ts";
import type { WorkloadName } from "./workload-of.ts";

/** Where a connection that changes begins or ends. */
export type DiffEnd =
  | (WorkloadName & { readonly type: "workload" })
  /** No pod, no node. */
  | { readonly type: "outside"; readonly addresses: readonly AddressRange[] }
  /** Any pod without labels in a namespace that does not exist yet. */
  | { readonly type: "new-namespace" };

export type PolicyStatus = "added" | "removed" | "changed" | "same";

/** Why a connection changes, at one of its ends. */
export interface DiffCause {
  readonly direction: Direction;
  /** Absent: no policy of this end changed, but labels or addresses did. */
  readonly policy?: PolicyRef;
  readonly status?: PolicyStatus;
  /** One line for people. */
  readonly text: string;
}

/** Connections from each of `from` to each of `to` that change alike, for the same causes. */
export interface DiffChange {
  readonly kind: "opened" | "closed";
  readonly before: PredictionValue;
  readonly after: PredictionValue;
  readonly ports: PortSet;
  readonly from: readonly DiffEnd[];
  readonly to: readonly DiffEnd[];
  readonly causes: readonly DiffCause[];
}

/** What workloads reach and are reached by that are there on one side only. */
export interface OneSidedReach {
  readonly ports: PortSet;
  readonly value: "allow" | "undetermined";
  readonly from: readonly DiffEnd[];
  readonly to: readonly DiffEnd[];
}

export interface OneSided {
  readonly workloads: readonly WorkloadName[];
  /** Namespaces whose workloads are all of this side only. */
  readonly namespaces: readonly string[];
  readonly reach: readonly OneSidedReach[];
}

export interface ChangedPolicy {
  readonly policy: PolicyRef;
  readonly status: Exclude<PolicyStatus, "same">;
}

/** What a change of policies or workloads does to connections. */
export interface Diff {
  readonly profile: ProfileName;
  /** By what they do: policies that are there on both sides and differ, or on one side only. */
  readonly policies: readonly ChangedPolicy[];
  /** Workloads that are there on both sides. */
  readonly workloads: readonly WorkloadName[];
  /** Between what is there on both sides. */
  readonly changes: readonly DiffChange[];
  readonly appeared: OneSided;
  readonly vanished: OneSided;
  readonly notes: readonly string[];
}
