import type { Protocol } from "../model/kubernetes.ts";
import type { Application, Endpoint, EndpointPort } from "../model/scenario.ts";
import { nearest } from "../source/nearest.ts";
import type { FlowSyntax, Located, TargetSyntax } from "./flow-syntax.ts";
import { didYouMean, type Problems } from "./problems.ts";

/** What one flow asks of its target; the fields of `Flow`. */
export interface TargetPort {
  readonly port: number | string | undefined;
  readonly protocol: Protocol;
  readonly application: Application;
}

interface Asked {
  readonly port: Located<number | string> | undefined;
  readonly protocol: Located<Protocol> | undefined;
}

const CONNECT: Application = { kind: "connect" };
const DNS_PORT = 53;

/** The ports that a flow means by its target: one, or all that the endpoint declares. Undefined after a problem. */
export function targetPorts(
  flow: Pick<FlowSyntax, "port" | "protocol">,
  target: TargetSyntax,
  endpoint: Endpoint,
  problems: Problems,
): readonly TargetPort[] | undefined {
  const before = problems.errors;
  const asked: Asked = {
    port: merge("port", target.port, flow.port, problems),
    protocol: merge("protocol", target.protocol, flow.protocol, problems),
  };
  if (problems.errors > before) return undefined;
  if (target.path !== undefined) return httpPort(asked, target, target.path, endpoint, problems);
  switch (endpoint.kind) {
    case "dns":
      return dnsPort(asked, problems);
    case "service":
      return servicePort(asked, problems);
    case "labels":
    case "workload":
    case "pod":
    case "ip":
    case "host":
    case "cidr":
      return asked.port === undefined
        ? declaredPorts(asked, target, endpoint, problems)
        : onePort(asked, asked.port, endpoint, problems);
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

/** The object form may say a port or protocol in `to` and again beside it, but not two different ones. */
function merge<Value extends number | string>(
  what: "port" | "protocol",
  inTarget: Located<Value> | undefined,
  beside: Located<Value> | undefined,
  problems: Problems,
): Located<Value> | undefined {
  if (inTarget !== undefined && beside !== undefined && inTarget.value !== beside.value) {
    problems.error(
      beside.range,
      `two different ${what}s: ${inTarget.value} in the target and ${beside.value} here`,
      {
        related: [{ message: `the ${what} of the target is here`, range: inTarget.range }],
      },
    );
  }
  return inTarget ?? beside;
}

function httpPort(
  asked: Asked,
  target: TargetSyntax,
  path: string,
  endpoint: Endpoint,
  problems: Problems,
): readonly TargetPort[] | undefined {
  if (asked.protocol !== undefined && asked.protocol.value !== "TCP") {
    return problems.error(asked.protocol.range, `HTTP goes over TCP, not ${asked.protocol.value}`);
  }
  if (asked.port === undefined) return problems.error(target.range, "an http:// target needs a port");
  const port = resolvePort(asked.port, endpoint, problems);
  return port === undefined ? undefined : [{ port, protocol: "TCP", application: { kind: "http", path } }];
}

function dnsPort(asked: Asked, problems: Problems): readonly TargetPort[] | undefined {
  const { port, protocol } = asked;
  if (port !== undefined && port.value !== DNS_PORT) {
    return problems.error(port.range, `dns is asked on port ${DNS_PORT}, not ${port.value}`, {
      hint: "for another port define an endpoint for the name server",
    });
  }
  if (protocol?.value === "SCTP") {
    return problems.error(protocol.range, "dns goes over UDP or TCP", { hint: "write dns or dns/TCP" });
  }
  return [{ port: DNS_PORT, protocol: protocol?.value ?? "UDP", application: { kind: "dns" } }];
}

function servicePort(asked: Asked, problems: Problems): readonly TargetPort[] | undefined {
  const { port, protocol } = asked;
  if (port === undefined && protocol !== undefined) {
    return problems.error(protocol.range, "a Service with a protocol needs a port too", {
      hint: "without both, every port of the Service is meant",
    });
  }
  return [{ port: port?.value, protocol: protocol?.value ?? "TCP", application: CONNECT }];
}

type WithPorts = Extract<Endpoint, { readonly ports: readonly EndpointPort[] }>;

function onePort(
  asked: Asked,
  port: Located<number | string>,
  endpoint: WithPorts,
  problems: Problems,
): readonly TargetPort[] | undefined {
  const number = resolvePort(port, endpoint, problems);
  if (number === undefined) return undefined;
  const declared = endpoint.ports
    .filter((candidate) => isMeant(candidate, port.value))
    .map(({ protocol }) => protocol);
  const usual = declared.length === 0 || declared.includes("TCP") ? "TCP" : declared[0];
  return [{ port: number, protocol: asked.protocol?.value ?? usual ?? "TCP", application: CONNECT }];
}

function declaredPorts(
  asked: Asked,
  target: TargetSyntax,
  endpoint: WithPorts,
  problems: Problems,
): readonly TargetPort[] | undefined {
  const wanted = asked.protocol;
  const ports = endpoint.ports.filter(({ protocol }) => wanted === undefined || protocol === wanted.value);
  if (ports.length > 0) return ports.map(({ port, protocol }) => ({ port, protocol, application: CONNECT }));
  const { name } = endpoint;
  if (wanted !== undefined && endpoint.ports.length > 0) {
    return problems.error(wanted.range, `the endpoint "${name}" declares no ${wanted.value} port`);
  }
  const inPlace = target.reference.kind !== "name";
  return problems.error(target.reference.range, `no port: "${name}" declares none and the flow names none`, {
    hint: inPlace ? `write ${name}:PORT` : `write ${name}:PORT, or give the endpoint ports: [PORT]`,
  });
}

/**
 * Names of ports are those of the real pods, to be looked up later. Where there is no pod to ask they can only be
 * those that the endpoint declares.
 */
function resolvePort(
  port: Located<number | string>,
  endpoint: Endpoint,
  problems: Problems,
): number | string | undefined {
  if (typeof port.value === "number" || endpoint.kind === "dns" || endpoint.kind === "service")
    return port.value;
  const standIn = endpoint.kind === "labels" && endpoint.standIn;
  const hasPods = endpoint.kind === "labels" || endpoint.kind === "workload" || endpoint.kind === "pod";
  if (hasPods && !standIn) return port.value;

  const declared = endpoint.ports.find((candidate) => candidate.name === port.value);
  if (declared !== undefined) return standIn ? port.value : declared.port;
  const names = endpoint.ports.flatMap(({ name }) => name ?? []);
  return problems.error(
    port.range,
    `the endpoint "${endpoint.name}" declares no port named "${port.value}"`,
    {
      hint: didYouMean(
        nearest(port.value, names),
        `give its number, or ports: [{name: ${port.value}, port: NUMBER}]`,
      ),
    },
  );
}

function isMeant(declared: EndpointPort, port: number | string): boolean {
  return typeof port === "number" ? declared.port === port : declared.name === port;
}
