import type { PortAtom, PortAtoms } from "../engine/port-atoms.ts";
import { PROTOCOLS } from "../engine/port-atoms.ts";
import { ALL_PORTS, FIRST_PORT, LAST_PORT, type PortRange, type PortSet } from "./port-set.ts";

/** Ports that are asked about together, since every engine at hand treats them alike. */
export interface PortPiece extends PortRange {
  /** The atom of each engine, in their order. */
  readonly atoms: readonly PortAtom[];
}

/** Cuts the asked ports where an atom of any of the engines begins. */
export function portPieces(
  engines: readonly { readonly ports: PortAtoms }[],
  asked = ALL_PORTS,
): PortPiece[] {
  return PROTOCOLS.flatMap((protocol) => {
    const starts = new Set(
      engines.flatMap(({ ports }) =>
        ports.atoms.filter((atom) => atom.protocol === protocol).map(({ first }) => first),
      ),
    );
    return asked
      .filter((range) => range.protocol === protocol)
      .flatMap((range) => cut(range, starts))
      .map((range) => ({
        ...range,
        atoms: engines.map(({ ports }) => ports.atoms[ports.indexOf(protocol, range.first)] as PortAtom),
      }));
  });
}

function cut({ protocol, first, last }: PortRange, starts: ReadonlySet<number>): PortSet {
  const inside = [...starts].filter((start) => start > first && start <= last).sort((a, b) => a - b);
  const firsts = [Math.max(first, FIRST_PORT), ...inside.filter((start) => start > FIRST_PORT)];
  return firsts.map((start, at) => ({
    protocol,
    first: start,
    last: Math.min((firsts[at + 1] ?? last + 1) - 1, LAST_PORT),
  }));
}
