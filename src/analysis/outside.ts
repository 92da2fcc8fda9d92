import { IPV4, IPV6 } from "../engine/address-profiles.ts";
import type { Engine } from "../engine/engine.ts";
import { ADDRESS_BITS, type IpAddress, parseWritten } from "../selectors/ip-address.ts";
import type { AddressRange } from "./address-set.ts";

/** Addresses that are no pod's or node's, all alike to every policy of the engines at hand. */
export interface OutsidePiece extends AddressRange {
  /** The class of each engine, in their order. */
  readonly classes: readonly number[];
}

/** Whether pods of this class have an address that can speak with those; one that is not known may be of any family. */
export function sharesFamily({ classes }: Engine, index: number, { family }: OutsidePiece): boolean {
  const families = classes.list[index]?.profile.families ?? 0;
  return (families & (family === 4 ? IPV4 : IPV6)) !== 0;
}

/** Cuts all addresses where a block of a policy of any of the engines begins or ends. */
export function outsidePieces(engines: readonly Engine[]): OutsidePiece[] {
  const starts = new Map<string, IpAddress>();
  for (const { classes } of engines) {
    const { atoms } = classes.profiles;
    for (let atom = 0; atom < atoms.count; atom++) {
      if (atoms.baseOf(atom) !== atom) continue;
      const text = atoms.sample(atom);
      const address = parseWritten(text);
      if (address !== undefined) starts.set(text, address);
    }
  }
  const sorted = [...starts.values()].sort(
    (a, b) => a.family - b.family || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0),
  );
  return sorted.flatMap(({ family, value }, at) => {
    const next = sorted[at + 1];
    const last = next?.family === family ? next.value - 1n : (1n << BigInt(ADDRESS_BITS[family])) - 1n;
    const classes = engines.map((engine) => outsideClass(engine, { family, value }));
    return classes.includes(undefined)
      ? []
      : [{ family, first: value, last, classes: classes as readonly number[] }];
  });
}

/** The class of the addresses around this one that are no node's; undefined where all of them are. */
function outsideClass({ classes }: Engine, address: IpAddress): number | undefined {
  const { atoms } = classes.profiles;
  const atom = atoms.baseOf(atoms.atomOf(address));
  return atoms.hasAddress(atom) ? (classes.ofAtom[atom] as number) : undefined;
}
