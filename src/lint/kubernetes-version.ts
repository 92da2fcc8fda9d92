/** What differs between the versions of Kubernetes that a policy may be given to. */
export interface ApiServerVersion {
  /** The feature gate StrictIPCIDRValidation (V11): off by default until 1.35, on from 1.36. */
  readonly strictCidr: boolean;
  /** Values in a selector's matchExpressions are checked like those in matchLabels (V3, kubernetes#113699). */
  readonly checksExpressionValues: boolean;
}

/** The minor version from which ambiguous CIDRs are refused. */
const STRICT_CIDR_SINCE = 36;

/** The minor version from which values in matchExpressions are checked. */
const EXPRESSION_VALUES_SINCE = 26;

export const NEWEST: ApiServerVersion = { strictCidr: true, checksExpressionValues: true };

/** Reads `1.35`, `v1.36.2` or `1.36.2-gke.100`; undefined for anything else. */
export function apiServerVersion(text: string): ApiServerVersion | undefined {
  const minor = /^v?1\.(\d{1,3})(?:\.\d+)?(?:[-+].*)?$/.exec(text)?.[1];
  if (minor === undefined) return undefined;
  return {
    strictCidr: Number(minor) >= STRICT_CIDR_SINCE,
    checksExpressionValues: Number(minor) >= EXPRESSION_VALUES_SINCE,
  };
}
