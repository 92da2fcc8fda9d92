import { ClusterError } from "../model/errors.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import { statusError, unreachable, wasNotSent } from "./api-faults.ts";
import { type BackoffPort, backoffMs, retryAfterMs } from "./backoff.ts";
import { type Answer, exchange } from "./exchange.ts";
import type { Limit } from "./limit.ts";
import { listAll } from "./paging.ts";
import { type RequestCounter, requestKind } from "./request-counter.ts";
import type { Transport, TransportOptions } from "./transport.ts";

export const DEFAULT_DEADLINE_MS = 15_000;

/** Tries of a request that the API server throttles (429, 503). */
const MAX_THROTTLED_TRIES = 5;
const FIRST_THROTTLED_WAIT_MS = 500;

/** Tries of a request whose connection fails, at a server that has never answered: its address may be wrong. */
const MAX_FIRST_TRIES = 3;
/** At one that has answered: it restarts, and comes back within the deadline or not. */
const MAX_OUTAGE_TRIES = 20;
const FIRST_NETWORK_WAIT_MS = 100;
const LONGEST_NETWORK_WAIT_MS = 2000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  /** From the call to the last byte of the answer, with waiting for its turn and all tries. Default 15 s. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiRequest extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with a slash: `/api/v1/namespaces/shop/pods`. Names in it must be valid Kubernetes names. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ListOptions extends CallOptions {
  readonly accept?: string;
}

export type PatchType =
  | "application/merge-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/json-patch+json"
  | "application/apply-patch+yaml";

/**
 * The Kubernetes API as raw JSON. The type parameters say what the API documents for the path; nothing is checked.
 * Every call rejects with ClusterError, or with the reason of its own signal.
 */
export interface Api {
  /** The answer's JSON; undefined where the answer has no body. */
  request(request: ApiRequest): Promise<unknown>;
  get<T = KubernetesObject>(path: string, options?: CallOptions): Promise<T>;
  /** All pages of a list; the deadline holds for each page. Items get the apiVersion and kind that lists leave out. */
  list<T extends KubernetesObject = KubernetesObject>(path: string, options?: ListOptions): Promise<T[]>;
  create<T extends KubernetesObject>(path: string, object: T, options?: CallOptions): Promise<T>;
  /** Default: a merge patch (RFC 7386). */
  patch<T = KubernetesObject>(
    path: string,
    patch: unknown,
    options?: CallOptions & { readonly contentType?: PatchType },
  ): Promise<T>;
  /** `body`: DeleteOptions, such as propagationPolicy or preconditions. */
  delete(path: string, options?: CallOptions & { readonly body?: unknown }): Promise<unknown>;
}

export interface ApiDependencies {
  readonly transport: Transport;
  /** How many requests may be under way at once. */
  readonly limit: Limit;
  readonly backoff: BackoffPort;
  readonly counter: RequestCounter;
  readonly userAgent: string;
  /** Ends all requests. */
  readonly closed: AbortSignal;
}

/** What all requests of a connection share. */
interface Shared extends ApiDependencies {
  /** Whether the server has ever answered. */
  known: boolean;
}

export function createApi(dependencies: ApiDependencies): Api {
  const shared: Shared = { ...dependencies, known: false };
  const request = (asked: ApiRequest) => requestWithin(asked, shared);
  // The one place where "the API documents it" is taken for granted.
  const typed = async <T>(asked: ApiRequest): Promise<T> => (await request(asked)) as T;
  return {
    request,
    get: (path, options) => typed({ ...options, method: "GET", path }),
    list: (path, options) => listAll(path, options ?? {}, typed),
    create: (path, object, options) => typed({ ...options, method: "POST", path, body: object }),
    patch: (path, patch, options) =>
      typed({ contentType: "application/merge-patch+json", ...options, method: "PATCH", path, body: patch }),
    delete: (path, options) => request({ ...options, method: "DELETE", path }),
  };
}

/** Holds the deadline over everything that happens to one call. */
async function requestWithin(request: ApiRequest, dependencies: Shared): Promise<unknown> {
  const what = `${request.method} ${request.path}`;
  const deadlineMs = request.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(
      new ClusterError(
        "timeout",
        `${what}: no answer from ${dependencies.transport.server} within ${deadlineMs / 1000} s`,
        {
          hint: "is the API server overloaded, or does something on the way swallow the packets?",
        },
      ),
    );
  }, deadlineMs);
  const endsAtMs = performance.now() + deadlineMs;
  const signals = [
    deadline.signal,
    dependencies.closed,
    ...(request.signal === undefined ? [] : [request.signal]),
  ];
  const signal = AbortSignal.any(signals);
  try {
    return await dependencies.limit(signal, () =>
      withRetries(request, { what, endsAtMs, signal }, dependencies),
    );
  } finally {
    clearTimeout(timer);
  }
}

