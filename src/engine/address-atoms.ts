import type { Cidr } from "../selectors/cidr.ts";
import { type AddressFamily, formatAddress, type IpAddress, parseAddress } from "../selectors/ip-address.ts";

/** A stretch of atoms, `end` not included. */
export interface AtomRange {
  readonly first: number;
  readonly end: number;
}

/** An address of a node, where that is more than an address to policies or to the network. */
export interface NodeAddress {
  readonly address: IpAddress;
  /** Alike for nodes that no policy tells apart. */
  readonly kind: string;
}

/**
 * All addresses, cut where a block of a policy begins or ends: addresses of one atom are alike to every policy. Atoms
 * of IPv4 come first, in the order of their addresses, then those of IPv6; behind these the addresses of nodes that
 * lie in the same stretch and are alike.
 */
export class AddressAtoms {
  readonly #starts4: Float64Array;
  readonly #starts6: readonly bigint[];
  /** By `nodeKey`. */
  readonly #ofNode = new Map<string, number>();
  /** How many addresses of nodes lie in each stretch. */
  readonly #nodesIn = new Map<number, number>();
  readonly #nodeAtoms: { readonly base: number; readonly kind: string }[] = [];

  /** `nodes`: each address once. */
  constructor(blocks: readonly Cidr[], nodes: readonly NodeAddress[] = []) {
    const cuts4 = new Set([0]);
    const cuts6 = new Set([0n]);
    for (const { family, first, last } of blocks) {
      if (family === 4) cuts4.add(Number(first)).add(Number(last) + 1);
      else cuts6.add(first).add(last + 1n);
    }
    cuts4.delete(2 ** 32);
    cuts6.delete(1n << 128n);
    this.#starts4 = Float64Array.from(cuts4).sort();
    this.#starts6 = [...cuts6].sort((a, b) => (a < b ? -1 : 1));
    const known = new Map<string, number>();
    for (const { address, kind } of nodes) {
      const base = this.#baseOf(address);
      const key = `${base}/${kind}`;
      const atom = known.get(key) ?? this.#stretches + this.#nodeAtoms.push({ base, kind }) - 1;
      known.set(key, atom);
      this.#ofNode.set(nodeKey(address), atom);
      this.#nodesIn.set(base, (this.#nodesIn.get(base) ?? 0) + 1);
    }
  }

  get #stretches(): number {
    return this.#starts4.length + this.#starts6.length;
  }

  get count(): number {
    return this.#stretches + this.#nodeAtoms.length;
  }

  familyOf(atom: number): AddressFamily {
    return this.baseOf(atom) < this.#starts4.length ? 4 : 6;
  }

  /** The stretch that an atom lies in; itself, but for addresses of nodes. */
  baseOf(atom: number): number {
    return this.#nodeAtoms[atom - this.#stretches]?.base ?? atom;
  }

  /** What kind of nodes' addresses an atom is; undefined: it is none. */
  nodeKindOf(atom: number): string | undefined {
    return this.#nodeAtoms[atom - this.#stretches]?.kind;
  }

  /** Whether an address lies there: of a stretch that is all nodes' addresses nothing is left. */
  hasAddress(atom: number): boolean {
    const nodes = this.#nodesIn.get(atom);
    return nodes === undefined || BigInt(nodes) < this.#sizeOf(atom);
  }

  #sizeOf(stretch: number): bigint {
    if (stretch < this.#starts4.length) {
      return BigInt((this.#starts4[stretch + 1] ?? 2 ** 32) - (this.#starts4[stretch] ?? 0));
    }
    return (this.#starts6[stretch + 1 - this.#starts4.length] ?? 1n << 128n) - this.#start6(stretch);
  }

  /** The first address of an atom's stretch, as text. */
  sample(atom: number): string {
    const base = this.baseOf(atom);
    const value = base < this.#starts4.length ? BigInt(this.#starts4[base] ?? 0) : this.#start6(base);
    return formatAddress({ family: this.familyOf(base), value });
  }

  #start6(atom: number): bigint {
    return this.#starts6[atom - this.#starts4.length] ?? 0n;
  }

  atomOf(address: IpAddress): number {
    const ofNode = this.#ofNode.size === 0 ? undefined : this.#ofNode.get(nodeKey(address));
    return ofNode ?? this.#baseOf(address);
  }

  #baseOf({ family, value }: IpAddress): number {
    return family === 4 ? this.#atomOf4(Number(value)) : this.#atomOf6(value);
  }

  /** The atom of an address in text, undefined where it is no address. */
  atomOfText(text: string): number | undefined {
    const plain = this.#ofNode.size === 0 ? plainIpv4(text) : -1;
    if (plain >= 0) return this.#atomOf4(plain);
    const address = parseAddress(text);
    return address === undefined ? undefined : this.atomOf(address);
  }

  /** The stretches of a block; blocks begin and end where stretches do. */
  rangeOf({ family, first, last }: Cidr): AtomRange {
    return { first: this.#baseOf({ family, value: first }), end: this.#baseOf({ family, value: last }) + 1 };
  }

  /** Whether each of the blocks begins and ends where an atom does. */
  tellsApart(blocks: readonly Cidr[]): boolean {
    const begins = (family: AddressFamily, value: bigint): boolean =>
      family === 4
        ? value > 0xffffffffn || this.#starts4[this.#atomOf4(Number(value))] === Number(value)
        : value >> 128n !== 0n || this.#start6(this.#atomOf6(value)) === value;
    return blocks.every(({ family, first, last }) => begins(family, first) && begins(family, last + 1n));
  }

  #atomOf4(value: number): number {
    const starts = this.#starts4;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #atomOf6(value: bigint): number {
    const starts = this.#starts6;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0n) <= value) low = middle;
      else high = middle - 1;
    }
    return this.#starts4.length + low;
  }
}

/** The 32 bits of an IPv4 address in its usual form, -1 for anything else; a hundred thousand pods have one each. */
export function plainIpv4(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46 /* . */) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (code >= 48 && code <= 57) {
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return -1;
    } else {
      return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

function nodeKey({ family, value }: IpAddress): string {
  return `${family}/${value}`;
}
