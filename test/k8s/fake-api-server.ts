import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

export function tlsFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Common name of the client certificate, where one was sent. */
  readonly clientName: string | undefined;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is a string or bytes, else as JSON. */
  readonly body?: unknown;
}

/** What the server does with a plain request: answers, keeps silent, or resets the connection. */
export type Reply = FakeAnswer | "silent" | "reset" | "cut";

/** An exec upgrade as it arrives; each method may be used or not, so that every fault can be played. */
export interface FakeUpgrade {
  readonly request: FakeRequest;
  readonly command: readonly string[];
  readonly socket: Duplex;
  /** Subprotocols that the client offers, in order. */
  readonly offered: readonly string[];
  accept(subprotocol?: string): WebSocket;
  refuse(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
}

export interface FakeApiServer {
  readonly port: number;
  readonly url: string;
  readonly requests: FakeRequest[];
  readonly upgrades: FakeRequest[];
  /** TCP connections so far. */
  connections: number;
  respond: (request: FakeRequest) => Reply | Promise<Reply>;
  onExec: (upgrade: FakeUpgrade) => void;
  close(): Promise<void>;
}

export interface FakeServerOptions {
  /** HTTPS with these fixtures; absent: plain HTTP. */
  readonly certificate?: "server" | "other-name";
  /** Ask for a client certificate (and take clients without one). */
  readonly clientCertificates?: boolean;
}

export function status(code: number, reason: string, message: string): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

/** Speaks as much of the Kubernetes API's HTTP and WebSocket as the tests need, and breaks it where they say so. */
export async function fakeApiServer(options: FakeServerOptions = {}): Promise<FakeApiServer> {
  const { certificate } = options;
  const server =
    certificate === undefined
      ? http.createServer()
      : https.createServer({
          cert: tlsFixture(`${certificate}.pem`),
          key: tlsFixture(`${certificate}.key`),
          ca: tlsFixture("ca.pem"),
          requestCert: options.clientCertificates ?? false,
          rejectUnauthorized: false,
        });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    fake.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("request", async (incoming: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = toRequest(incoming, Buffer.concat(chunks).toString("utf8"));
    fake.requests.push(request);
    const reply = await fake.respond(request);
    if (reply === "silent") return;
    if (reply === "reset") {
      incoming.socket.destroy();
      return;
    }
    if (reply === "cut") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"kind":');
      setImmediate(() => incoming.socket.destroy());
      return;
    }
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(toBytes(reply.body));
  });
  const webSockets = new Map<string, WebSocketServer>();
  server.on("upgrade", (incoming: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const request = toRequest(incoming, "");
    fake.upgrades.push(request);
    const offered = (incoming.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    fake.onExec({
      request,
      command: request.query.getAll("command"),
      socket,
      offered,
      accept(subprotocol = "v5.channel.k8s.io") {
        const accepting =
          webSockets.get(subprotocol) ??
          new WebSocketServer({
            noServer: true,
            handleProtocols: () => subprotocol,
            perMessageDeflate: true,
          });
        webSockets.set(subprotocol, accepting);
        let accepted: WebSocket | undefined;
        // ws calls back before it returns.
        accepting.handleUpgrade(incoming, socket, head, (webSocket) => {
          accepted = webSocket;
        });
        if (accepted === undefined) throw new Error("the upgrade was not accepted");
        accepted.on("error", () => {});
        return accepted;
      },
      refuse(code, body, headers = {}) {
        const bytes = toBytes(body);
        const lines = Object.entries({
          "content-length": String(bytes.length),
          connection: "close",
          ...headers,
        });
        socket.write(`HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\n`);
        for (const [name, value] of lines) socket.write(`${name}: ${value}\r\n`);
        socket.write("\r\n");
        socket.end(bytes);
      },
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const fake: FakeApiServer = {
    port,
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests: [],
    upgrades: [],
    connections: 0,
    respond: () => ({
      status: 404,
      body: status(404, "NotFound", "the server could not find the requested resource"),
    }),
    onExec: (upgrade) => upgrade.refuse(404, status(404, "NotFound", "no exec here")),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return fake;
}

function toRequest(incoming: http.IncomingMessage, body: string): FakeRequest {
  const url = new URL(incoming.url ?? "/", "http://fake.test");
  const tlsSocket = incoming.socket as Socket & { getPeerCertificate?: () => { subject?: { CN?: string } } };
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
    clientName: tlsSocket.getPeerCertificate?.().subject?.CN,
  };
}

function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** A frame of the channel protocol. */
export function frame(channel: number, data: string | Buffer): Buffer {
  return Buffer.concat([Buffer.of(channel), Buffer.from(data)]);
}

export const SUCCESS = frame(3, JSON.stringify({ metadata: {}, status: "Success" }));

/** As the kubelet sends it: the exit code is a string in a cause. */
export function exitStatus(code: number): Buffer {
  return frame(
    3,
    JSON.stringify({
      metadata: {},
      status: "Failure",
      message: `command terminated with non-zero exit code: exit status ${code}`,
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: String(code) }] },
    }),
  );
}
