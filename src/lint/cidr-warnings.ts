import type { IPBlock, NetworkPolicy } from "../model/kubernetes.ts";
import { type Cidr, formatCidr, parseCidr } from "../selectors/cidr.ts";
import {
  ADDRESS_BITS,
  type AddressFamily,
  formatAddress,
  isMapped,
  parseAddress,
  parseWritten,
} from "../selectors/ip-address.ts";
import { type FieldPath, formatFieldPath, quoted } from "./field-error.ts";
import { cidrErrors } from "./validate-cidr.ts";

/** What the API server warns of while it accepts an object. */
export interface ApiWarning {
  readonly path: FieldPath;
  /** Without the path. */
  readonly detail: string;
  /** The whole line. */
  readonly message: string;
}

/**
 * V11: the warnings for address blocks that are accepted but doubtful (apimachinery util/validation ip.go,
 * GetWarningsForCIDR). Blocks that can't be read give none.
 */
export function cidrWarnings(policy: NetworkPolicy): ApiWarning[] {
  const { ingress, egress } = policy.spec ?? {};
  return [
    ...(ingress ?? []).flatMap((rule, index) =>
      (rule?.from ?? []).flatMap((peer, item) =>
        blockWarnings(peer?.ipBlock, ["spec", "ingress", index, "from", item, "ipBlock"]),
      ),
    ),
    ...(egress ?? []).flatMap((rule, index) =>
      (rule?.to ?? []).flatMap((peer, item) =>
        blockWarnings(peer?.ipBlock, ["spec", "egress", index, "to", item, "ipBlock"]),
      ),
    ),
  ];
}

function blockWarnings(block: IPBlock | null | undefined, path: FieldPath): ApiWarning[] {
  if (!block) return [];
  const texts: [string, FieldPath][] = [
    [block.cidr, [...path, "cidr"]],
    ...(block.except ?? []).map((text, index): [string, FieldPath] => [text, [...path, "except", index]]),
  ];
  return texts.flatMap(([text, at]) =>
    cidrTextWarnings(text).map((detail) => ({
      path: at,
      detail,
      message: `${formatFieldPath(at)}: ${detail}`,
    })),
  );
}

/** Of one text, without its path. */
export function cidrTextWarnings(text: string): string[] {
  const block = parseCidr(text);
  const address = text.slice(0, text.indexOf("/"));
  const written = parseWritten(address);
  if (block === undefined || written === undefined) return [];
  const canonical = quoted(formatCidr(block));
  const warnings: string[] = [];
  const single = singleAddress(address, written.family, block);
  if (single !== undefined) {
    warnings.push(
      `CIDR value ${quoted(text)} is ambiguous in this context (should be ${canonical} or ${quoted(single)}?)`,
    );
  }
  // The strict check refuses what netip can't read before it looks at the bits behind the prefix.
  const [strict] = cidrErrors(text, [], { strictCidr: true });
  if (isMapped(written) || strict?.detail.includes("leading 0s") === true) {
    warnings.push(`non-standard CIDR value ${quoted(text)} is invalid: use ${canonical}`);
  }
  const preferred = `${formatAddress(written)}/${block.prefix}`;
  if (warnings.length === 0 && written.family === 6 && preferred !== text) {
    warnings.push(
      `IPv6 CIDR value ${quoted(text)} should be in RFC 5952 canonical format (${quoted(preferred)})`,
    );
  }
  return warnings;
}

/** The block of the one address that is written, where it is not the first of its block. */
function singleAddress(address: string, written: AddressFamily, block: Cidr): string | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.value === block.first) return undefined;
  return `${formatAddress(parsed)}/${ADDRESS_BITS[written]}`;
}
