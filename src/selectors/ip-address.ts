export type AddressFamily = 4 | 6;

/** An IP address. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) is the IPv4 address that it maps. */
export interface IpAddress {
  readonly family: AddressFamily;
  /** The 32 or 128 bits as a number. */
  readonly value: bigint;
}

export const ADDRESS_BITS: Readonly<Record<AddressFamily, number>> = { 4: 32, 6: 128 };

/** `::ffff:0:0/96`, the IPv4-mapped addresses of RFC 4291 section 2.5.5.2. */
const MAPPED_PREFIX = 0xffffn;

/**
 * Reads an address as Kubernetes does (k8s.io/utils/net ParseIPSloppy): leading zeros are decimal, a zone is refused.
 * Undefined for anything else.
 */
export function parseAddress(text: string): IpAddress | undefined {
  const parsed = parseWritten(text);
  return parsed === undefined ? undefined : unmapped(parsed);
}

/** The address in the family that it is written in: IPv4-mapped ones stay IPv6. */
export function parseWritten(text: string): IpAddress | undefined {
  if (text.includes(":")) {
    const value = parseIpv6(text);
    return value === undefined ? undefined : { family: 6, value };
  }
  const value = parseIpv4(text);
  return value === undefined ? undefined : { family: 4, value: BigInt(value) };
}

function unmapped(address: IpAddress): IpAddress {
  return isMapped(address) ? { family: 4, value: address.value & 0xffffffffn } : address;
}

export function isMapped({ family, value }: IpAddress): boolean {
  return family === 6 && value >> 32n === MAPPED_PREFIX;
}

function parseIpv4(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) {
    return undefined;
  }
  let value = 0;
  for (const octet of octets) {
    const number = /^[0-9]+$/.test(octet) ? Number(octet) : 256;
    if (number > 255) {
      return undefined;
    }
    value = value * 256 + number;
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) {
    return undefined;
  }
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined) {
    return undefined;
  }
  if (halves.length === 1) {
    return head.length === 8 ? join(head) : undefined;
  }
  // "::" stands for at least one group of zeros.
  if (tail === undefined || head.length + tail.length > 7) {
    return undefined;
  }
  return join([...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]);
}

/** 16-bit groups of one side of `::`; the last one of the whole address may be a dotted IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") {
    return [];
  }
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const embedded = parseIpv4(part);
      if (embedded === undefined) {
        return undefined;
      }
      groups.push(Math.floor(embedded / 65_536), embedded % 65_536);
    } else {
      const group = /^[0-9a-fA-F]+$/.test(part) ? Number.parseInt(part, 16) : 65_536;
      if (group > 65_535) {
        return undefined;
      }
      groups.push(group);
    }
  }
  return groups;
}

function join(groups: readonly number[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** The canonical text: dotted decimal, or RFC 5952 for IPv6. */
export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  const zeros = longestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return zeros === undefined
    ? hex(groups)
    : `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** The first longest run of two or more zero groups, which RFC 5952 writes as `::`. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) {
      start = index + 1;
    } else if (index - start + 1 > (best?.length ?? 1)) {
      best = { start, length: index - start + 1 };
    }
  }
  return best;
}
