import type { Pod, Protocol, Service } from "../../model/kubernetes.ts";
import type { Direction } from "../../model/prediction.ts";
import type { CompiledRule } from "../../policy/compiled-policy.ts";
import type { CompiledPort } from "../../policy/compiled-port.ts";
import { isSlipOf } from "../../policy/similar-text.ts";
import type { DeclaredPort } from "../../selectors/container-ports.ts";
import { type Check, finding } from "../check.ts";
import type { Draft } from "../finding.ts";
import { allRules, type LintPolicy } from "../lint-world.ts";
import { type PortDestination, PortDestinations } from "../port-destinations.ts";

/** Ports that the destination pods do not have (S25, S27), and entries of `ports` that say nothing. */
export const checkPorts: Check = (world) => {
  const destinations = new PortDestinations(world);
  return allRules(world).flatMap(({ policy, direction, rule }) => [
    ...pointlessRanges(policy, direction, rule),
    ...namesOfAddresses(policy, direction, rule),
    ...undeclared(policy, direction, rule, destinations),
  ]);
};

function pointlessRanges({ source, object }: LintPolicy, direction: Direction, rule: CompiledRule): Draft[] {
  const written = source.spec?.[direction]?.[Number(rule.path[2])]?.ports ?? [];
  return written.flatMap((entry, index) => {
    if (entry?.endPort === undefined || entry.endPort === null || entry.endPort !== entry.port) return [];
    return finding("pointless-end-port", {
      object,
      path: [...rule.path, "ports", index, "endPort"],
      message: `the range from ${entry.port} to ${entry.endPort} is one port`,
      hint: "leave endPort out, or write the last port of the range",
    });
  });
}

function namesOfAddresses({ object }: LintPolicy, direction: Direction, rule: CompiledRule): Draft[] {
  if (direction === "ingress" || rule.peers?.every(({ kind }) => kind === "block") !== true) return [];
  return (rule.ports ?? []).flatMap((port) =>
    port.numbers.kind === "named"
      ? finding("named-port-to-addresses", {
          object,
          path: [...port.path, "port"],
          message: `the name ${port.numbers.name} is looked up on pods, and this rule is for addresses: it allows nothing`,
          hint: "write the port's number",
        })
      : [],
  );
}

function undeclared(
  policy: LintPolicy,
  direction: Direction,
  rule: CompiledRule,
  destinations: PortDestinations,
): Draft[] {
  if (rule.ports === undefined) return [];
  const destination = destinations.of(policy, direction, rule);
  if (destination === undefined) return [];
  return rule.ports.flatMap((port) => {
    switch (port.numbers.kind) {
      case "range":
        return undeclaredNumber(policy, port, port.numbers, destination);
      case "named":
        return undeclaredName(policy, port, port.numbers.name, destination);
      default:
        return [];
    }
  });
}

function undeclaredNumber(
  { object }: LintPolicy,
  port: CompiledPort,
  { first, last }: { readonly first: number; readonly last: number },
  destination: PortDestination,
): Draft[] {
  if (destination.declares(port.protocol, first, last)) return [];
  const behind = first === last ? destination.inFront(first, port.protocol) : undefined;
  if (behind === undefined && !destination.allDeclare) return [];
  const same = destination.declared.filter(({ protocol }) => protocol === port.protocol);
  const text = first === last ? `port ${first}` : `a port from ${first} to ${last}`;
  const message = `no container of ${podsText(destination.pods)} declares ${port.protocol} ${text}`;
  return [
    finding("undeclared-port", {
      object,
      path: [...port.path, "port"],
      message:
        behind === undefined
          ? message
          : `${message}: ${first} is the port of Service ${behind.service}, which leads to ${behind.target} of the pods`,
      hint:
        behind === undefined
          ? `declared: ${listOf(same.length > 0 ? same : destination.declared)}; declare the port if the pods listen there`
          : `policies see the pod's port: write ${behind.target}`,
      part: "value",
    }),
  ];
}

function undeclaredName(
  { object }: LintPolicy,
  port: CompiledPort,
  name: string,
  destination: PortDestination,
): Draft[] {
  const { declared, pods, services } = destination;
  if (declared.some((entry) => entry.name === name && entry.protocol === port.protocol)) return [];
  const message = `no container of ${podsText(pods)} has a ${port.protocol} port named ${name}: the entry allows nothing`;
  return [
    finding("undeclared-port-name", {
      object,
      path: [...port.path, "port"],
      message,
      hint: nameHint(name, port.protocol, declared, services),
      part: "value",
    }),
  ];
}

function nameHint(
  name: string,
  protocol: Protocol,
  declared: readonly DeclaredPort[],
  services: readonly Service[],
): string {
  const other = declared.find((entry) => entry.name === name);
  if (other !== undefined)
    return `the port of that name is ${other.protocol}: write protocol: ${other.protocol}`;
  const named = declared.filter((entry) => entry.name !== undefined && entry.protocol === protocol);
  const meant = named.find((entry) => isSlipOf(name, entry.name ?? ""));
  if (meant !== undefined) return `did you mean ${meant.name} (${meant.port})?`;
  const service = services.find(({ spec }) => spec?.ports?.some((port) => port.name === name));
  const ofService = service?.spec?.ports?.find((port) => port.name === name);
  if (ofService !== undefined) {
    const target = ofService.targetPort ?? ofService.port;
    return `${name} is a port of Service ${service?.metadata.name}; policies look for the container's: write ${target}`;
  }
  return named.length === 0
    ? "name the container's port, or write its number"
    : `named are: ${listOf(named)}`;
}

function podsText(pods: readonly Pod[]): string {
  const [first, second] = pods;
  const name = `${first?.metadata.namespace ?? "default"}/${first?.metadata.name}`;
  if (second === undefined) return `pod ${name}`;
  return `the ${pods.length} pods (${name}, …)`;
}

const SHOWN = 4;

function listOf(ports: readonly DeclaredPort[]): string {
  const shown = ports.slice(0, SHOWN).map(({ name, port, protocol }) => {
    const number = protocol === "TCP" ? `${port}` : `${port}/${protocol}`;
    return name === undefined ? number : `${name} ${number}`;
  });
  return ports.length > SHOWN ? `${shown.join(", ")}, …` : shown.join(", ");
}
