import type { PodName } from "./observation.ts";

/** Why a command's result is not known. `retryable`: a fault of the way, so asking again may help. */
export type ExecFailureReason =
  | "forbidden" // 401, 403 on the upgrade
  | "not-found" // 404: the pod or container is gone
  | "upgrade-refused" // any other answer than 101
  | "unreachable" // no connection
  | "timeout" // our deadline
  | "connection-lost" // closed or reset without a status frame
  | "malformed" // a status frame that is no Status
  | "container" // the runtime could not start the command
  | "aborted"; // our own abort signal

export interface ExecCompleted {
  readonly kind: "completed";
  /** 0 for status Success. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Output beyond the limit was dropped. */
  readonly overflow: boolean;
}

export interface ExecFailed {
  readonly kind: "failed";
  readonly reason: ExecFailureReason;
  /** One line: what happened, with the API server's own words where it gave any. */
  readonly message: string;
  readonly retryable: boolean;
  /** What had arrived until then; complete lines of it are still true. */
  readonly stdout: string;
  readonly stderr: string;
}

export type ExecResult = ExecCompleted | ExecFailed;

export interface ExecOptions {
  readonly container?: string;
  /** Written to the command's standard input, which stays open after it. */
  readonly stdin?: string;
  /** Of each try: from when it is its turn to the status frame. Waiting for a turn does not count. */
  readonly deadlineMs: number;
  /** Bytes kept of each stream; what is beyond is counted as overflow. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

/** Runs a command in a pod; settles exactly once and never throws for what a cluster or network can do. */
export interface ExecPort {
  exec(pod: PodName, command: readonly string[], options: ExecOptions): Promise<ExecResult>;
}
