import { BlockList, isIP } from "node:net";
import { ClusterError } from "../model/errors.ts";

/** The environment, as a record; variables are looked up in upper case first, then in lower case, as Go does. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_PROTOCOLS = ["http:", "https:", "socks:", "socks4:", "socks4a:", "socks5:", "socks5h:"];

/**
 * A proxy's URL from a kubeconfig's `proxy-url` or an environment variable; `where` names it in the error.
 * Throws ClusterError("configuration"). Without a scheme it is http, as in Go.
 */
export function parseProxyUrl(text: string, where: string): URL {
  const candidates = text.includes("://") ? [text] : [`http://${text}`];
  for (const candidate of candidates) {
    if (URL.canParse(candidate)) {
      const url = new URL(candidate);
      if (PROXY_PROTOCOLS.includes(url.protocol) && url.hostname !== "") return url;
    }
  }
  // The text may hold a password: it is not repeated.
  throw new ClusterError("configuration", `${where} is not the URL of a proxy`, {
    hint: "use http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT",
  });
}

/**
 * The proxy that the environment asks for on the way to `server`; undefined: go directly.
 * The rules are those of Go's golang.org/x/net/http/httpproxy, which kubectl uses: HTTPS_PROXY or HTTP_PROXY by the
 * server's scheme; never for localhost and loopback addresses; NO_PROXY is a list of `*`, addresses, CIDRs and domain
 * suffixes (`example.com` with its sub-domains, `.example.com` and `*.example.com` only those), each but CIDRs with an
 * optional port.
 */
export function proxyFromEnvironment(server: URL, env: Environment): URL | undefined {
  const variable = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = fromEnvironment(env, variable);
  if (text === undefined) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port !== "" ? server.port : server.protocol === "https:" ? "443" : "80";
  if (isLoopback(host) || excluded(host, port, fromEnvironment(env, "NO_PROXY") ?? "")) return undefined;
  return parseProxyUrl(text, variable);
}

function fromEnvironment(env: Environment, name: string): string | undefined {
  return [env[name], env[name.toLowerCase()]].find((value) => value !== undefined && value !== "");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  return host === "localhost" || contains(LOOPBACK, host);
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}

function excluded(host: string, port: string, noProxy: string): boolean {
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === "*" || (entry !== "" && entryMatches(entry, host, port)));
}

function entryMatches(entry: string, host: string, port: string): boolean {
  const subnet = parseCidr(entry);
  if (subnet !== undefined) return contains(subnet, host);
  const [entryHost, entryPort] = splitPort(entry);
  if (entryHost === "" || (entryPort !== undefined && entryPort !== port)) return false;
  const family = isIP(entryHost);
  if (family !== 0) {
    const same = new BlockList();
    same.addAddress(entryHost, family === 4 ? "ipv4" : "ipv6");
    return contains(same, host);
  }
  const suffix = entryHost.startsWith("*.") ? entryHost.slice(1) : entryHost;
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function parseCidr(entry: string): BlockList | undefined {
  const [address, prefix, ...more] = entry.split("/");
  if (address === undefined || prefix === undefined || more.length > 0 || !/^\d{1,3}$/.test(prefix))
    return undefined;
  const family = isIP(address);
  if (family === 0 || Number(prefix) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  return list;
}

/** `host`, `host:port`, `[ipv6]`, `[ipv6]:port`, or a bare IPv6 address. */
function splitPort(entry: string): [host: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(entry);
  if (bracketed) return [bracketed[1] ?? "", bracketed[2]];
  const colon = entry.indexOf(":");
  if (colon === -1 || colon !== entry.lastIndexOf(":")) return [entry, undefined];
  return [entry.slice(0, colon), entry.slice(colon + 1)];
}
