/** IP addresses and CIDRs as the lab's rules write them: canonical text, so that equal addresses are equal strings. */

export type Family = "ipv4" | "ipv6";

export const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

export interface Block {
  readonly family: Family;
  /** Of the network's first address, host bits cleared. */
  readonly bits: bigint;
  readonly prefixLength: number;
}

const WIDTH: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** Undefined for what is no address. An IPv4-mapped IPv6 address is the IPv4 address, as in Go's `net.IP`. */
export function parseAddress(text: string): { readonly family: Family; readonly bits: bigint } | undefined {
  if (!text.includes(":")) {
    const bits = parseIpv4(text);
    return bits === undefined ? undefined : { family: "ipv4", bits };
  }
  const bits = parseIpv6(text);
  if (bits === undefined) {
    return undefined;
  }
  return bits >> 32n === 0xffffn ? { family: "ipv4", bits: bits & 0xffffffffn } : { family: "ipv6", bits };
}

/** Undefined for what is no CIDR. Host bits may be set, as the API server accepts them where it is not strict (V11). */
export function parseBlock(text: string): Block | undefined {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0 || !/^[0-9]{1,3}$/.test(lengthText)) {
    return undefined;
  }
  const isMapped = address.family === "ipv4" && addressText.includes(":");
  const prefixLength = Number(lengthText) - (isMapped ? 96 : 0);
  const width = WIDTH[address.family];
  if (prefixLength < 0 || prefixLength > width) {
    return undefined;
  }
  const hostBits = BigInt(width - prefixLength);
  return { family: address.family, bits: (address.bits >> hostBits) << hostBits, prefixLength };
}

export function contains(outer: Block, inner: Block): boolean {
  const hostBits = BigInt(WIDTH[outer.family] - outer.prefixLength);
  return (
    outer.family === inner.family &&
    outer.prefixLength <= inner.prefixLength &&
    outer.bits >> hostBits === inner.bits >> hostBits
  );
}

export function formatAddress(family: Family, bits: bigint): string {
  if (family === "ipv4") {
    return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  // The first longest run of zeros is "::" (RFC 5952); which one does not matter here as long as it is always the same.
  const joined = groups.join(":");
  const runs = [...joined.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)].sort(
    (a, b) => b[0].length - a[0].length,
  );
  const run = runs[0];
  if (run === undefined) {
    return joined;
  }
  const before = joined.slice(0, run.index).replace(/:$/, "");
  const after = joined.slice(run.index + run[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}

export function formatBlock({ family, bits, prefixLength }: Block): string {
  const address = formatAddress(family, bits);
  return prefixLength === WIDTH[family] ? address : `${address}/${prefixLength}`;
}

/** Leading zeros are decimal, as in the API server's lenient parser; it never reads octal. */
function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(Number(part)), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)([0-9]+\.[0-9.]+)$/.exec(text);
  if (dotted !== null) {
    const low = parseIpv4(dotted[2] ?? "");
    if (low === undefined) {
      return undefined;
    }
    return parseIpv6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const halves = text.split("::");
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) {
    return undefined;
  }
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return undefined;
  }
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
