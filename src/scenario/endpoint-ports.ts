import type { Protocol } from "../model/kubernetes.ts";
import type { EndpointPort, Serve } from "../model/scenario.ts";
import { asInteger, asList, asText, asWord, type FieldRules, readFields } from "./fields.ts";
import { PORT_NAME, whole } from "./patterns.ts";
import { MAX_PORT, parseProtocol } from "./port-grammar.ts";
import type { Problems } from "./problems.ts";
import { beginning, describe, type YamlMapping, type YamlNode } from "./yaml-node.ts";

const VALID_NAME = whole(PORT_NAME);
const RULES: FieldRules = {
  keys: ["name", "port", "protocol", "serve"],
  required: { port: "write {port: 8080}" },
  synonyms: { containerPort: "port", number: "port" },
};
const PORT_BOUNDS = { min: 1, max: MAX_PORT };
const SERVES: readonly Serve[] = ["tcp", "http", "udp"];

/** Reads `ports`: numbers, or mappings with a name, a protocol and what our own server answers there. */
export function readPorts(node: YamlNode, problems: Problems): readonly EndpointPort[] | undefined {
  const before = problems.errors;
  const items = asList(node, '"ports"', problems, "write ports: [8080]");
  const ports: EndpointPort[] = [];
  for (const item of items ?? []) {
    const port = item.kind === "mapping" ? readMapping(item, problems) : readNumber(item, problems);
    if (port === undefined) continue;
    const same = ports.find((other) => other.port === port.port && other.protocol === port.protocol);
    const sameName = ports.find((other) => other.name !== undefined && other.name === port.name);
    if (same !== undefined)
      problems.error(beginning(item), `port ${port.port}/${port.protocol} is listed twice`);
    else if (sameName !== undefined) problems.error(beginning(item), `two ports are named "${port.name}"`);
    else ports.push(port);
  }
  return problems.errors > before ? undefined : ports;
}

function readNumber(node: YamlNode, problems: Problems): EndpointPort | undefined {
  if (node.kind === "scalar" && typeof node.value !== "number") {
    return problems.error(
      node.range,
      `a port of an endpoint must be a number or a mapping, not ${describe(node)}`,
      {
        hint: "write ports: [8080] or ports: [{name: web, port: 8080}]",
      },
    );
  }
  const port = asInteger(node, "a port", PORT_BOUNDS, problems);
  return port === undefined ? undefined : { port, protocol: "TCP", serve: "tcp" };
}

function readMapping(node: YamlMapping, problems: Problems): EndpointPort | undefined {
  const before = problems.errors;
  const fields = readFields(node, "a port", RULES, problems);
  const field = (key: string) => fields.get(key)?.value;

  const portNode = field("port");
  const port = portNode && asInteger(portNode, '"port"', PORT_BOUNDS, problems);
  const nameNode = field("name");
  const name = nameNode && readName(nameNode, problems);
  const protocolNode = field("protocol");
  const protocolText = protocolNode && asText(protocolNode, '"protocol"', problems);
  const given = protocolText && parseProtocol(protocolText, problems);
  const serveNode = field("serve");
  const serve = serveNode && asWord(serveNode, '"serve"', SERVES, problems);
  if (problems.errors > before || port === undefined) return undefined;

  const protocol = given ?? (serve === "udp" ? "UDP" : "TCP");
  if (serveNode !== undefined && serve !== undefined && protocolOf(serve) !== protocol) {
    return problems.error(serveNode.range, `"serve: ${serve}" does not go with the protocol ${protocol}`);
  }
  const served = serve ?? defaultServe(protocol, name);
  return { ...(name !== undefined && { name }), port, protocol, serve: served };
}

function readName(node: YamlNode, problems: Problems): string | undefined {
  const text = asText(node, '"name"', problems)?.text;
  if (text === undefined || VALID_NAME.test(text)) return text;
  return problems.error(node.range, `"${text}" is not a valid port name`, {
    hint: "at most 15 lower-case letters, digits and hyphens, one letter at least",
  });
}

function protocolOf(serve: Serve): Protocol {
  return serve === "udp" ? "UDP" : "TCP";
}

function defaultServe(protocol: Protocol, name: string | undefined): Serve {
  if (protocol === "UDP") return "udp";
  return protocol === "TCP" && name?.startsWith("http") ? "http" : "tcp";
}
