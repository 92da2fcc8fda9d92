import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { LabFaults, LabProcess, LabStore } from "../model.ts";
import { authorize, verbOf } from "./authorization.ts";
import { readObjectBody } from "./body.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { discovery } from "./discovery.ts";
import { type Exchange, exchange, sendJson, sendStatus, statusOf } from "./exchange.ts";
import { ExecEndpoint } from "./exec-endpoint.ts";
import type { ExecRequest } from "./exec-request.ts";
import { type KubeconfigParts, kubeconfigText } from "./kubeconfig.ts";
import { ListPages } from "./list-pages.ts";
import { openApi } from "./openapi.ts";
import type { FindLog } from "./pod-log.ts";
import { FaultCounter } from "./request-faults.ts";
import type { ResourceContext } from "./resource-exchange.ts";
import { parseResourcePath } from "./resource-path.ts";
import { answerResource } from "./resource-requests.ts";
import { type DeniedRight, review } from "./reviews.ts";
import { methodNotAllowed, noSuchPath, StatusError, unauthorized } from "./status-error.ts";
import { parseFaults } from "./switches.ts";
import { WatchHub } from "./watch-hub.ts";

/** What kubectl and readers take for the version of a cluster. */
export const GIT_VERSION = "v1.36.3-netverdict-lab";

export interface ApiServerOptions {
  readonly store: LabStore;
  /** Starts a command in a container that runs. What it throws is answered as a Status, before the upgrade. */
  readonly exec: (request: ExecRequest) => LabProcess;
  readonly findLog: FindLog;
  /** Read at each request, and changed by `PUT /lab/faults`. */
  readonly faults: LabFaults;
  /** After a change of the faults; the request is answered when it has settled. */
  readonly onFaults?: (faults: LabFaults) => void | Promise<void>;
  /** What `GET /lab/status` says. */
  readonly status?: () => object;
  /** Rights that the lab's user lacks: refused with 403, and denied by the reviews. */
  readonly denied?: readonly DeniedRight[];
  /** Default: a random one. */
  readonly token?: string;
  /** Default: made now. */
  readonly certificate?: Certificate | Promise<Certificate>;
  /** Default: one that is free. */
  readonly port?: number;
}

export interface ApiServer extends KubeconfigParts {
  /** The text of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Serves the API on 127.0.0.1, over TLS and only with the token. Rejects where the port is taken. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { certificate, key } = await (options.certificate ?? makeCertificate());
  const token = options.token ?? randomBytes(24).toString("base64url");
  const { store, faults, findLog, denied = [] } = options;
  const hub = new WatchHub(store);
  const counter = new FaultCounter(faults);
  const context: ResourceContext = { store, hub, pages: new ListPages(), findLog, now: Date.now };
  const exec = new ExecEndpoint({ store, counter, start: options.exec, denied });
  const server = createServer({ cert: certificate, key, keepAliveTimeout: 60_000 });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.on("error", () => response.destroy());
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendStatus(response, statusOf(error));
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    exec.answer(request, socket, head, isAuthenticated(request, token));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAuthenticated(request, token)) throw unauthorized();
    const asked = exchange(request, response);
    if (asked.path.startsWith("/lab/")) return answerSwitches(asked, options, hub);
    const path = parseResourcePath(asked.path);
    const fault = counter.request(asked.method, path?.type.resource);
    if (fault?.status === "silent") return;
    if (fault?.status === "reset") {
      request.socket.destroy();
      return;
    }
    if (fault !== undefined) throw plannedFailure(fault.status, fault.retryAfterSeconds);
    if (path === undefined) return answerOther(asked, denied);
    authorize(path, verbOf(asked.method, path, asked.query), denied);
    await answerResource(asked, path, context);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const parts: KubeconfigParts = { url: `https://127.0.0.1:${port}`, certificate, token };
  return {
    ...parts,
    kubeconfig: kubeconfigText(parts),
    async close() {
      hub.close();
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isAuthenticated(request: IncomingMessage, token: string): boolean {
  const [given, wanted] = [request.headers.authorization ?? "", `Bearer ${token}`].map((text) =>
    Buffer.from(text),
  );
  return (
    given !== undefined &&
    wanted !== undefined &&
    given.length === wanted.length &&
    timingSafeEqual(given, wanted)
  );
}

const REASONS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  429: ["TooManyRequests", "too many requests: please try again later"],
  500: ["InternalError", "Internal error occurred: a fault of the lab"],
  502: ["InternalError", "bad gateway: a fault of the lab"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request: a fault of the lab"],
  504: ["Timeout", "the request did not end in time: a fault of the lab"],
};

function plannedFailure(code: number, retryAfterSeconds: number | undefined): StatusError {
  const [reason, message] = REASONS[code] ?? ["InternalError", "a fault of the lab"];
  const seconds = retryAfterSeconds ?? (code === 429 ? 1 : undefined);
  return new StatusError(code, reason, message, seconds === undefined ? {} : { retryAfterSeconds: seconds });
}

/** Paths that are about no kind: health, version, discovery, schemas, questions about oneself. */
async function answerOther(asked: Exchange, denied: readonly DeniedRight[]) {
  const { path, method, query, request, response } = asked;
  if (method === "POST") {
    const answer = review(path, (await readObjectBody(asked)).object, denied);
    if (answer === undefined) throw noSuchPath();
    sendJson(response, 201, answer);
    return;
  }
  const bare = path.length > 1 ? path.replace(/\/$/, "") : path;
  if (/^\/(readyz|livez|healthz)(\/|$)/.test(bare)) {
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    response.end(query.has("verbose") ? `[+]ping ok\n${bare.split("/")[1]} check passed\n` : "ok");
    return;
  }
  const accept = request.headers.accept ?? "";
  const aggregated = accept.includes("as=APIGroupDiscoveryList") && (bare === "/api" || bare === "/apis");
  const body = bare === "/version" ? version() : (discovery(bare, accept) ?? openApi(bare));
  if (body === undefined) throw noSuchPath();
  if (method !== "GET") throw methodNotAllowed();
  const type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  sendJson(response, 200, body, aggregated ? { headers: { "content-type": type, vary: "Accept" } } : {});
}

function version(): object {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(GIT_VERSION) ?? [];
  const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
  return { major, minor, gitVersion: GIT_VERSION, gitCommit: "", gitTreeState: "clean", platform };
}

/** What the lab can be told while it runs, beside Kubernetes' own API. */
async function answerSwitches(asked: Exchange, options: ApiServerOptions, hub: WatchHub): Promise<void> {
  const { faults, store } = options;
  switch (`${asked.method} ${asked.path}`) {
    case "PUT /lab/faults":
    case "PATCH /lab/faults":
      Object.assign(faults, parseFaults((await readObjectBody(asked)).object));
      await options.onFaults?.(faults);
      break;
    case "GET /lab/faults":
      break;
    case "GET /lab/status": {
      const own = { resourceVersion: store.resourceVersion, openWatches: hub.open };
      sendJson(asked.response, 200, { ...own, ...options.status?.() });
      return;
    }
    default:
      throw noSuchPath();
  }
  sendJson(asked.response, 200, faults);
}
