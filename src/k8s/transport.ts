import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { ClusterError } from "../model/errors.ts";
import type { Configuration } from "./configuration.ts";
import { type CredentialSource, credentialSource } from "./credentials.ts";
import { type Environment, parseProxyUrl, proxyFromEnvironment } from "./proxy.ts";
import { displayUrl } from "./redact.ts";
import { HttpsTunnelAgent, HttpTunnelAgent } from "./tunnel-agent.ts";

/** An idle connection is given up before load balancers cut it silently (the shortest default is 60 s). */
const IDLE_TIMEOUT_MS = 20_000;

/** How requests and exec upgrades alike reach the API server. */
export interface Transport {
  /** The API server's URL for people. */
  readonly server: string;
  /** Whether answers may be asked for compressed. */
  readonly compression: boolean;
  /** The URL of an API path; keeps a path that the server's own URL has (Rancher, kcp). */
  url(path: string, query?: URLSearchParams): URL;
  /** Agent, TLS options and credentials of one request or upgrade, as options of node:https and ws. */
  options(): Promise<TransportOptions>;
  /** Credentials of this generation were refused: make new ones for the next call of `options`. */
  renew(generation: number): void;
  close(): void;
}

export interface TransportOptions {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: https.RequestOptions;
  readonly generation: number;
}

/** Throws ClusterError("configuration") for an unusable server or proxy URL. */
export async function createTransport(configuration: Configuration, env: Environment): Promise<Transport> {
  const { cluster } = configuration;
  const base = serverUrl(cluster.server);
  const proxy =
    cluster.proxyUrl === undefined
      ? proxyFromEnvironment(base, env)
      : parseProxyUrl(cluster.proxyUrl, `proxy-url of cluster "${cluster.name}"`);
  const credentials: CredentialSource = await credentialSource(configuration, { proxy, env });
  const agent = createAgent(base, proxy);
  const host = base.hostname.replace(/^\[|\]$/g, "");
  return {
    server: displayUrl(base),
    compression: !cluster.disableCompression,
    url(path, query) {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, "")}${path}`;
      url.search = query?.toString() ?? "";
      return url;
    },
    async options() {
      const { headers, tls: tlsOptions, socksAgent, generation } = await credentials.current();
      return {
        agent: socksAgent ?? agent,
        headers,
        // Given with each request, not to the agent, which pools connections by them: so a rotated client
        // certificate is used at once. The SOCKS agent forgets the host, hence the last option.
        tls:
          base.protocol === "http:"
            ? {}
            : {
                ...tlsOptions,
                ...(socksAgent === undefined || tlsOptions.servername !== undefined
                  ? {}
                  : {
                      checkServerIdentity: (_name: string, cert: tls.PeerCertificate) =>
                        tls.checkServerIdentity(host, cert),
                    }),
              },
        generation,
      };
    },
    renew: (generation) => credentials.renew(generation),
    close: () => agent.destroy(),
  };
}

function serverUrl(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new ClusterError("configuration", `"${server}" is not the URL of an API server`, {
      hint: "the kubeconfig's `server` must be https://HOST:PORT",
    });
  }
  return url;
}

function createAgent(server: URL, proxy: URL | undefined): http.Agent {
  const options = { keepAlive: true, timeout: IDLE_TIMEOUT_MS };
  const tunnel = proxy?.protocol === "http:" || proxy?.protocol === "https:" ? proxy : undefined;
  if (server.protocol === "https:") {
    return tunnel === undefined ? new https.Agent(options) : new HttpsTunnelAgent(tunnel, options);
  }
  return tunnel === undefined ? new http.Agent(options) : new HttpTunnelAgent(tunnel, options);
}
