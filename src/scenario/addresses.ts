import { isIPv4, isIPv6 } from "node:net";
import { HOST, whole } from "./patterns.ts";

const VALID_HOST = whole(HOST);

/** Why a text is no address, and what was probably meant. */
export interface AddressFault {
  readonly message: string;
  readonly hint?: string;
}

/** Undefined for a valid IPv4 or IPv6 address without brackets. */
export function ipFault(text: string): AddressFault | undefined {
  if (isIPv4(text)) return undefined;
  if (isPlainIPv6(text)) {
    return text.includes(".")
      ? {
          message: `"${text}" mixes IPv6 with IPv4`,
          hint: "write the IPv4 address, or hexadecimal groups only",
        }
      : undefined;
  }
  const message = `"${text}" is not an IP address`;
  const bare = text.replace(/^\[|\]$/g, "");
  if (bare !== text && isPlainIPv6(bare)) return { message, hint: `without brackets here: "${bare}"` };
  if (cidrFault(text) === undefined) return { message, hint: `a range is written cidr: "${text}"` };
  if (hostFault(text) === undefined) return { message, hint: `a name is written host: ${text}` };
  return { message };
}

/** Undefined for a valid host name. */
export function hostFault(text: string): AddressFault | undefined {
  if (VALID_HOST.test(text)) return undefined;
  const message = `"${text}" is not a host name`;
  if (isIPv4(text) || isPlainIPv6(text)) return { message, hint: `an address is written ip: "${text}"` };
  const fromUrl = /^[a-z]+:\/\/([^/:]+)/i.exec(text)?.[1] ?? /^([^/:]+):\d+$/.exec(text)?.[1];
  if (fromUrl !== undefined && VALID_HOST.test(fromUrl))
    return { message, hint: `only the name: ${fromUrl}` };
  return { message };
}

/** Undefined for a valid range in canonical form: no bits beyond the prefix (the API's strict CIDR rules). */
export function cidrFault(text: string): AddressFault | undefined {
  const message = `"${text}" is not a CIDR range`;
  const parts = /^([^/]+)(?:\/(.*))?$/.exec(text);
  const [address, prefix] = [parts?.[1] ?? "", parts?.[2]];
  const bits = isIPv4(address) ? 32 : isPlainIPv6(address) && !address.includes(".") ? 128 : undefined;
  if (bits === undefined) return { message, hint: "write it like 10.0.0.0/8 or 2001:db8::/32" };
  if (prefix === undefined) return { message, hint: `a single address is written ip: "${text}"` };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) {
    return { message, hint: `the number after the slash goes from 0 to ${bits}` };
  }
  const network = networkOf(address, Number(prefix), bits);
  if (network === undefined) return undefined;
  return {
    message: `"${text}" has bits set beyond its prefix`,
    hint: `did you mean "${network}/${prefix}"?`,
  };
}

/** An IPv6 address without a zone. */
export function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

/** The address with all bits beyond the prefix cleared; undefined where it is so already. */
function networkOf(address: string, prefix: number, bits: 32 | 128): string | undefined {
  const groupBits = bits === 32 ? 8 : 16;
  const groups = bits === 32 ? address.split(".").map(Number) : ipv6Groups(address);
  const masked = groups.map((group, index) => {
    const kept = Math.min(Math.max(prefix - index * groupBits, 0), groupBits);
    const cleared = groupBits - kept;
    return (group >> cleared) << cleared;
  });
  if (masked.every((group, index) => group === groups[index])) return undefined;
  return bits === 32 ? masked.join(".") : ipv6Text(masked);
}

function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const parse = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = parse(head);
  const after = tail === undefined ? [] : parse(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** Groups in the usual short form; only the zeros at the end are compressed, as networks have them. */
function ipv6Text(groups: readonly number[]): string {
  const used = groups.findLastIndex((group) => group !== 0) + 1;
  const text = groups.slice(0, used).map((group) => group.toString(16));
  return used === groups.length ? text.join(":") : `${text.join(":")}::`;
}
