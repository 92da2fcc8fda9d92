import type { Protocol } from "../../model/kubernetes.ts";
import type { LabObject } from "../model.ts";

/** The parts of a Service that the lab acts on. */
export interface LabService extends LabObject {
  readonly spec: ServiceSpec;
}

export interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly IpFamily[];
  readonly ipFamilyPolicy?: string;
  readonly externalName?: string;
  readonly ports?: readonly ServicePort[];
  readonly publishNotReadyAddresses?: boolean;
  readonly [field: string]: unknown;
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol?: Protocol;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

export type IpFamily = "IPv4" | "IPv6";

export function familyOf(address: string): IpFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** Without an address of its own: a name for its pods. */
export function isHeadless({ spec }: LabService): boolean {
  return spec.clusterIP === "None";
}

export function isExternalName({ spec }: LabService): boolean {
  return spec.type === "ExternalName";
}

/** The addresses that clients dial; none where it is headless or only a name. */
export function clusterIps({ spec }: LabService): readonly string[] {
  const all = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return all.filter((address) => address !== "None" && address !== "");
}

/** The families that its endpoints are listed in. */
export function familiesOf(service: LabService): readonly IpFamily[] {
  const { ipFamilies } = service.spec;
  if (ipFamilies !== undefined && ipFamilies.length > 0) return ipFamilies;
  const addresses = clusterIps(service);
  return addresses.length === 0 ? ["IPv4"] : addresses.map(familyOf);
}
