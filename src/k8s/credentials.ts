import { readFile } from "node:fs/promises";
import type { Agent, RequestOptions } from "node:https";
import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";
import { ClusterError } from "../model/errors.ts";
import type { Configuration } from "./configuration.ts";
import type { KubeconfigExec } from "./kubeconfig.ts";
import type { Environment } from "./proxy.ts";
import { redact } from "./redact.ts";

/** Who we are and whom we trust, for one request. */
export interface Credentials {
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "servername">;
  /** Only with a SOCKS proxy: the agent that client-node made for it. */
  readonly socksAgent?: Agent;
  /** Counts the renewals; tells an answer to old credentials from one to new ones. */
  readonly generation: number;
}

export interface CredentialSource {
  /** Fresh by the rules of each method: token files are read once a minute, plugins asked when theirs expire. */
  current(): Promise<Credentials>;
  /** The API server did not accept credentials of this generation: forget what is cached. */
  renew(generation: number): void;
}

/**
 * Credentials by way of client-node's KubeConfig (tokens, client certificates, plugins, OIDC). Never throws;
 * `current()` rejects with ClusterError("configuration") that holds no secret.
 */
export async function credentialSource(
  configuration: Configuration,
  options: { readonly proxy: URL | undefined; readonly env: Environment },
): Promise<CredentialSource> {
  const { KubeConfig: Client } = await import("@kubernetes/client-node/dist/config.js");
  const { cluster } = configuration;
  // kubectl sends no credentials over plain HTTP either (client-go clientcmd, IsConfigTransportTLS).
  const plainHttp = cluster.server.startsWith("http:");
  const clientCluster: Cluster = {
    name: cluster.name,
    server: cluster.server,
    skipTLSVerify: cluster.skipTlsVerify || plainHttp,
    ...(cluster.caFile === undefined ? {} : { caFile: cluster.caFile }),
    ...(cluster.caData === undefined ? {} : { caData: cluster.caData }),
    ...(cluster.tlsServerName === undefined ? {} : { tlsServerName: cluster.tlsServerName }),
    // Other proxies are reached by agents of our own (tunnel-agent.ts).
    ...(options.proxy?.protocol.startsWith("socks") ? { proxyUrl: options.proxy.href } : {}),
  };
  const clientUser: User = plainHttp ? { name: "" } : await toClientUser(configuration, options.env);
  const create = (): KubeConfig => {
    const config = new Client();
    config.loadFromClusterAndUser(clientCluster, structuredClone(clientUser));
    return config;
  };

  let config = create();
  let generation = 1;
  let pending: Promise<Credentials> | undefined;
  const read = async (): Promise<Credentials> => {
    const asked = generation;
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return {
      headers: plainHttp ? {} : { ...headersOf(options), ...impersonation(configuration) },
      tls: tlsOf(options),
      ...(clientCluster.proxyUrl === undefined ? {} : { socksAgent: options.agent as Agent }),
      generation: asked,
    };
  };
  return {
    current() {
      // One at a time: without this, 40 requests that start together would start a credential plugin 40 times.
      pending ??= read()
        .catch((error: unknown) => {
          throw credentialError(configuration, error);
        })
        .finally(() => {
          pending = undefined;
        });
      return pending;
    },
    renew(refused) {
      if (refused !== generation) return;
      generation += 1;
      pending = undefined;
      config = create();
    },
  };
}

async function toClientUser(configuration: Configuration, env: Environment): Promise<User> {
  const { user } = configuration;
  const authProvider =
    user.tokenFile === undefined
      ? user.authProvider
      : { name: "tokenFile", config: { tokenFile: user.tokenFile } };
  return {
    name: user.name,
    ...(user.certFile === undefined ? {} : { certFile: user.certFile }),
    ...(user.certData === undefined ? {} : { certData: user.certData }),
    ...(user.keyFile === undefined ? {} : { keyFile: user.keyFile }),
    ...(user.keyData === undefined ? {} : { keyData: user.keyData }),
    // Of a token and a token file the file counts, as in client-go; client-node has it the other way round.
    ...(user.token === undefined || user.tokenFile !== undefined ? {} : { token: user.token }),
    ...(user.username === undefined ? {} : { username: user.username }),
    ...(user.password === undefined ? {} : { password: user.password }),
    ...(authProvider === undefined ? {} : { authProvider: structuredClone(authProvider) }),
    ...(user.exec === undefined ? {} : { exec: await toClientExec(user.exec, configuration, env) }),
  };
}

/** What client-node hands to a plugin lacks KUBERNETES_EXEC_INFO, which the plugins' protocol asks for. */
async function toClientExec(exec: KubeconfigExec, { cluster }: Configuration, env: Environment) {
  const caData =
    cluster.caFile === undefined ? cluster.caData : (await readFile(cluster.caFile)).toString("base64");
  const clusterInfo = {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.skipTlsVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(caData === undefined ? {} : { "certificate-authority-data": caData }),
    ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
  };
  const info = {
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: clusterInfo } : {}) },
  };
  const inherited = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  return {
    apiVersion: exec.apiVersion,
    command: exec.command,
    args: [...exec.args],
    env: [...inherited, ...exec.env, { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }],
  };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // Token files usually end in a line break, which no header may hold.
    if (typeof value === "string") headers[name] = value.trim();
  }
  if (typeof options.auth === "string") {
    headers.Authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  return headers;
}

/** All of it is ours to send: client-node knows only `as`. */
function impersonation({ user }: Configuration): Record<string, string | readonly string[]> {
  return {
    ...(user.impersonateUser === undefined ? {} : { "Impersonate-User": user.impersonateUser }),
    ...(user.impersonateUid === undefined ? {} : { "Impersonate-Uid": user.impersonateUid }),
    ...(user.impersonateGroups.length === 0 ? {} : { "Impersonate-Group": user.impersonateGroups }),
    ...Object.fromEntries(
      Object.entries(user.impersonateExtra).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        values,
      ]),
    ),
  };
}

function tlsOf(options: RequestOptions): Credentials["tls"] {
  return {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
  };
}

/** No `cause`: the errors of client-node and of JSON.parse can quote the credentials. */
function credentialError({ user }: Configuration, error: unknown): ClusterError {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const { exec } = user;
  if (exec === undefined) {
    const path = error instanceof Error && "path" in error ? ` ${String(error.path)}` : "";
    const what = code === undefined ? messageOf(error) : `${code}${path}`;
    return new ClusterError("configuration", `no credentials for user "${user.name}": ${what}`, {
      hint: "check the files and tokens that the kubeconfig names for this user",
    });
  }
  const plugin = `the credential plugin "${exec.command}" of user "${user.name}"`;
  if (code === "ENOENT") {
    return new ClusterError("configuration", `${plugin} was not found`, {
      hint: redact(exec.installHint ?? "install it, or correct PATH"),
    });
  }
  const unusable = error instanceof SyntaxError || error instanceof TypeError;
  return new ClusterError(
    "configuration",
    unusable ? `${plugin} did not print an ExecCredential` : `${plugin} failed: ${messageOf(error)}`,
    { hint: "run it by hand, and log in again if it asks for it" },
  );
}

function messageOf(error: unknown): string {
  if (error instanceof SyntaxError) return "not valid JSON";
  return redact(error instanceof Error ? error.message : String(error)) || "no message";
}
