import { ClusterError } from "../model/errors.ts";
import type { ExecPort } from "../model/exec.ts";
import { type BackoffPort, systemBackoff } from "./backoff.ts";
import { type Configuration, chooseConfiguration, SERVICE_ACCOUNT_FOLDER } from "./configuration.ts";
import { execOnce } from "./exec.ts";
import { execStarts } from "./exec-starts.ts";
import { limitTo } from "./limit.ts";
import type { Environment } from "./proxy.ts";
import { type Api, createApi } from "./request.ts";
import { type RequestCounts, requestCounter } from "./request-counter.ts";
import { MAX_OPEN_EXECS, retryingExec } from "./retrying-exec.ts";
import { createTransport } from "./transport.ts";

/** Plain requests under way at once: enough for speed, well below what API Priority and Fairness gives one user. */
const MAX_REQUESTS = 16;

/** A credential plugin may ask a service far away, and a person may have to log in. */
const FIRST_CREDENTIALS_MS = 60_000;

export interface ConnectOptions {
  /** `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Default `netverdict`. */
  readonly userAgent?: string | undefined;
  /** For tests; default: where every pod finds its service account. */
  readonly serviceAccountFolder?: string | undefined;
  /** For tests; default: the real clock, and chance. */
  readonly backoff?: BackoffPort | undefined;
  /** For tests; default: a clock that never goes back. Milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** A cluster to talk to. Nothing has been asked of it yet, but the credentials are there. */
export interface Connection {
  /** The API server's URL, without credentials. */
  readonly server: string;
  readonly origin: Configuration["origin"];
  /** The context's name; absent in a pod. */
  readonly context?: string;
  /** The context's namespace, or the pod's; `default` where there is none. */
  readonly namespace: string;
  readonly api: Api;
  readonly exec: ExecPort;
  /** Requests so far. */
  requests(): RequestCounts;
  /** Ends every request and exec under way, and frees the process to exit. */
  close(): void;
}

/**
 * Finds the cluster and the credentials; see `chooseConfiguration` for the order. Rejects with
 * ClusterError("configuration"), or with the signal's reason. The signal is for connecting only.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const configuration = await chooseConfiguration({
    kubeconfig: options.kubeconfig,
    context: options.context,
    env: options.env,
    serviceAccountFolder: options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER,
  });
  options.signal?.throwIfAborted();
  const transport = await createTransport(configuration, options.env);
  await firstCredentials(transport.options(), configuration, options.signal);
  const counter = requestCounter();
  const backoff = options.backoff ?? systemBackoff;
  const userAgent = options.userAgent ?? "netverdict";
  const closing = new AbortController();
  return {
    server: transport.server,
    origin: configuration.origin,
    ...(configuration.context === undefined ? {} : { context: configuration.context }),
    namespace: configuration.namespace,
    api: createApi({
      transport,
      limit: limitTo(MAX_REQUESTS),
      backoff,
      counter,
      userAgent,
      closed: closing.signal,
    }),
    exec: retryingExec(
      (pod, command, execOptions) => execOnce(pod, command, execOptions, { transport, counter, userAgent }),
      {
        starts: execStarts({ now: options.now ?? (() => performance.now()) }),
        open: limitTo(MAX_OPEN_EXECS),
        backoff,
        closed: closing.signal,
      },
    ),
    requests: () => counter.counts(),
    close() {
      closing.abort(new ClusterError("unreachable", "the connection to the cluster was closed"));
      transport.close();
    },
  };
}

async function firstCredentials(
  credentials: Promise<unknown>,
  { user }: Configuration,
  signal: AbortSignal | undefined,
): Promise<void> {
  const given = Promise.withResolvers<void>();
  const abort = () => given.reject(signal?.reason);
  const timer = setTimeout(() => {
    const seconds = FIRST_CREDENTIALS_MS / 1000;
    const whose =
      user.exec === undefined ? `user "${user.name}"` : `the credential plugin "${user.exec.command}"`;
    given.reject(
      new ClusterError("configuration", `no credentials from ${whose} within ${seconds} s`, {
        hint: "plugins that ask questions have nobody to answer them here: log in first",
      }),
    );
  }, FIRST_CREDENTIALS_MS);
  signal?.addEventListener("abort", abort, { once: true });
  credentials.then(() => given.resolve(), given.reject);
  try {
    await given.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
