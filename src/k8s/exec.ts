import { WebSocket } from "ws";
import type { ExecFailureReason, ExecOptions } from "../model/exec.ts";
import type { PodName } from "../model/observation.ts";
import {
  abortMessage,
  completed,
  type ExecTry,
  failed,
  handshakeFault,
  readRefusal,
  refused,
  type Tried,
} from "./exec-outcome.ts";
import { DEFAULT_MAX_OUTPUT_BYTES, ExecOutput } from "./exec-output.ts";
import { readStatusFrame } from "./exec-status.ts";
import { redact } from "./redact.ts";
import type { RequestCounter } from "./request-counter.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** v5 since Kubernetes 1.29, v4 everywhere; older ones have no exit status as JSON. */
const SUBPROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

/** The upgrade passes the API server and the kubelet; a slow node needs seconds, not more. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Proxies cut connections that are idle; the shortest common limit is 30 s. */
const PING_INTERVAL_MS = 10_000;

const CLOSE_TIMEOUT_MS = 1_000;

/** Kubelets send at most 32 KiB a frame. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
const STDIN_FRAME_BYTES = 32 * 1024;

export interface ExecDependencies {
  readonly transport: Transport;
  readonly counter: RequestCounter;
  readonly userAgent: string;
}

export interface ExecTryOptions extends ExecOptions {
  /** Called at most once, when the upgrade has been answered, or never will be: whether it was accepted. */
  readonly onAnswered?: (accepted: boolean) => void;
}

/**
 * Runs a command once, over a WebSocket of our own. Settles exactly once, on the first of: status frame, close,
 * error, deadline, abort. Never rejects.
 */
export async function execOnce(
  pod: PodName,
  command: readonly string[],
  options: ExecTryOptions,
  dependencies: ExecDependencies,
): Promise<ExecTry> {
  const endsAt = performance.now() + options.deadlineMs;
  const { transport } = dependencies;
  for (let renewed = false; ; renewed = true) {
    const left = { ...options, deadlineMs: Math.max(endsAt - performance.now(), 1) };
    const prepared = await prepare(transport, left);
    if ("result" in prepared) return prepared;
    const tried = await upgradeAndRun(pod, command, {
      options: left,
      prepared,
      dependencies,
      asked: options,
    });
    if (tried.unauthorized !== true || renewed) return tried;
    transport.renew(prepared.generation);
  }
}

