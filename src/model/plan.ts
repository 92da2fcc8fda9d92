import type { Labels } from "./kubernetes.ts";
import type { PodName, Probe, ProbeHistory } from "./observation.ts";
import type { Prediction } from "./prediction.ts";
import type { ListenerProofGrade, Proof } from "./report.ts";
import type { Backend, StandInTemplate } from "./resolved.ts";
import type { EndpointPort, Expectation } from "./scenario.ts";
import type { PodEnd, TrafficEnd } from "./traffic.ts";

export type StandInRole = "source" | "target" | "control" | "canary";

/** A probe pod of ours that is to be created. */
export interface PlannedStandIn {
  /** Unique in the run; part of the pod's name. */
  readonly id: string;
  readonly template: StandInTemplate;
  readonly role: StandInRole;
  /** Ports on which it runs a server. */
  readonly serves: readonly EndpointPort[];
  /** The node that it must run on; absent: the scheduler's choice. */
  readonly node?: string;
  /** Why it must not be created (it would receive production traffic, say). */
  readonly refused?: string;
}

/** A stand-in as it came to be: what admission left and the cluster gave. */
export interface StandIn {
  readonly planned: PlannedStandIn;
  readonly pod: PodName;
  /** With our own label, as read back. */
  readonly labels: Labels;
  readonly node?: string;
  /** When it was first seen running, on the run's own clock; to within a poll. */
  readonly runningAtMs?: number;
  readonly end: PodEnd;
  /** Why it cannot be used; every check from or to it is `not-run` with this reason. */
  readonly problem?: string;
}

/** Where a check connects to. `listener` below recognises the same place from several sources. */
export type CheckTarget =
  | { readonly kind: "stand-in"; readonly standIn: string }
  | { readonly kind: "address"; readonly address: string; readonly end: TrafficEnd }
  | { readonly kind: "host"; readonly host: string; readonly end: TrafficEnd }
  | { readonly kind: "service"; readonly address: string; readonly backends: readonly CheckBackend[] }
  | { readonly kind: "dns"; readonly backends: readonly CheckBackend[] };

/** One place behind a Service; `listener` as in `Check`. */
export interface CheckBackend extends Backend {
  readonly listener: string;
}

/**
 * Why a check is made:
 * - `flow` a flow of the scenario asks it
 * - `self` a stand-in reaches its own listener
 * - `listener` a source for which the policies allow it shows that the target listens
 * - `source` the source of a denied flow shows that its own network works
 * - `node` a pod on the same node shows that the node's network works
 * - `canary` a policy of our own shows that the node enforces
 */
export type CheckPurpose = "flow" | "self" | "listener" | "source" | "node" | "canary";

/** One connection to try from one stand-in. */
export interface Check {
  /** Unique in the run; the probe's id. */
  readonly id: string;
  readonly purpose: CheckPurpose;
  /** For `canary` and its `self` checks: the node that they are about. */
  readonly canaryNode?: string;
  /** For `flow`: indexes into the resolved flows and their targets. */
  readonly flow?: number;
  readonly target?: number;
  readonly expect?: Expectation;
  /** Where a placement was asked for and both ends are pods: which one this is. */
  readonly placement?: "same-node" | "cross-node";
  /** Why it cannot be tried at all. */
  readonly impossible?: string;
  readonly source: string;
  readonly to: CheckTarget;
  readonly port: number;
  readonly kind: Probe["kind"];
  /** Same text = same address, port and protocol. */
  readonly listener: string;
  readonly timeoutMs: number;
  readonly path?: string;
  readonly send?: string;
  readonly answers?: boolean;
  /** What the cluster itself says of the listener, without a packet of ours. */
  readonly readiness: Proof<ListenerProofGrade>;
  /** The nodes of the pods that `readiness` is about: it holds only while these are alive. */
  readonly readinessNodes?: readonly string[];
}

/** A check with all that is known of it after the run. */
export interface CheckResult {
  readonly check: Check;
  /** Over the stand-ins as created. */
  readonly prediction: Prediction;
  /** Absent where it was not tried. */
  readonly history?: ProbeHistory;
  /** Why it was not tried. */
  readonly notRun?: string;
}
