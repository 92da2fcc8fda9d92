/** What differs between the versions of Kubernetes that a policy may be given to. */
export interface ApiServerVersion {
  /** The feature gate StrictIPCIDRValidation (V11): off by default until 1.35, on from 1.36. */
  readonly strictCidr: boolean;
}

/** The minor version from which ambiguous CIDRs are refused. */
const STRICT_CIDR_SINCE = 36;

export const NEWEST: ApiServerVersion = { strictCidr: true };

/** Reads `1.35`, `v1.36.2` or `1.36.2-gke.100`; undefined for anything else. */
export function apiServerVersion(text: string): ApiServerVersion | undefined {
  const minor = /^v?1\.(\d{1,3})(?:\.\d+)?(?:[-+].*)?$/.exec(text)?.[1];
  return minor === undefined ? undefined : { strictCidr: Number(minor) >= STRICT_CIDR_SINCE };
}