/** Credentials, which a plugin may have to be asked for; under the deadline and the signal like all the rest. */
async function prepare(transport: Transport, options: ExecTryOptions): Promise<TransportOptions | ExecTry> {
  const { signal } = options;
  if (signal?.aborted) return failed("aborted", abortMessage(signal), false);
  const gaveUp = Promise.withResolvers<ExecTry>();
  const abort = () => gaveUp.resolve(failed("aborted", abortMessage(signal), false));
  const timer = setTimeout(
    () => gaveUp.resolve(failed("timeout", "no credentials within the deadline", true)),
    options.deadlineMs,
  );
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([transport.options(), gaveUp.promise]);
  } catch (error) {
    return failed("forbidden", error instanceof Error ? redact(error.message) : "no credentials", false);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

interface UpgradeContext {
  readonly options: ExecTryOptions;
  /** As the caller gave them: its deadline is what messages name. */
  readonly asked: ExecTryOptions;
  readonly prepared: TransportOptions;
  readonly dependencies: ExecDependencies;
}

function upgradeAndRun(pod: PodName, command: readonly string[], context: UpgradeContext): Promise<Tried> {
  const { options, asked, prepared, dependencies } = context;
  const { transport, counter, userAgent } = dependencies;
  const { signal } = options;
  counter.count("exec pods", "exec");
  return new Promise((resolve) => {
    const output = new ExecOutput(options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES);
    let settled = false;
    let answered = false;
    const timers: NodeJS.Timeout[] = [];
    const socket = new WebSocket(execUrl(transport, pod, command, options.container), SUBPROTOCOLS, {
      ...prepared.tls,
      agent: prepared.agent,
      headers: { ...(prepared.headers as Record<string, string>), "user-agent": userAgent },
      // Compression would cost the API server more than it saves on lines of text.
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });

    const settle = (tried: Tried) => {
      if (settled) return;
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      noteAnswer(false);
      if (tried.result.kind === "completed") closeGently(socket);
      else socket.terminate();
      resolve(tried);
    };
    const fail = (reason: ExecFailureReason, message: string, retryable: boolean) =>
      settle(failed(reason, message, retryable, output));
    const noteAnswer = (accepted: boolean) => {
      if (answered) return;
      answered = true;
      options.onAnswered?.(accepted);
    };
    const abort = () => fail("aborted", abortMessage(signal), false);

    signal?.addEventListener("abort", abort, { once: true });
    timers.push(
      setTimeout(() => {
        const seconds = asked.deadlineMs / 1000;
        const opened = socket.readyState !== WebSocket.CONNECTING;
        // Once the upgrade is through the command may be running still: it must not be started a second time.
        fail(
          "timeout",
          `no ${opened ? "exit status" : "answer to the upgrade"} within ${seconds} s`,
          !opened,
        );
      }, options.deadlineMs),
    );
    if (HANDSHAKE_TIMEOUT_MS < options.deadlineMs) {
      timers.push(
        setTimeout(() => {
          if (socket.readyState === WebSocket.CONNECTING) {
            fail("timeout", `no answer to the upgrade within ${HANDSHAKE_TIMEOUT_MS / 1000} s`, true);
          }
        }, HANDSHAKE_TIMEOUT_MS),
      );
    }

    socket.on("open", () => {
      noteAnswer(true);
      const ping = setInterval(() => socket.ping(), PING_INTERVAL_MS);
      timers.push(ping);
      sendStdin(socket, options.stdin);
    });
    socket.on("message", (data) => {
      if (settled || !Buffer.isBuffer(data)) return;
      const payload = data.subarray(1);
      switch (data[0]) {
        case CHANNEL.stdout:
          output.add("stdout", payload);
          break;
        case CHANNEL.stderr:
          output.add("stderr", payload);
          break;
        case CHANNEL.status: {
          const end = readStatusFrame(payload.toString("utf8"));
          if (end.kind === "failed") fail(end.reason, end.message, end.retryable);
          else settle({ result: completed(end.exitCode, output) });
          return;
        }
        default: // 255 is v5's "channel closed"; others are for the future.
          return;
      }
      if (output.runaway) fail("connection-lost", "the command prints without end: given up", false);
    });
    socket.on("unexpected-response", (request, response) => {
      noteAnswer(false);
      const timer = readRefusal(response, (body) => {
        settle(refused(response, body, output));
        request.destroy();
      });
      timers.push(timer);
    });
    socket.on("error", (error) => {
      if (socket.readyState === WebSocket.CONNECTING || !answered)
        fail(...handshakeFault(error, transport.server));
      else fail("connection-lost", `the connection broke: ${redact(error.message)}`, true);
    });
    socket.on("close", (code, reason) => {
      const why = reason.length === 0 ? "" : `: ${redact(reason.toString("utf8"))}`;
      fail("connection-lost", `the connection was closed (${code}) without an exit status${why}`, true);
    });
  });
}

/** A server that does not answer the closing handshake must not hold the process for the 30 s of ws. */
function closeGently(socket: WebSocket): void {
  socket.close(1000);
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
}

/** Standard input is asked for even when there is none: on Kata an exec without it ends at the first output. */
function execUrl(
  transport: Transport,
  pod: PodName,
  command: readonly string[],
  container: string | undefined,
): URL {
  const query = new URLSearchParams();
  if (container !== undefined) query.set("container", container);
  for (const stream of ["stdin", "stdout", "stderr"]) query.set(stream, "true");
  for (const part of command) query.append("command", part);
  return transport.url(`/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/exec`, query);
}

function sendStdin(socket: WebSocket, text: string | undefined): void {
  const bytes = Buffer.from(text ?? "", "utf8");
  for (let start = 0; start < bytes.length; start += STDIN_FRAME_BYTES) {
    socket.send(Buffer.concat([Buffer.of(CHANNEL.stdin), bytes.subarray(start, start + STDIN_FRAME_BYTES)]));
  }
}
