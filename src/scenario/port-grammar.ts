import type { Protocol } from "../model/kubernetes.ts";
import { nearest } from "../source/nearest.ts";
import type { SourceRange } from "../source/position.ts";
import type { LocatedText } from "./located-text.ts";
import { PORT_NAME, PORT_NUMBER, whole } from "./patterns.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { anyOf, PROTOCOLS } from "./words.ts";
import { describe, type YamlNode } from "./yaml-node.ts";

const VALID_NUMBER = whole(PORT_NUMBER);
const VALID_NAME = whole(PORT_NAME);
export const MAX_PORT = 65_535;

/** A port as text: a number from 1 to 65535, or a port's name. */
export function parsePort(source: LocatedText, problems: Problems): number | string | undefined {
  const { text, range } = source;
  if (VALID_NUMBER.test(text)) return Number(text);
  if (VALID_NAME.test(text)) return text;
  if (text === "") return problems.error(range, 'missing port after ":"');
  if (/^\d+$/.test(text)) return outOfRange(text, range, problems);
  const several = /^\d+(?:[-,;]\d+)+$/.test(text);
  return problems.error(range, `"${text}" is neither a port number nor the name of a port`, {
    hint: several
      ? "a flow has one port; list several as `ports` of the endpoint"
      : "names of ports have at most 15 lower-case letters, digits and hyphens, one letter at least",
  });
}

/** A port as a YAML value: numbers may stand without quotes. */
export function readPort(node: YamlNode, problems: Problems): number | string | undefined {
  if (node.kind === "scalar") {
    const { value } = node;
    if (typeof value === "number") {
      return Number.isInteger(value) && value >= 1 && value <= MAX_PORT
        ? value
        : outOfRange(node.text.text, node.range, problems);
    }
    if (typeof value === "string" && VALID_NUMBER.test(value)) {
      return problems.error(node.range, "a port number stands without quotes", { hint: `write ${value}` });
    }
    if (typeof value === "string" && value !== "") return parsePort(node.text, problems);
  }
  return problems.error(node.range, `a port must be a number or a name, not ${describe(node)}`, {
    hint:
      node.kind === "sequence" ? "a flow has one port; list several as `ports` of the endpoint" : undefined,
  });
}

export function parseProtocol(source: LocatedText, problems: Problems): Protocol | undefined {
  const { text, range } = source;
  const protocol = PROTOCOLS.find((word) => word === text);
  if (protocol !== undefined) return protocol;
  if (text === "")
    return problems.error(range, 'missing protocol after "/"', { hint: `${anyOf(PROTOCOLS)}` });
  return problems.error(range, `unknown protocol "${text}"`, {
    hint: didYouMean(nearest(text, PROTOCOLS), `the protocols are ${anyOf(PROTOCOLS)}`),
  });
}

function outOfRange(text: string, range: SourceRange, problems: Problems): undefined {
  return problems.error(range, `port ${text} is out of range: a whole number from 1 to ${MAX_PORT}`);
}
