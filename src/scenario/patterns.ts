/**
 * The lexical rules of the format as sources of regular expressions, shared by the reader and the JSON Schema, so that
 * an editor and the program can't disagree. All of them are written for the `u` flag and stand unanchored.
 */
import {
  DNS_WORD,
  KIND_WORDS,
  POD_WORDS,
  PROTOCOLS,
  RESERVED_WORDS,
  SERVICE_WORDS,
  WORKLOAD_WORDS,
} from "./words.ts";

const any = (...alternatives: readonly string[]) => `(?:${alternatives.join("|")})`;

/** A DNS label (RFC 1123), as namespaces and endpoints are named. */
export const DNS_LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
/** A DNS subdomain as API objects are named: at most 253 characters. */
export const OBJECT_NAME =
  "(?![-a-z0-9.]{254})[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*";

const HOST_LABEL = "[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?";
/** The last label begins with a letter, so that no address is taken for a host. */
const HOST_TAIL = "[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?\\.?";
/** At most 253 characters (RFC 1035, 2.3.4, as text), the dot of the root not counted. */
const HOST_LENGTH = "(?!(?:[-A-Za-z0-9.]{253}[-A-Za-z0-9]|[-A-Za-z0-9.]{255}))";
export const HOST = `${HOST_LENGTH}(?:${HOST_LABEL}\\.)*${HOST_TAIL}`;
/** A host as it can be written in place of an endpoint's name. */
export const DOTTED_HOST = `${HOST_LENGTH}(?:${HOST_LABEL}\\.)+${HOST_TAIL}`;

const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
export const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;

const GROUP = "[0-9A-Fa-f]{1,4}";
/** RFC 4291, 2.2, forms 1 and 2; the third, which ends in an IPv4 address, is not accepted anywhere. */
export const IPV6 = any(
  `(?:${GROUP}:){7}${GROUP}`,
  `(?:${GROUP}:){1,7}:`,
  ...[6, 5, 4, 3, 2, 1].map((before) => `(?:${GROUP}:){1,${before}}(?::${GROUP}){1,${7 - before}}`),
  `:(?:(?::${GROUP}){1,7}|:)`,
);
export const BRACKETED_IPV6 = `\\[${IPV6}\\]`;

export const PORT_NUMBER =
  "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
/** At most 15 lower-case letters, digits and single inner hyphens, at least one letter (the API's IsValidPortName). */
export const PORT_NAME = "(?=[-a-z0-9]{1,15}(?![-a-z0-9]))(?=[-0-9]*[a-z])[a-z0-9](?:-?[a-z0-9])*";
export const PORT = any(PORT_NUMBER, PORT_NAME);
export const PROTOCOL = any(...PROTOCOLS);

/** An absolute path with an optional query (RFC 3986), no fragment. */
export const HTTP_PATH = "/(?:[-A-Za-z0-9._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*";

/** From 100 milliseconds to a minute. */
export const TIMEOUT = "(?:(?:[1-9][0-9]{2,3}|[1-5][0-9]{4}|60000)ms|(?:[1-9]|[1-5][0-9]|60)s|1m)";

/** A label key of the API: an optional DNS prefix, a slash, and a name of at most 63 characters. */
export const LABEL_KEY = `(?:${OBJECT_NAME}/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
export const LABEL_VALUE = "(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?";

export const ENDPOINT_NAME = `(?!${any(...RESERVED_WORDS)}(?!-*[a-z0-9.]))${DNS_LABEL}`;

const object = (kinds: readonly string[]) => `(?:${DNS_LABEL}/)?${any(...kinds)}/${OBJECT_NAME}`;
const SERVICE_REFERENCE = object(SERVICE_WORDS);
const POD_REFERENCE = object([...POD_WORDS, ...WORKLOAD_WORDS.keys()]);
const ADDRESS_REFERENCE = any(IPV4, BRACKETED_IPV6, DOTTED_HOST);
const DNS_TARGET = `${DNS_WORD}(?::53)?(?:/(?:UDP|TCP))?`;

/** Where a flow may come from: no Service and no name server. */
export const SOURCE = any(POD_REFERENCE, ADDRESS_REFERENCE, ENDPOINT_NAME);

const HTTP_TARGET = `http://${any(
  `${any(object(KIND_WORDS), ENDPOINT_NAME)}:${PORT}`,
  `${ADDRESS_REFERENCE}:${PORT_NUMBER}`,
)}(?:${HTTP_PATH})?`;

function target(portOfPlaces: "required" | "optional"): string {
  const port = (ports: string) => (portOfPlaces === "required" ? `:${ports}` : `(?::${ports})?`);
  return any(
    HTTP_TARGET,
    DNS_TARGET,
    `${SERVICE_REFERENCE}${portOfPlaces === "required" ? `(?::${PORT}(?:/${PROTOCOL})?)?` : `(?::${PORT})?(?:/${PROTOCOL})?`}`,
    `${POD_REFERENCE}${port(PORT)}(?:/${PROTOCOL})?`,
    `${ADDRESS_REFERENCE}${port(PORT_NUMBER)}(?:/${PROTOCOL})?`,
    `${ENDPOINT_NAME}(?::${PORT})?(?:/${PROTOCOL})?`,
  );
}

/** A target of the object form, whose port may stand in `port`. */
export const TARGET = target("optional");

/** The one-line form. */
export const FLOW_LINE = `\\s*${SOURCE}\\s*(?:->|→)\\s*${target("required")}\\s+should\\s+(?:succeed|fail)\\s*`;

/** A pattern for the whole text. */
export function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "u");
}