interface Call {
  readonly what: string;
  /** By the monotonic clock: the one of the wall may jump. */
  readonly endsAtMs: number;
  readonly signal: AbortSignal;
}

async function withRetries(request: ApiRequest, call: Call, dependencies: Shared): Promise<unknown> {
  const { transport, backoff, counter } = dependencies;
  const { signal } = call;
  let networkFailures = 0;
  let throttled = 0;
  let renewed = false;
  for (;;) {
    const options = await untilAborted(transport.options(), signal);
    counter.count(requestKind(request.method, request.path));
    let answer: Answer;
    try {
      answer = await send(request, options, call, dependencies);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      networkFailures += 1;
      const waitMs = networkWaitMs(networkFailures, backoff.random);
      const most = dependencies.known ? MAX_OUTAGE_TRIES : MAX_FIRST_TRIES;
      const isLast = networkFailures >= most || performance.now() + waitMs >= call.endsAtMs;
      if (isLast || !mayRepeatAfter(request, error)) throw unreachable(transport.server, error);
      await backoff.sleep(waitMs, signal);
      continue;
    }
    dependencies.known = true;
    if (answer.status >= 200 && answer.status < 300) return parseJson(call.what, answer, transport.server);
    if (answer.status === 401 && !renewed) {
      // A token that was rotated, or a plugin's that expired early: nothing was done, so anything may be tried again.
      renewed = true;
      transport.renew(options.generation);
      continue;
    }
    const error = statusError(call.what, answer.status, answer.body);
    if (isPassingFault(request, answer)) {
      networkFailures += 1;
      const waitMs = networkWaitMs(networkFailures, backoff.random);
      if (networkFailures >= MAX_FIRST_TRIES || performance.now() + waitMs >= call.endsAtMs) throw error;
      await backoff.sleep(waitMs, signal);
      continue;
    }
    if (!mayRepeat(request, answer)) throw error;
    throttled += 1;
    const waitMs =
      retryAfterMs(answer.headers["retry-after"], backoff.now()) ??
      backoffMs(throttled, FIRST_THROTTLED_WAIT_MS, backoff.random);
    if (throttled >= MAX_THROTTLED_TRIES || performance.now() + waitMs >= call.endsAtMs) throw error;
    await backoff.sleep(waitMs, signal);
  }
}

function networkWaitMs(failures: number, random: () => number): number {
  return Math.min(backoffMs(failures, FIRST_NETWORK_WAIT_MS, random), LONGEST_NETWORK_WAIT_MS);
}

/**
 * A GET does nothing when it is done twice, and a DELETE by name finds nothing left to do; everything else only where
 * nobody can have heard it.
 */
function mayRepeatAfter(request: ApiRequest, error: unknown): boolean {
  return request.method === "GET" || request.method === "DELETE" || wasNotSent(error);
}

/** etcd that changes its leader, a load balancer whose backend restarts: 500, 502 and 504 come and go. */
function isPassingFault(request: ApiRequest, { status }: Answer): boolean {
  return (
    (request.method === "GET" || request.method === "DELETE") &&
    (status === 500 || status === 502 || status === 504)
  );
}

/** 429 says that nothing was done; so does 503, by the API conventions, where it says when to come back. */
function mayRepeat(request: ApiRequest, answer: Answer): boolean {
  if (answer.status === 429) return true;
  return answer.status === 503 && (request.method === "GET" || answer.headers["retry-after"] !== undefined);
}

function send(
  request: ApiRequest,
  options: TransportOptions,
  { signal }: Call,
  { transport, userAgent }: ApiDependencies,
): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  return exchange(
    {
      method: request.method,
      url: transport.url(request.path, query),
      headers: {
        accept: request.accept ?? "application/json",
        "user-agent": userAgent,
        ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
      },
      body,
      signal,
    },
    options,
    transport.compression,
  );
}

function parseJson(what: string, answer: Answer, server: string): unknown {
  if (answer.body === "") return undefined;
  try {
    return JSON.parse(answer.body);
  } catch (cause) {
    throw new ClusterError("server", `${what}: the answer of ${server} is not JSON`, {
      status: answer.status,
      cause,
      hint: "is it a Kubernetes API server, or the login page of something in front of it?",
    });
  }
}

/** For what has no signal of its own: credential plugins, token refreshes. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
