import {
  ADDRESS_BITS,
  type AddressFamily,
  formatAddress,
  type IpAddress,
  isMapped,
  parseWritten,
} from "./ip-address.ts";

/** A block of addresses, from `first` to `last`, both included. */
export interface Cidr {
  readonly family: AddressFamily;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** All of the range is in the block, none of it is, or only a part is. */
export type CidrRelation = "covered" | "disjoint" | "partial";

/**
 * Reads a block as Kubernetes does where strict checks are off (k8s.io/utils/net ParseCIDRSloppy): leading zeros are
 * decimal, bits beyond the prefix are dropped, and a block of IPv4-mapped addresses is the IPv4 block that it maps.
 * Undefined for anything else, also for an address without a prefix.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const length = text.slice(slash + 1);
  const address = slash < 0 ? undefined : parseWritten(text.slice(0, slash));
  if (address === undefined || !/^[0-9]+$/.test(length) || Number(length) > ADDRESS_BITS[address.family]) {
    return undefined;
  }
  const prefix = Number(length);
  return isMapped(address) && prefix >= 96
    ? blockOf({ family: 4, value: address.value & 0xffffffffn }, prefix - 96)
    : blockOf(address, prefix);
}

/** The block of this prefix length that the address lies in. */
export function blockOf({ family, value }: IpAddress, prefix: number): Cidr {
  const hostBits = BigInt(ADDRESS_BITS[family] - prefix);
  const first = (value >> hostBits) << hostBits;
  return { family, prefix, first, last: first + (1n << hostBits) - 1n };
}

/** The block of one address. */
export function singleAddress(address: IpAddress): Cidr {
  return blockOf(address, ADDRESS_BITS[address.family]);
}

/** Families never mix (S15). */
export function contains(block: Cidr, address: IpAddress): boolean {
  return block.family === address.family && block.first <= address.value && address.value <= block.last;
}

/** How much of `range` lies in `block`; blocks are nested or apart, never crossed. */
export function relationTo(range: Cidr, block: Cidr): CidrRelation {
  if (range.family !== block.family || range.last < block.first || block.last < range.first) {
    return "disjoint";
  }
  return block.first <= range.first && range.last <= block.last ? "covered" : "partial";
}

/** Canonical text: `10.0.0.0/8`, `2001:db8::/32`. */
export function formatCidr({ family, first, prefix }: Cidr): string {
  return `${formatAddress({ family, value: first })}/${prefix}`;
}
