/** Addresses as strings of bits, 32 or 128 long: two of one family have the same length, and a block is a prefix. */

export function bitsOf(ip: string): string {
  return ip.includes(":")
    ? bitsOfIpv6(ip)
    : ip
        .split(".")
        .map((octet) => toBits(Number(octet), 8))
        .join("");
}

function bitsOfIpv6(ip: string): string {
  const [head = "", tail] = ip.split("::");
  const groups = (text: string): string[] => text.split(":").filter((group) => group !== "");
  const front = groups(head);
  const back = groups(tail ?? "");
  const zeros = Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...zeros, ...back].map((group) => toBits(Number.parseInt(group, 16), 16)).join("");
}

function toBits(value: number, length: number): string {
  return value.toString(2).padStart(length, "0");
}

function prefixOf(cidr: string): { prefix: string; length: number } {
  const [ip = "", length] = cidr.split("/");
  const bits = bitsOf(ip);
  return { prefix: bits.slice(0, Number(length)), length: bits.length };
}

/** S15: same family, same leading bits. */
export function inBlock(bits: string, cidr: string): boolean {
  const { prefix, length } = prefixOf(cidr);
  return bits.length === length && bits.startsWith(prefix);
}

/** Every address of a block, if there are at most `limit`. */
export function addressesOfBlock(cidr: string, limit: number): string[] | undefined {
  const { prefix, length } = prefixOf(cidr);
  const free = length - prefix.length;
  if (2 ** free > limit) {
    return undefined;
  }
  return Array.from({ length: 2 ** free }, (_, index) => prefix + (free === 0 ? "" : toBits(index, free)));
}

/** Of each block the first and last address and their neighbours outside; and the ends of both families. */
export function interestingAddresses(cidrs: readonly string[]): string[] {
  const found = new Set<string>();
  for (const cidr of [...cidrs, "0.0.0.0/0", "::/0"]) {
    const { prefix, length } = prefixOf(cidr);
    const first = BigInt(`0b${prefix.padEnd(length, "0")}`);
    const last = BigInt(`0b${prefix.padEnd(length, "1")}`);
    for (const value of [first - 1n, first, last, last + 1n]) {
      if (value >= 0n && value < 2n ** BigInt(length)) {
        found.add(value.toString(2).padStart(length, "0"));
      }
    }
  }
  return [...found];
}
