import { isPlainIPv6 } from "./addresses.ts";
import type { Reference, TargetSyntax } from "./flow-syntax.ts";
import type { LocatedText } from "./located-text.ts";
import { HTTP_PATH, whole } from "./patterns.ts";
import { parsePort, parseProtocol } from "./port-grammar.ts";
import type { Problems } from "./problems.ts";
import { parseReference } from "./reference-grammar.ts";
import { anyOf, KIND_WORDS, PROTOCOLS } from "./words.ts";

const VALID_PATH = whole(HTTP_PATH);
/** The reference at the beginning of what follows a scheme, as far as it can be told, and the port after it. */
const AUTHORITY = new RegExp(
  `^((?:[^/:?#]+/)?(?:${KIND_WORDS.join("|")})/[^/:?#]+|\\[[^\\]]*\\]|[^/:?#]*)(:[0-9]+)?`,
);
const PROTOCOL_SUFFIX = new RegExp(`/(?:${PROTOCOLS.join("|")})$`);

/** `http://REF:PORT[PATH]` or `REF[:PORT][/PROTOCOL]`, without white space. */
export function parseTarget(source: LocatedText, problems: Problems): TargetSyntax | undefined {
  const scheme = /^([A-Za-z][-A-Za-z0-9+.]*):\/\//.exec(source.text);
  if (scheme === null) return parsePlain(source, problems);
  const rest = source.slice(scheme[0].length);
  return scheme[1] === "http"
    ? parseHttp(source, rest, problems)
    : refuseScheme(source, scheme[1] ?? "", rest, problems);
}

function refuseScheme(source: LocatedText, scheme: string, rest: LocatedText, problems: Problems): undefined {
  const { text, range } = source.slice(0, scheme.length + 3);
  const [, reference = "", port] = AUTHORITY.exec(rest.text) ?? [];
  if (scheme.toLowerCase() === "https") {
    return problems.error(
      range,
      "https:// is not probed: a connection is enough to see whether the port is open",
      {
        hint: `use "${reference}${port ?? ":443"}"`,
      },
    );
  }
  const protocol = PROTOCOLS.find((word) => word === scheme.toUpperCase());
  const hint =
    protocol === undefined ? 'the only scheme is "http://"' : `write "${reference}${port ?? ""}/${protocol}"`;
  return problems.error(range, `unknown scheme "${text}"`, { hint });
}

function parseHttp(source: LocatedText, rest: LocatedText, problems: Problems): TargetSyntax | undefined {
  const colon = portColon(rest.text);
  if (colon === -1) {
    const [, reference = ""] = AUTHORITY.exec(rest.text) ?? [];
    return problems.error(source.range, "an http:// target needs a port", {
      hint:
        reference === "" ? undefined : `write "http://${reference}:80${rest.text.slice(reference.length)}"`,
    });
  }
  const afterColon = rest.text.slice(colon + 1).search(/[/?#]/);
  const portEnd = afterColon === -1 ? rest.text.length : colon + 1 + afterColon;
  const path = rest.slice(portEnd);

  const reference = parseHead(rest.slice(0, colon), problems);
  const portText = rest.slice(colon + 1, portEnd);
  const port = parsePort(portText, problems);
  const validPath = path.text === "" || checkPath(path, problems);
  if (reference === undefined || port === undefined || !validPath) return undefined;
  if (reference.kind === "dns") {
    return problems.error(reference.range, "the name server does not speak HTTP", {
      hint: 'write "dns" alone',
    });
  }
  return {
    reference,
    port: { value: port, range: portText.range },
    path: path.text === "" ? "/" : path.text,
    range: source.range,
  };
}

function checkPath(path: LocatedText, problems: Problems): boolean {
  if (VALID_PATH.test(path.text)) return true;
  problems.error(path.range, `"${path.text}" is not a valid URL path`, {
    hint: path.text.startsWith("?")
      ? `a path begins with a slash: "/${path.text}"`
      : "no fragment (#), and %XX for everything but letters, digits and -._~!$&'()*+,;=:@/?",
  });
  return false;
}

function parsePlain(source: LocatedText, problems: Problems): TargetSyntax | undefined {
  const { text, range } = source;
  if (!text.startsWith("[") && text.split(":").length > 2) return refuseColons(source, problems);

  const colon = portColon(text);
  const slash = colon === -1 ? text.search(PROTOCOL_SUFFIX) : text.indexOf("/", colon);
  const portEnd = slash === -1 ? text.length : slash;
  const headEnd = colon === -1 ? portEnd : colon;

  const reference = parseHead(source.slice(0, headEnd), problems);
  const portText = colon === -1 ? undefined : source.slice(colon + 1, portEnd);
  const port = portText && parsePort(portText, problems);
  const protocolText = slash === -1 ? undefined : source.slice(slash + 1);
  const protocol = protocolText && parseSuffix(source, protocolText, problems);
  if (reference === undefined) return undefined;
  if (portText !== undefined && port === undefined) return undefined;
  if (protocolText !== undefined && protocol === undefined) return undefined;
  return {
    reference,
    ...(portText !== undefined && port !== undefined && { port: { value: port, range: portText.range } }),
    ...(protocolText !== undefined &&
      protocol !== undefined && { protocol: { value: protocol, range: protocolText.range } }),
    range,
  };
}

function parseHead(head: LocatedText, problems: Problems): Reference | undefined {
  if (head.text === "") return problems.error(head.range, "missing the name of the target");
  return parseReference(head, problems);
}

function parseSuffix(source: LocatedText, suffix: LocatedText, problems: Problems) {
  const known = anyOf(PROTOCOLS).toLowerCase().includes(suffix.text.toLowerCase());
  if (known || !/^[a-z0-9]/.test(suffix.text)) return parseProtocol(suffix, problems);
  return problems.error(suffix.range, `unknown protocol "${suffix.text}"`, {
    hint: `a path needs http://: "http://${source.text}"`,
  });
}

/** Where the colon before the port stands; -1: there is none. Colons within brackets belong to the address. */
function portColon(text: string): number {
  if (!text.startsWith("[")) return text.indexOf(":");
  const bracket = text.indexOf("]");
  return bracket === -1 ? -1 : text.indexOf(":", bracket);
}

function refuseColons(source: LocatedText, problems: Problems): undefined {
  const { text, range } = source;
  const [, address = "", rest = ""] = /^([0-9A-Fa-f:.]+)(\/.*)?$/.exec(text) ?? [];
  if (isPlainIPv6(address)) {
    return problems.error(range, "an IPv6 address stands in brackets", {
      hint: `write "[${address}]${rest}", or with a port "[${address}]:443"`,
    });
  }
  const second = text.indexOf(":", text.indexOf(":") + 1);
  return problems.error(source.slice(second, second + 1).range, 'only one ":" may stand before the port');
}
