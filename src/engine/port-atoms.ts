import type { Protocol } from "../model/kubernetes.ts";

/** Ports that all policies and all port names treat alike. */
export interface PortAtom {
  readonly index: number;
  readonly protocol: Protocol;
  readonly first: number;
  /** Included. */
  readonly last: number;
}

export const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];
const LAST_PORT = 65_535;

/** Where answers may change, by protocol: the first number of each stretch. */
export type PortCuts = Readonly<Record<Protocol, ReadonlySet<number>>>;

/** The ports of each protocol from 0 on, cut where a rule's ports begin or end and around what port names stand for. */
export class PortAtoms {
  readonly atoms: readonly PortAtom[];
  readonly #starts: Readonly<Record<Protocol, readonly number[]>>;
  readonly #base: Readonly<Record<Protocol, number>>;

  constructor(cuts: PortCuts) {
    const atoms: PortAtom[] = [];
    const base: Record<Protocol, number> = { TCP: 0, UDP: 0, SCTP: 0 };
    const starts = (protocol: Protocol): number[] =>
      [...new Set([0, ...cuts[protocol]])]
        .filter((start) => start >= 0 && start <= LAST_PORT)
        .sort((a, b) => a - b);
    this.#starts = { TCP: starts("TCP"), UDP: starts("UDP"), SCTP: starts("SCTP") };
    for (const protocol of PROTOCOLS) {
      base[protocol] = atoms.length;
      const list = this.#starts[protocol];
      for (const [at, first] of list.entries()) {
        const last = (list[at + 1] ?? LAST_PORT + 1) - 1;
        atoms.push({ index: atoms.length, protocol, first, last });
      }
    }
    this.atoms = atoms;
    this.#base = base;
  }

  indexOf(protocol: Protocol, port: number): number {
    const starts = this.#starts[protocol];
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= port) low = middle;
      else high = middle - 1;
    }
    return this.#base[protocol] + low;
  }

  tellsApart(cuts: PortCuts): boolean {
    return PROTOCOLS.every((protocol) =>
      [...cuts[protocol]].every(
        (start) =>
          start < 0 || start > LAST_PORT || this.atoms[this.indexOf(protocol, start)]?.first === start,
      ),
    );
  }
}
