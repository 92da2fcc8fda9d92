import type { Endpoint, Flow } from "../model/scenario.ts";
import { endpointIdentity } from "./endpoint-display.ts";
import type { EndpointTable } from "./endpoint-table.ts";
import { flowId } from "./flow-identity.ts";
import type { FlowSyntax, Reference, TargetSyntax } from "./flow-syntax.ts";
import type { Problems } from "./problems.ts";
import { type TargetPort, targetPorts } from "./target-ports.ts";

export interface FlowContext {
  readonly scenario: string;
  /** Of flows that give none. */
  readonly timeoutMs: number;
  readonly endpoints: EndpointTable;
  readonly problems: Problems;
}

/** Looks up the names of a flow and multiplies its lists and ports out. Empty after a problem. */
export function expandFlow(syntax: FlowSyntax, context: FlowContext): readonly Flow[] {
  const { endpoints, problems } = context;
  const before = problems.errors;
  const sources = distinct(
    syntax.from.map((reference) => ({ reference, endpoint: findSource(reference, endpoints, problems) })),
    problems,
  );
  const targets = distinct(
    syntax.to.map((target) => findTarget(syntax, target, context)),
    problems,
  );
  if (problems.errors > before) return [];
  return sources.flatMap(({ endpoint: from }) =>
    targets.flatMap(({ endpoint: to, ports }) =>
      from === undefined || to === undefined
        ? []
        : (ports ?? []).map((port) => makeFlow(syntax, from, to, port, context)),
    ),
  );
}

function makeFlow(
  syntax: FlowSyntax,
  from: Endpoint,
  to: Endpoint,
  port: TargetPort,
  context: FlowContext,
): Flow {
  const flow = {
    scenario: context.scenario,
    from,
    to,
    ...port,
    expect: syntax.expect,
    timeoutMs: syntax.timeoutMs ?? context.timeoutMs,
    unreachableIsFine: syntax.unreachableIsFine?.value ?? false,
    observe: syntax.observe ?? true,
    range: syntax.range,
    ...(syntax.name !== undefined && { name: syntax.name }),
    ...(syntax.send !== undefined && { send: syntax.send.value }),
  };
  return { id: flowId(flow), ...flow };
}

function findSource(
  reference: Reference,
  endpoints: EndpointTable,
  problems: Problems,
): Endpoint | undefined {
  const endpoint = endpoints.find(reference, problems);
  if (endpoint?.kind === "dns") return problems.error(reference.range, "dns can only be a target");
  if (endpoint?.kind !== "service") return endpoint;
  return problems.error(reference.range, `the Service "${reference.text}" can only be a target`, {
    hint: "connections come from pods: name its workload, such as deploy/NAME",
  });
}

function findTarget(syntax: FlowSyntax, target: TargetSyntax, { endpoints, problems }: FlowContext) {
  const { reference } = target;
  const endpoint = endpoints.find(reference, problems);
  const ports = endpoint && targetPorts(syntax, target, endpoint, problems);
  if (endpoint !== undefined && ports !== undefined)
    checkOptions(syntax, reference, endpoint, ports, problems);
  return { reference, endpoint, ports };
}

/** Options that only mean something for some targets are mistakes for all others. */
function checkOptions(
  { send, unreachableIsFine }: FlowSyntax,
  reference: Reference,
  endpoint: Endpoint,
  ports: readonly TargetPort[],
  problems: Problems,
): void {
  const outside = endpoint.kind === "ip" || endpoint.kind === "host";
  if (unreachableIsFine?.value === true && !outside) {
    problems.error(
      unreachableIsFine.range,
      '"unreachableIsFine" is only for targets that are an ip or a host',
      {
        related: [{ message: `"${reference.text}" is neither`, range: reference.range }],
      },
    );
  }
  const datagrams = ports.every(
    ({ port, protocol, application }) =>
      port !== undefined && protocol === "UDP" && application.kind === "connect",
  );
  if (send !== undefined && !datagrams) {
    problems.error(send.range, '"send" is only for UDP targets with a server that answers it', {
      hint: endpoint.kind === "dns" ? "dns is sent a query of its own" : "add protocol: UDP",
    });
  }
}

interface Found {
  readonly reference: Reference;
  readonly endpoint: Endpoint | undefined;
  readonly ports?: readonly TargetPort[] | undefined;
}

/** Reports what a list names twice. */
function distinct<Item extends Found>(items: readonly Item[], problems: Problems): readonly Item[] {
  const seen = new Map<string, Item>();
  for (const item of items) {
    if (item.endpoint === undefined) continue;
    const key = JSON.stringify([endpointIdentity(item.endpoint), item.ports ?? null]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, item);
    else {
      problems.error(item.reference.range, `"${item.reference.text}" is in the list twice`, {
        related: [{ message: "the first one is here", range: first.reference.range }],
      });
    }
  }
  return items;
}
