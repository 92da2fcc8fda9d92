import { contains, parseCidr } from "../selectors/cidr.ts";
import { isMapped, parseWritten } from "../selectors/ip-address.ts";
import { type FieldError, type FieldPath, invalid } from "./field-error.ts";

export interface CidrOptions {
  /** The feature gate StrictIPCIDRValidation: on from Kubernetes 1.36, off before (V11). */
  readonly strictCidr: boolean;
}

/** V10, V11: k8s.io/apimachinery util/validation ip.go, IsValidCIDRForLegacyField. */
export function cidrErrors(text: string, path: FieldPath, options: CidrOptions): FieldError[] {
  const block = parseCidr(text);
  if (block === undefined) {
    return [
      invalid("invalid-cidr", path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    ];
  }
  if (!options.strictCidr) return [];
  const { address, length } = halves(text);
  const written = parseWritten(address);
  if (hasLeadingZeros(address) || (length.length > 1 && length.startsWith("0"))) {
    return [invalid("ambiguous-cidr", path, text, "must not have leading 0s in IP or prefix length")];
  }
  if (written === undefined || isMapped(written)) {
    return [invalid("ambiguous-cidr", path, text, "must not have an IPv4-mapped IPv6 address")];
  }
  if (written.value !== block.first) {
    return [invalid("ambiguous-cidr", path, text, "must not have bits set beyond the prefix length")];
  }
  return [];
}

/** V12: whether all of `except` lies in `cidr` and is smaller; undefined where one of them can't be read. */
export function isStrictSubset(except: string, cidr: string): boolean | undefined {
  const [inner, outer] = [parseCidr(except), parseCidr(cidr)];
  if (inner === undefined || outer === undefined) return undefined;
  const longer = Number(halves(except).length) > Number(halves(cidr).length);
  return longer && contains(outer, { family: inner.family, value: inner.first });
}

function halves(text: string): { address: string; length: string } {
  const slash = text.indexOf("/");
  return { address: text.slice(0, slash), length: text.slice(slash + 1) };
}

/** What Go's netip.ParseAddr refuses of what the older parser took: `010.0.0.1`, and groups of more than four digits. */
function hasLeadingZeros(address: string): boolean {
  return address.split(":").some((group) => {
    const octets = group.split(".");
    return octets.length > 1 ? octets.some((octet) => /^0[0-9]/.test(octet)) : group.length > 4;
  });
}
