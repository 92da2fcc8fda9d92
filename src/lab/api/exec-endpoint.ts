import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { ExecFault, LabProcess, LabStore } from "../model.ts";
import { authorize } from "./authorization.ts";
import { parseUrl, statusOf } from "./exchange.ts";
import { type ExecRequest, parseExec } from "./exec-request.ts";
import { EXEC_PROTOCOLS, keepSilent, runExecSession } from "./exec-session.ts";
import type { FaultCounter } from "./request-faults.ts";
import { parseResourcePath } from "./resource-path.ts";
import type { DeniedRight } from "./reviews.ts";
import { badRequest, noSuchPath, type Status, StatusError, unauthorized } from "./status-error.ts";

/** Probes send a line for each target. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

export interface ExecEndpointOptions {
  readonly store: LabStore;
  readonly counter: FaultCounter;
  readonly denied: readonly DeniedRight[];
  readonly start: (request: ExecRequest) => LabProcess;
}

/** Answers upgrades: the only thing that the API upgrades for is `pods/exec`. */
export class ExecEndpoint {
  readonly #options: ExecEndpointOptions;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => EXEC_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });

  constructor(options: ExecEndpointOptions) {
    this.#options = options;
  }

  answer(request: IncomingMessage, socket: Duplex, head: Buffer, authenticated: boolean): void {
    let accepted: { readonly exec: ExecRequest; readonly fault: ExecFault | undefined };
    let process: LabProcess | undefined;
    try {
      accepted = this.#check(request, authenticated);
      const silent = accepted.fault?.kind === "silent";
      process = silent ? undefined : this.#options.start(accepted.exec);
    } catch (error) {
      refuse(socket, statusOf(error));
      return;
    }
    // WebSocket is defined for GET alone; the API server takes POST as well.
    request.method = "GET";
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      if (process === undefined) keepSilent(webSocket);
      else runExecSession(webSocket, process, accepted.exec, accepted.fault);
    });
  }

  #check(
    request: IncomingMessage,
    authenticated: boolean,
  ): { readonly exec: ExecRequest; readonly fault: ExecFault | undefined } {
    if (!authenticated) throw unauthorized();
    const url = parseUrl(request);
    const path = parseResourcePath(url.pathname);
    if (path === undefined) throw noSuchPath();
    authorize(path, request.method === "POST" ? "create" : "get", this.#options.denied);
    const fault = this.#options.counter.exec(`${path.namespace ?? ""}/${path.name ?? ""}`);
    if (fault?.kind === "refuse") throw refusal(fault.status ?? 403, path.name ?? "");
    const exec = parseExec(this.#options.store, path, url.searchParams);
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      throw badRequest("the lab speaks WebSocket for exec, not SPDY: use kubectl 1.31 or newer");
    }
    if (!EXEC_PROTOCOLS.some((protocol) => offered.includes(protocol))) {
      throw badRequest(`unable to upgrade: the subprotocols are ${EXEC_PROTOCOLS.join(", ")}`);
    }
    return { exec, fault };
  }
}

const REFUSALS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  403: [
    "Forbidden",
    'is forbidden: User "netverdict-lab" cannot create resource "pods/exec" in API group ""',
  ],
  404: ["NotFound", "not found"],
  429: ["TooManyRequests", "has too many requests: please try again later"],
  500: ["InternalError", "Internal error occurred: a fault of the lab"],
  502: ["InternalError", "error dialing backend: a fault of the lab"],
};

function refusal(code: number, pod: string): StatusError {
  const [reason, text] = REFUSALS[code] ?? ["InternalError", "a fault of the lab"];
  const details = { name: pod, kind: "pods", ...(code === 429 ? { retryAfterSeconds: 1 } : {}) };
  return new StatusError(code, reason, `pods "${pod}" ${text}`, details);
}

/** Before the upgrade the answer is plain HTTP. */
function refuse(socket: Duplex, status: Status): void {
  const body = Buffer.from(JSON.stringify(status), "utf8");
  const seconds = status.details?.retryAfterSeconds;
  const headers = [
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? "Error"}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
    ...(seconds === undefined ? [] : [`retry-after: ${seconds}`]),
  ];
  socket.write(`${headers.join("\r\n")}\r\n\r\n`);
  socket.end(body);
}
