import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../model/kubernetes.ts";
import {
  type FieldError,
  type FieldPath,
  forbidden,
  invalid,
  notSupported,
  required,
} from "./field-error.ts";
import { type ApiServerVersion, NEWEST } from "./kubernetes-version.ts";
import { portNameErrors, portNumberErrors } from "./name-syntax.ts";
import { cidrErrors, isStrictSubset } from "./validate-cidr.ts";
import { metadataErrors } from "./validate-metadata.ts";
import { selectorErrors } from "./validate-selector.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];

/**
 * What the API server would refuse of a new NetworkPolicy that it could decode, in its own words (rules V1 to V14 of
 * the semantics; k8s.io/kubernetes pkg/apis/networking/validation of 1.36). Empty: it would be accepted.
 */
export function validateNetworkPolicy(
  policy: NetworkPolicy,
  version: ApiServerVersion = NEWEST,
): readonly FieldError[] {
  const spec = policy.spec ?? {};
  return [
    ...metadataErrors(policy.metadata),
    ...selectorErrors(spec.podSelector ?? {}, ["spec", "podSelector"], version),
    ...(spec.ingress ?? []).flatMap((rule, index) =>
      ruleErrors({ ports: rule?.ports, peers: rule?.from }, ["spec", "ingress", index], "from", version),
    ),
    ...(spec.egress ?? []).flatMap((rule, index) =>
      ruleErrors({ ports: rule?.ports, peers: rule?.to }, ["spec", "egress", index], "to", version),
    ),
    ...policyTypeErrors(spec.policyTypes ?? []),
  ];
}

/** A rule of either direction. Items may be null: the API server reads them as empty. */
interface Rule {
  readonly ports: readonly (NetworkPolicyPort | null | undefined)[] | null | undefined;
  readonly peers: readonly (NetworkPolicyPeer | null | undefined)[] | null | undefined;
}

function ruleErrors(
  rule: Rule,
  path: FieldPath,
  peersField: "from" | "to",
  version: ApiServerVersion,
): FieldError[] {
  return [
    ...(rule.ports ?? []).flatMap((port, index) => portErrors(port ?? {}, [...path, "ports", index])),
    ...(rule.peers ?? []).flatMap((peer, index) =>
      peerErrors(peer ?? {}, [...path, peersField, index], version),
    ),
  ];
}

/** V4 to V7. */
function portErrors(entry: NetworkPolicyPort, path: FieldPath): FieldError[] {
  const [portPath, endPath] = [
    [...path, "port"],
    [...path, "endPort"],
  ];
  const errors: FieldError[] = [];
  const protocol: string = entry.protocol ?? "TCP";
  if (!PROTOCOLS.includes(protocol))
    errors.push(notSupported("invalid-protocol", [...path, "protocol"], protocol, PROTOCOLS));

  const port = entry.port ?? undefined;
  const endPort = entry.endPort ?? undefined;
  if (typeof port === "number") {
    errors.push(
      ...portNumberErrors(port).map((error) => invalid("invalid-port-number", portPath, port, error)),
    );
    if (endPort === undefined) return errors;
    // The API server shows the port here, not the endPort.
    if (endPort < port)
      errors.push(invalid("invalid-port-range", endPath, port, "must be greater than or equal to `port`"));
    errors.push(
      ...portNumberErrors(endPort).map((error) => invalid("invalid-port-range", endPath, endPort, error)),
    );
  } else if (typeof port === "string") {
    if (endPort !== undefined) {
      errors.push(
        invalid("invalid-port-range", endPath, endPort, "may not be specified when `port` is non-numeric"),
      );
    }
    errors.push(...portNameErrors(port).map((error) => invalid("invalid-port-name", portPath, port, error)));
  } else if (endPort !== undefined) {
    errors.push(
      invalid("invalid-port-range", endPath, endPort, "may not be specified when `port` is not specified"),
    );
  }
  return errors;
}

/** V8, V9. */
function peerErrors(peer: NetworkPolicyPeer, path: FieldPath, version: ApiServerVersion): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const errors: FieldError[] = [];
  if (podSelector) errors.push(...selectorErrors(podSelector, [...path, "podSelector"], version));
  if (namespaceSelector)
    errors.push(...selectorErrors(namespaceSelector, [...path, "namespaceSelector"], version));
  if (ipBlock) errors.push(...ipBlockErrors(ipBlock, [...path, "ipBlock"], version));

  const selects = Boolean(podSelector) || Boolean(namespaceSelector);
  if (!selects && !ipBlock) errors.push(required("empty-peer", path, "must specify a peer"));
  if (selects && ipBlock)
    errors.push(forbidden("mixed-peer", path, "may not specify both ipBlock and another peer"));
  return errors;
}

/** V10 to V12. */
function ipBlockErrors(block: IPBlock, path: FieldPath, version: ApiServerVersion): FieldError[] {
  const cidr = block.cidr ?? "";
  if (cidr === "") return [required("invalid-cidr", [...path, "cidr"], "")];
  const errors = cidrErrors(cidr, [...path, "cidr"], version);
  // Without a cidr that can be read the API server does not look at the exceptions.
  if (isStrictSubset(cidr, cidr) === undefined) return errors;
  for (const [index, except] of (block.except ?? []).entries()) {
    const exceptPath = [...path, "except", index];
    errors.push(...cidrErrors(except, exceptPath, version));
    if (isStrictSubset(except, cidr) === false) {
      errors.push(invalid("except-outside-cidr", exceptPath, except, "must be a strict subset of `cidr`"));
    }
  }
  return errors;
}

/** V13: the same type twice is accepted. */
function policyTypeErrors(types: readonly string[]): FieldError[] {
  const path = ["spec", "policyTypes"];
  if (types.length > 2)
    return [invalid("invalid-policy-types", path, types, "may not specify more than two policyTypes")];
  return types.flatMap((type, index) =>
    POLICY_TYPES.includes(type)
      ? []
      : [notSupported("invalid-policy-types", [...path, index], type, POLICY_TYPES)],
  );
}
