import type { PodEnd, TrafficEnd } from "../model/traffic.ts";
import { type Cidr, parseCidr, singleAddress } from "../selectors/cidr.ts";
import { type AddressFamily, parseAddress } from "../selectors/ip-address.ts";

/** How policies see one end of a connection. */
export interface EndView {
  readonly display: string;
  /** The pod that selectors and port names apply to; undefined: they see none. */
  readonly pod: PodEnd | undefined;
  /** Where ipBlocks may see the end, both families. */
  readonly ranges: readonly Cidr[];
  /** `exact`: one of the single addresses in `ranges`; `range`: all of them are asked about; `unknown`: any address. */
  readonly address: "exact" | "range" | "unknown";
  /** A host-network pod that is seen as its node's address, not as a pod (S36). */
  readonly asNode: boolean;
  /** The name that the end was asked about by (T7). */
  readonly host?: string;
}

/** Every address there is. */
export const ANYWHERE = [parseCidr("0.0.0.0/0"), parseCidr("::/0")].filter((cidr) => cidr !== undefined);

export function isHostNetwork(end: TrafficEnd): boolean {
  return end.kind === "pod" && end.spec.hostNetwork === true;
}

/** The end as a pod, or as what it is if it is none. */
export function viewOf(end: TrafficEnd): EndView {
  switch (end.kind) {
    case "pod": {
      const hostAddresses = isHostNetwork(end) ? end.nodeIps : undefined;
      const ranges = singles(end.ips?.length ? end.ips : (hostAddresses ?? []));
      const common = { display: end.display, pod: end, asNode: false };
      return ranges.length > 0
        ? { ...common, ranges, address: "exact" }
        : { ...common, ranges: ANYWHERE, address: "unknown" };
    }
    case "cidr": {
      const range = parseCidr(end.cidr);
      const common = { display: end.display, pod: undefined, asNode: false };
      if (range === undefined) {
        return { ...common, ranges: ANYWHERE, address: "unknown" };
      }
      return { ...common, ranges: [range], address: range.first === range.last ? "exact" : "range" };
    }
    case "unknown-address":
      return {
        display: end.display,
        pod: undefined,
        ranges: ANYWHERE,
        address: "unknown",
        asNode: false,
        ...(end.host === undefined ? {} : { host: end.host }),
      };
    default: {
      const never: never = end;
      throw new Error(`unhandled end ${JSON.stringify(never)}`);
    }
  }
}

/** A host-network pod as the plain address of its node: option (b) of S36. Other ends stay as they are. */
export function asNodeAddress(view: EndView): EndView {
  return view.pod?.spec.hostNetwork === true ? { ...view, pod: undefined, asNode: true } : view;
}

export function familiesOf(ranges: readonly Cidr[]): readonly AddressFamily[] {
  return ([4, 6] as const).filter((family) => ranges.some((range) => range.family === family));
}

/** Texts that are no addresses are passed over. */
export function singles(texts: readonly string[]): readonly Cidr[] {
  return texts
    .map(parseAddress)
    .filter((address) => address !== undefined)
    .map(singleAddress);
}
