/** What went wrong between us and the cluster. */
export type ClusterErrorKind =
  | "configuration" // no usable kubeconfig, no such context, credential plugin failed
  | "unreachable" // no connection, TLS failure, proxy failure
  | "unauthorized" // 401
  | "forbidden" // 403: RBAC, admission
  | "not-found" // 404
  | "conflict" // 409
  | "invalid" // 400, 422: the API server refused the object
  | "throttled" // 429 and 503 until the retries were used up
  | "timeout" // our deadline on a request
  | "server"; // any other answer

/** A fault of the cluster or of the way to it: what happened, why, and what to do next. Exit code 2. */
export class ClusterError extends Error {
  readonly kind: ClusterErrorKind;
  readonly hint: string | undefined;
  /** HTTP status of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(
    kind: ClusterErrorKind,
    message: string,
    options: { hint?: string; status?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClusterError";
    this.kind = kind;
    this.hint = options.hint;
    this.status = options.status;
  }
}
