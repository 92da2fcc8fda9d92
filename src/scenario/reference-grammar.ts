import { isIPv4 } from "node:net";
import { nearest } from "../source/nearest.ts";
import { hostFault, ipFault, isPlainIPv6 } from "./addresses.ts";
import type { Reference } from "./flow-syntax.ts";
import type { LocatedText } from "./located-text.ts";
import { checkObjectName, isDnsLabel, LABEL_RULE } from "./object-names.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { anyOf, DNS_WORD, KIND_WORDS, PROTOCOLS } from "./words.ts";

/**
 * Parses one end of a flow: `NAME`, `[NAMESPACE/]KIND/NAME`, an IPv4 address, an IPv6 address in brackets, a host name
 * with a dot. The text has no white space around it.
 */
export function parseReference(source: LocatedText, problems: Problems): Reference | undefined {
  const { text, range } = source;
  if (text.startsWith("[")) return parseBracketed(source, problems);
  if (text.includes("/")) return parseObject(source, problems);
  if (/^[\d.]*\.[\d.]*$/.test(text)) {
    if (isIPv4(text)) return { kind: "ip", ip: text, text, range };
    return problems.error(range, `"${text}" is not an IPv4 address`);
  }
  if (isPlainIPv6(text)) {
    return problems.error(range, "an IPv6 address stands in brackets", { hint: `write "[${text}]"` });
  }
  if (text.includes(".")) {
    const fault = hostFault(text);
    if (fault === undefined) return { kind: "host", host: text, text, range };
    return problems.error(range, fault.message, { hint: fault.hint });
  }
  return { kind: text === DNS_WORD ? "dns" : "name", text, range };
}

function parseBracketed(source: LocatedText, problems: Problems): Reference | undefined {
  const { text, range } = source;
  const ip = /^\[([^\]]*)\]$/.exec(text)?.[1];
  if (ip === undefined) return problems.error(range, `"${text}" is not an IPv6 address in brackets`);
  if (!isPlainIPv6(ip)) {
    const hint = isIPv4(ip) ? `an IPv4 address has no brackets: ${ip}` : undefined;
    return problems.error(range, `"${ip}" is not an IPv6 address`, { hint });
  }
  const fault = ipFault(ip);
  if (fault === undefined) return { kind: "ip", ip, text, range };
  return problems.error(range, fault.message, { hint: fault.hint });
}

function parseObject(source: LocatedText, problems: Problems): Reference | undefined {
  const { text, range } = source;
  const segments = source.split("/");
  const empty = segments.find((segment) => segment.text === "");
  if (empty !== undefined || segments.length > 3) {
    return problems.error(range, `"${text}" is neither KIND/NAME nor NAMESPACE/KIND/NAME`);
  }
  const [namespace, kind, name] = segments.length === 3 ? segments : [undefined, ...segments];
  if (kind === undefined || name === undefined) return undefined;

  const before = problems.errors;
  if (namespace !== undefined && !isDnsLabel(namespace.text)) {
    problems.error(namespace.range, `"${namespace.text}" is not a valid namespace name`, {
      hint: LABEL_RULE,
    });
  }
  if (!KIND_WORDS.includes(kind.text)) {
    problems.error(kind.range, `unknown kind "${kind.text}"`, { hint: kindHint(source, kind, name) });
  } else {
    checkObjectName(name, kind.text, problems);
  }
  if (problems.errors > before) return undefined;
  return {
    kind: "object",
    ...(namespace !== undefined && { namespace: namespace.text }),
    word: kind.text,
    name: name.text,
    text,
    range,
  };
}

function kindHint(source: LocatedText, kind: LocatedText, name: LocatedText): string | undefined {
  const protocol = PROTOCOLS.find((word) => word === name.text.toUpperCase());
  if (protocol !== undefined) return `protocols are written in upper case: ${kind.text}/${protocol}`;
  if (/^[\d.]+$|:/.test(kind.text)) {
    return `a range has no short form: define an endpoint with cidr: "${source.text}"`;
  }
  const twoSegments = source.text === `${kind.text}/${name.text}`;
  return didYouMean(
    nearest(kind.text, KIND_WORDS),
    twoSegments
      ? `two parts are always KIND/NAME; with a namespace: ${kind.text}/KIND/${name.text}`
      : `the kinds are ${anyOf(KIND_WORDS)}`,
  );
}
