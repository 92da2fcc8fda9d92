import type { ExecFailureReason } from "../model/exec.ts";
import { parseStatus } from "./api-faults.ts";
import { redact } from "./redact.ts";

/** How a command ended, as the last frame of an exec says. */
export type ExecEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | {
      readonly kind: "failed";
      readonly reason: ExecFailureReason;
      readonly message: string;
      readonly retryable: boolean;
    };

/** The API server could not get through to the kubelet: the node's fault or the network's, not the command's. */
const DIAL_FAULT =
  /error dialing backend|connection refused|i\/o timeout|no route to host|TLS handshake|EOF$/i;

/**
 * Reads a status frame (channel 3 since v4.channel.k8s.io): a Status with the exit code, as a string, in a cause
 * `ExitCode` (k8s.io/apimachinery remotecommand, NonZeroExitCodeReason).
 */
export function readStatusFrame(text: string): ExecEnd {
  const status = parseStatus(text);
  if (status === undefined) {
    return malformed(`the status frame is no Status: ${redact(text, 120)}`);
  }
  if (status.status === "Success") return { kind: "exited", exitCode: 0 };
  const message = redact(status.message ?? status.reason ?? "the command failed without a message");
  if (status.reason === "NonZeroExitCode") {
    const causes = Array.isArray(status.details?.causes) ? status.details.causes : [];
    const code = causes.find((cause) => cause.reason === "ExitCode")?.message;
    return code !== undefined && /^-?\d+$/.test(code)
      ? { kind: "exited", exitCode: Number(code) }
      : malformed(`the status frame has no exit code: ${message}`);
  }
  return DIAL_FAULT.test(message)
    ? { kind: "failed", reason: "unreachable", message, retryable: true }
    : { kind: "failed", reason: "container", message, retryable: false };
}

/** The command may have run: it is not tried again. */
function malformed(message: string): ExecEnd {
  return { kind: "failed", reason: "malformed", message, retryable: false };
}
