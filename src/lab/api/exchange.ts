import type { IncomingMessage, ServerResponse } from "node:http";
import { badRequest, type Status, StatusError } from "./status-error.ts";

/** The API server's own limit (apiserver, MaxRequestBodyBytes). */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** A request, and the way to answer it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readBody(): Promise<Buffer>;
}

export function exchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const url = parseUrl(request);
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    request,
    response,
    readBody: () => readBody(request),
  };
}

/** 400 where the request's target is no path. */
export function parseUrl(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? "/", "https://lab.invalid");
  if (url === null) throw badRequest("the request's target is no path");
  return url;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new StatusError(413, "RequestEntityTooLarge", `the body is larger than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  options: {
    readonly warnings?: readonly string[];
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body), "utf8");
  for (const warning of options.warnings ?? []) {
    response.appendHeader("warning", `299 - ${JSON.stringify(warning.replace(/[^\x20-\x7e]/g, "?"))}`);
  }
  response.writeHead(code, {
    "content-type": "application/json",
    "content-length": bytes.length,
    "cache-control": "no-cache, private",
    ...options.headers,
  });
  response.end(bytes);
}

export function sendStatus(response: ServerResponse, status: Status): void {
  const seconds = status.details?.retryAfterSeconds;
  sendJson(response, status.code, status, {
    headers: seconds === undefined ? {} : { "retry-after": String(seconds) },
  });
}

/** The Status of what a handler threw; what is no refusal is a bug of ours, and answered as one. */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  }).status;
}
