import http from "node:http";
import https from "node:https";
import { createGunzip } from "node:zlib";
import type { Transport, TransportOptions } from "./transport.ts";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Ends the exchange at any point, with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * One HTTP request and its whole answer. Rejects with the error of the network, of TLS or of the proxy, or with the
 * signal's reason.
 */
export function exchange(
  outgoing: Outgoing,
  options: TransportOptions,
  compression: Transport["compression"],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, url } = outgoing;
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const request = (url.protocol === "https:" ? https : http).request(url, {
      ...options.tls,
      agent: options.agent,
      method: outgoing.method,
      headers: {
        ...outgoing.headers,
        ...(options.headers as http.OutgoingHttpHeaders),
        ...(compression ? { "accept-encoding": "gzip" } : {}),
        ...(outgoing.body === undefined ? {} : { "content-length": Buffer.byteLength(outgoing.body) }),
      },
    });
    const abort = () => {
      request.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    const fail = (error: Error) => {
      signal.removeEventListener("abort", abort);
      request.destroy();
      reject(error);
    };
    request.on("error", fail);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      const body = response.headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
      // An answer that ends too early is an error of the response, and `pipe` passes none on.
      response.on("error", fail);
      if (body !== response) body.on("error", fail);
      body.on("data", (chunk: Buffer) => chunks.push(chunk));
      body.on("end", () => {
        signal.removeEventListener("abort", abort);
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.end(outgoing.body);
  });
}
