import { STATUS_CODES } from "node:http";
import { ClusterError, type ClusterErrorKind } from "../model/errors.ts";
import { redact } from "./redact.ts";

/** The proxy between us and the API server refused, failed, or kept silent. */
export class ProxyError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "ProxyError";
  }
}

/** `metav1.Status`, as far as we read it. */
export interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** The Status that a text holds; undefined where it is something else, such as a proxy's HTML page. */
export function parseStatus(text: string): Status | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const status: Status = value;
  return typeof status.status === "string" ? status : undefined;
}

/** What an answer that is no success says, on one line: the server's words, which may repeat what it was sent. */
export function answerMessage(what: string, status: number, body: string): string {
  const said = parseStatus(body)?.message;
  if (said !== undefined && said !== "") return redact(said, 2000);
  const page = /<html|<!doctype/i.test(body) ? "" : redact(body, 200);
  const code = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return `${what}: the API server answered ${code}${page === "" ? "" : `: ${page}`}`;
}

export function kindOfStatus(status: number): ClusterErrorKind {
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 409:
      return "conflict";
    case 400:
    case 413:
    case 422:
      return "invalid";
    case 429:
    case 503:
      return "throttled";
    default:
      return "server";
  }
}

const STATUS_HINTS: Partial<Record<ClusterErrorKind, string>> = {
  unauthorized: "the API server does not accept the credentials: log in again, or choose another context",
  throttled: "the API server is overloaded or limits this user: try again later",
};

/** The error of an answer that is no success. `what`: method and path. */
export function statusError(what: string, status: number, body: string): ClusterError {
  const kind = kindOfStatus(status);
  const hint =
    status >= 300 && status < 400
      ? "the server answers with a redirect: is its URL that of a Kubernetes API server?"
      : STATUS_HINTS[kind];
  const said = answerMessage(what, status, body);
  // Refusals name their object; a server's own trouble does not say what it kept us from.
  const isNamed = said.startsWith(what) || (kind !== "server" && kind !== "throttled");
  return new ClusterError(kind, isNamed ? said : `${what}: ${said}`, {
    status,
    ...(hint === undefined ? {} : { hint }),
  });
}

const CERTIFICATE_HINT =
  "the server's certificate is not signed by the cluster's CA: check certificate-authority in the kubeconfig, or a proxy that intercepts TLS";

/** Words for the error codes of Node.js's sockets, resolver and TLS. */
const NETWORK_FAULTS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ECONNREFUSED: [
    "connection refused",
    "nothing listens there: is the cluster running, and is `server` right?",
  ],
  ENOTFOUND: ["the host name does not resolve", "check `server`, the DNS and the VPN"],
  EAI_AGAIN: ["the host name could not be resolved now", "check the DNS and the VPN"],
  ETIMEDOUT: ["no answer to the connection", "check the VPN, firewalls and proxies"],
  EHOSTUNREACH: ["no route to the host", "check the VPN and the network"],
  ENETUNREACH: ["the network is unreachable", "check the VPN and the network"],
  ECONNRESET: ["the connection was reset", "check proxies and load balancers on the way"],
  EPIPE: ["the connection was closed", "check proxies and load balancers on the way"],
  EMFILE: [
    "this process has no file descriptors left",
    "raise the limit (`ulimit -n 1024`), or probe fewer pods at once (--filter)",
  ],
  ENFILE: ["this machine has no file descriptors left", "raise fs.file-max"],
  EPROTO: ["the TLS handshake failed", "does the server speak HTTPS on this port?"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["self-signed certificate", CERTIFICATE_HINT],
  SELF_SIGNED_CERT_IN_CHAIN: ["self-signed certificate in the chain", CERTIFICATE_HINT],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["the certificate's signer is not known", CERTIFICATE_HINT],
  UNABLE_TO_GET_ISSUER_CERT: ["the certificate's signer is not known", CERTIFICATE_HINT],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["the certificate's signer is not known", CERTIFICATE_HINT],
  CERT_SIGNATURE_FAILURE: ["the certificate's signature is wrong", CERTIFICATE_HINT],
  CERT_HAS_EXPIRED: ["the server's certificate has expired", "renew it, and check this machine's clock"],
  CERT_NOT_YET_VALID: ["the server's certificate is not valid yet", "check this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "the server's certificate is for another host name",
    "use a name that the certificate holds, or set tls-server-name in the kubeconfig",
  ],
};

/** Words for what OpenSSL says under several codes. */
const TLS_FAULTS: readonly (readonly [text: RegExp, what: string, hint: string])[] = [
  [
    /wrong version number|packet length too long|unknown protocol/i,
    "the server does not speak TLS",
    "is `server` meant to be http://?",
  ],
  [
    /alert (?:bad certificate|unsupported certificate|certificate (?:revoked|expired|unknown|required)|unknown ca|access denied)/i,
    "the server refused the TLS handshake",
    "check the client certificate",
  ],
];

/** The code of a Node.js error, or of the first one inside (happy eyeballs collect one for each address). */
function faultCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return error.errors.map(faultCode).find((code) => code !== undefined);
  return undefined;
}

/** Whether a request that failed so cannot have reached its server: there was no connection to send it on. */
export function wasNotSent(error: unknown): boolean {
  const code = faultCode(error);
  return code !== undefined && NOT_SENT.has(code);
}

const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

export interface NetworkFault {
  /** What happened, without the address. */
  readonly what: string;
  readonly hint: string | undefined;
}

export function describeNetworkFault(error: unknown): NetworkFault {
  if (error instanceof ProxyError) {
    return {
      what: redact(error.message),
      hint: "check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY",
    };
  }
  const message = error instanceof Error ? redact(error.message) : redact(String(error));
  const alert = TLS_FAULTS.find(([pattern]) => pattern.test(message));
  if (alert !== undefined) return { what: alert[1], hint: alert[2] };
  const code = faultCode(error);
  const known = code === undefined ? undefined : NETWORK_FAULTS[code];
  if (known !== undefined) return { what: known[0], hint: known[1] };
  return { what: message === "" ? (code ?? "the connection failed") : message, hint: undefined };
}

/** The error of a request that got no answer. `server`: its URL for people. */
export function unreachable(server: string, error: unknown): ClusterError {
  const { what, hint } = describeNetworkFault(error);
  return new ClusterError("unreachable", `cannot reach the API server at ${server}: ${what}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
