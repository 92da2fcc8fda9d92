import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { ProxyError } from "./api-faults.ts";
import { displayUrl } from "./redact.ts";

/** A proxy that has not answered CONNECT by then is not going to. */
const CONNECT_TIMEOUT_MS = 10_000;

type Created = (error: Error | null, socket?: Duplex) => void;

/**
 * Agents that reach a server by HTTP CONNECT through `proxy` (http:// or https://). Own ones, since those of
 * client-node take the client certificate once and for all, keep no connection alive, write IPv6 addresses without
 * brackets and never give up on a silent proxy.
 */
export class HttpsTunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: https.RequestOptions, created: Created): undefined {
    openTunnel(this.#proxy, options, (error, socket) => {
      if (error !== null || socket === undefined) {
        created(error ?? new ProxyError("no tunnel"));
        return;
      }
      // `socket` is an option of tls.connect that https.Agent passes on, though its type does not say so.
      const overTunnel: https.RequestOptions & { readonly socket: Duplex } = { ...options, socket };
      created(null, super.createConnection(overTunnel) ?? undefined);
    });
    return undefined;
  }
}

export class HttpTunnelAgent extends http.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: http.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: http.ClientRequestArgs, created: Created): undefined {
    openTunnel(this.#proxy, options, created);
    return undefined;
  }
}

function openTunnel(proxy: URL, target: http.ClientRequestArgs, created: Created): void {
  const name = displayUrl(proxy);
  const host = String(target.host);
  const authority = `${host.includes(":") ? `[${host}]` : host}:${target.port ?? 443}`;
  const user = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  const request = (proxy.protocol === "https:" ? https : http).request({
    method: "CONNECT",
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port !== "" ? proxy.port : proxy.protocol === "https:" ? 443 : 80,
    path: authority,
    agent: false,
    headers: {
      host: authority,
      ...(user === "" && password === ""
        ? {}
        : { "proxy-authorization": `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` }),
    },
  });
  let settled = false;
  const settle: Created = (error, socket) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    created(error, socket);
  };
  const timer = setTimeout(() => {
    request.destroy(new ProxyError(`the proxy ${name} did not answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
  }, CONNECT_TIMEOUT_MS);
  timer.unref();
  request.on("connect", (response, socket, head) => {
    if (response.statusCode === 200) {
      if (head.length > 0) socket.unshift(head);
      settle(null, socket);
      return;
    }
    socket.destroy();
    const answer = `${response.statusCode} ${response.statusMessage ?? ""}`.trim();
    settle(new ProxyError(`the proxy ${name} refused to connect to ${authority}: ${answer}`));
  });
  // A server that does not know CONNECT may answer it like any request.
  request.on("response", (response) => {
    request.destroy(
      new ProxyError(`the proxy ${name} answered CONNECT with ${response.statusCode}: is it a proxy?`),
    );
  });
  request.on("error", (cause) => {
    const why = cause instanceof ProxyError ? cause.message : `the proxy ${name} failed: ${cause.message}`;
    settle(cause instanceof ProxyError ? cause : new ProxyError(why, { cause }));
  });
  request.end();
}
