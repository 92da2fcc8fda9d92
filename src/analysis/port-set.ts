import type { Protocol } from "../model/kubernetes.ts";

/** Ports of one protocol, `last` included. */
export interface PortRange {
  readonly protocol: Protocol;
  readonly first: number;
  readonly last: number;
}

/** Ranges by protocol and number that neither touch nor overlap; empty: no port. */
export type PortSet = readonly PortRange[];

export const FIRST_PORT = 1;
export const LAST_PORT = 65_535;
const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

export const ALL_PORTS: PortSet = PROTOCOLS.map((protocol) => ({
  protocol,
  first: FIRST_PORT,
  last: LAST_PORT,
}));

/** Joins what touches or overlaps. Port 0, which is no port, is left out. */
export function toPortSet(ranges: readonly PortRange[]): PortSet {
  const sorted = ranges
    .map(({ protocol, first, last }) => ({ protocol, first: Math.max(first, FIRST_PORT), last }))
    .filter(({ first, last }) => first <= last)
    .sort((a, b) => PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol) || a.first - b.first);
  const joined: PortRange[] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before === undefined || before.protocol !== range.protocol || before.last + 1 < range.first) {
      joined.push(range);
    } else if (before.last < range.last) {
      joined[joined.length - 1] = { ...before, last: range.last };
    }
  }
  return joined;
}

/**
 * `all ports`, `all TCP`, `TCP 80, 8080-8090; UDP 53`, and where that is shorter what is left out: `all but TCP 22`.
 * Empty for no port.
 */
export function portsText(ports: PortSet): string {
  if (ports.length === 0) return "";
  const missing = complement(ports);
  if (missing.length === 0) return "all ports";
  const text = byProtocol(ports);
  const rest = missing.every(isWhole) ? text : `all but ${byProtocol(missing)}`;
  return rest.length < text.length ? rest : text;
}

function byProtocol(ports: PortSet): string {
  return PROTOCOLS.flatMap((protocol) => {
    const own = ports.filter((range) => range.protocol === protocol);
    if (own.length === 0) return [];
    if (own.length === 1 && own.every(isWhole)) return [`all ${protocol}`];
    const without = complement(ports).filter((range) => range.protocol === protocol);
    const text = `${protocol} ${numbers(own)}`;
    const rest = `all ${protocol} but ${numbers(without)}`;
    return [rest.length < text.length ? rest : text];
  }).join("; ");
}

function numbers(ranges: PortSet): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

function isWhole({ first, last }: PortRange): boolean {
  return first === FIRST_PORT && last === LAST_PORT;
}

/** All ports that are not in the set. */
export function complement(ports: PortSet): PortSet {
  return PROTOCOLS.flatMap((protocol) => {
    const gaps: PortRange[] = [];
    let next = FIRST_PORT;
    for (const { first, last } of ports.filter((range) => range.protocol === protocol)) {
      if (first > next) gaps.push({ protocol, first: next, last: first - 1 });
      next = last + 1;
    }
    if (next <= LAST_PORT) gaps.push({ protocol, first: next, last: LAST_PORT });
    return gaps;
  });
}
