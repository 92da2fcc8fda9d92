import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import type { ExecFault, LabProcess } from "../model.ts";
import type { ExecRequest } from "./exec-request.ts";

/** Subprotocols, the best first. The fifth can close a single channel: the end of standard input. */
export const EXEC_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** More than this in flight and the process has to wait. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** For the closing handshake of a client that no longer listens. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Joins a process and a WebSocket until one of them ends, or plays the fault that is to strike. */
export function runExecSession(
  socket: WebSocket,
  process: LabProcess,
  { streams }: Pick<ExecRequest, "streams">,
  fault: ExecFault | undefined,
): void {
  const output = new Output(socket, fault);
  readStdin(socket, process, streams.stdin);
  const ends = [
    output.forward(process.stdout, streams.stdout ? CHANNEL.stdout : undefined),
    output.forward(process.stderr, streams.stderr ? CHANNEL.stderr : undefined),
  ];
  Promise.all([process.exit, ...ends]).then(([code]) => output.finish(code));
  // What runs goes on without its client, as in a real cluster; what it writes is read and dropped.
  socket.on("close", () => process.stdin.end());
}

/** Accepts the upgrade and says nothing, for ever. */
export function keepSilent(socket: WebSocket): void {
  socket.on("error", () => socket.terminate());
}

function readStdin(socket: WebSocket, process: LabProcess, wanted: boolean): void {
  process.stdin.on("error", () => undefined); // a command that does not read it, or has ended
  if (!wanted) process.stdin.end();
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    if (!Buffer.isBuffer(data) || !wanted) return;
    const payload = data.subarray(1);
    if (data[0] === CHANNEL.stdin && payload.length > 0 && !process.stdin.writableEnded) {
      process.stdin.write(payload);
    } else if (data[0] === CHANNEL.close && payload[0] === CHANNEL.stdin) process.stdin.end();
  });
}

class Output {
  readonly #socket: WebSocket;
  readonly #fault: ExecFault | undefined;
  /** Bytes of both streams that may still go out. */
  #left: number;

  constructor(socket: WebSocket, fault: ExecFault | undefined) {
    this.#socket = socket;
    this.#fault = fault;
    const strikes = fault?.kind === "cut" || fault?.kind === "truncated";
    this.#left = strikes ? (fault.afterBytes ?? 0) : Number.POSITIVE_INFINITY;
    if (fault?.kind === "cut" && this.#left === 0) socket.terminate();
  }

  /** Resolves at the stream's end. */
  async forward(stream: Readable, channel: number | undefined): Promise<void> {
    try {
      for await (const chunk of stream) {
        if (channel !== undefined) await this.#send(channel, chunk as Buffer);
      }
    } catch {
      // The process was torn down with its pod: how it ended is told by its exit.
    }
  }

  async #send(channel: number, chunk: Buffer): Promise<void> {
    const through = chunk.subarray(0, this.#left);
    this.#left -= through.length;
    const sent = through.length > 0 ? this.#frame(channel, through) : undefined;
    if (this.#fault?.kind === "cut" && this.#left === 0) this.#socket.terminate();
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) await sent;
  }

  /** Resolves when the frame is on its way, or will never be. */
  #frame(channel: number, payload: Buffer): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.send(Buffer.concat([Buffer.of(channel), payload]), () => resolve());
    });
  }

  finish(exitCode: number): void {
    const kind = this.#fault?.kind;
    if (kind === "cut") {
      this.#socket.terminate();
      return;
    }
    if (kind !== "lost-status")
      this.#frame(CHANNEL.status, Buffer.from(JSON.stringify(exitStatus(exitCode))));
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }
}

/** As the kubelet tells it: a Status, the code as text in a cause. */
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
