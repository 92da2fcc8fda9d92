import type { IncomingMessage } from "node:http";
import { ClusterError } from "../model/errors.ts";
import type { ExecFailureReason, ExecResult } from "../model/exec.ts";
import { answerMessage, describeNetworkFault, parseStatus } from "./api-faults.ts";
import { retryAfterMs } from "./backoff.ts";
import type { ExecOutput } from "./exec-output.ts";
import { oneLine } from "./redact.ts";

/** Of the body of an answer that is no upgrade. */
const MAX_REFUSAL_BYTES = 64 * 1024;
const REFUSAL_TIMEOUT_MS = 500;

export interface ExecTry {
  readonly result: ExecResult;
  /** When the API server, throttling, said to come back. */
  readonly retryAfterMs?: number;
  /** Refused by 429 or 503: too much is asked for now, and nothing was started. */
  readonly throttled?: boolean;
}

/** An `ExecTry` whose credentials were refused. */
export interface Tried extends ExecTry {
  readonly unauthorized?: boolean;
}

/** The body of an answer that is no upgrade, or as much of it as came; a broken one must not hide the status. */
export function readRefusal(response: IncomingMessage, done: (body: string) => void): NodeJS.Timeout {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = () => done(Buffer.concat(chunks).toString("utf8"));
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_REFUSAL_BYTES) finish();
  });
  response.on("end", finish);
  response.on("error", finish);
  return setTimeout(finish, REFUSAL_TIMEOUT_MS);
}

export function refused(response: IncomingMessage, body: string, output: ExecOutput): Tried {
  const status = response.statusCode ?? 0;
  const message = answerMessage("exec", status, body);
  switch (status) {
    case 401:
      return { ...failed("forbidden", message, false, output), unauthorized: true };
    case 403:
      // The upgrade is a GET, and since Kubernetes 1.35 `create` is asked for as well; where only that is missing the
      // API server's message ends after the colon.
      return failed(
        "forbidden",
        `${message.replace(/:$/, "")} (exec needs both get and create on pods/exec)`,
        false,
        output,
      );
    case 404:
      // A kubelet that has just started knows no pods yet and says so in plain text; the API server sends a Status.
      return parseStatus(body) === undefined
        ? failed("upgrade-refused", message, true, output)
        : failed("not-found", message, false, output);
    default: {
      const tried = {
        ...failed("upgrade-refused", message, status === 429 || status >= 500, output),
        ...(status === 429 || status === 503 ? { throttled: true } : {}),
      };
      const wait = retryAfterMs(response.headers["retry-after"], Date.now());
      return wait === undefined ? tried : { ...tried, retryAfterMs: wait };
    }
  }
}

/** A connection that failed before it was an exec. */
export function handshakeFault(error: Error, server: string): [ExecFailureReason, string, boolean] {
  // The texts are those of ws: an answer that claims to be an upgrade and is none of ours.
  if (/^(Invalid|Server sent|Server indicated)/.test(error.message)) {
    return ["upgrade-refused", `not a Kubernetes exec upgrade: ${oneLine(error.message)}`, false];
  }
  const { what, hint } = describeNetworkFault(error);
  return [
    "unreachable",
    `cannot reach the API server at ${server}: ${what}${hint === undefined ? "" : ` (${hint})`}`,
    true,
  ];
}

export function completed(exitCode: number, output: ExecOutput): ExecResult {
  return { kind: "completed", exitCode, ...output.texts(), overflow: output.overflow };
}

export function failed(
  reason: ExecFailureReason,
  message: string,
  retryable: boolean,
  output?: ExecOutput,
): ExecTry {
  return {
    result: {
      kind: "failed",
      reason,
      message,
      retryable,
      ...(output?.texts() ?? { stdout: "", stderr: "" }),
    },
  };
}

export function abortMessage(signal: AbortSignal | undefined): string {
  return signal?.reason instanceof ClusterError ? signal.reason.message : "aborted";
}
