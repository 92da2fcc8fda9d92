import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import { type Requirement, requirementsOf } from "../selectors/label-selector.ts";
import { type CompiledPeer, compilePeer } from "./compiled-peer.ts";
import { type CompiledPort, compilePort } from "./compiled-port.ts";
import type { FieldPath } from "./field-path.ts";

/** One `ingress` or `egress` entry. */
export interface CompiledRule {
  readonly path: FieldPath;
  /** Undefined: everyone, pods or not (S10). */
  readonly peers: readonly CompiledPeer[] | undefined;
  /** Undefined: every port of every protocol (S23). */
  readonly ports: readonly CompiledPort[] | undefined;
}

/** A NetworkPolicy with all defaults filled in. */
export interface CompiledPolicy {
  readonly namespace: string;
  readonly name: string;
  /** What a pod of the namespace has to meet to be selected (S1, S2). */
  readonly subject: readonly Requirement[];
  /** Whether selected pods are isolated, per direction (S3, S4). Rules of the other direction are inert. */
  readonly isolates: Readonly<Record<Direction, boolean>>;
  readonly rules: Readonly<Record<Direction, readonly CompiledRule[]>>;
}

/** A rule together with the policy that it belongs to. */
export interface PolicyRule {
  readonly policy: CompiledPolicy;
  readonly rule: CompiledRule;
}

type List<T> = readonly (T | null | undefined)[] | null | undefined;

/** Absent and null lists and objects are alike; a null rule is an empty one, as the API server decodes it (V17). */
export function compilePolicy(policy: NetworkPolicy): CompiledPolicy {
  const spec = policy.spec ?? {};
  const ingress = spec.ingress ?? [];
  const egress = spec.egress ?? [];
  return {
    namespace: policy.metadata.namespace ?? "default",
    name: policy.metadata.name,
    subject: spec.podSelector ? requirementsOf(spec.podSelector) : [],
    isolates: isolation(spec.policyTypes ?? [], egress.length),
    rules: {
      ingress: ingress.map((rule, index) =>
        compileRule(["spec", "ingress", index], "from", rule?.from, rule?.ports),
      ),
      egress: egress.map((rule, index) =>
        compileRule(["spec", "egress", index], "to", rule?.to, rule?.ports),
      ),
    },
  };
}

/** SetDefaults_NetworkPolicy: without types Ingress is meant, and Egress where there is an egress rule (S3). */
function isolation(types: readonly string[], egressRules: number): Record<Direction, boolean> {
  return types.length === 0
    ? { ingress: true, egress: egressRules > 0 }
    : { ingress: types.includes("Ingress"), egress: types.includes("Egress") };
}

function compileRule(
  path: FieldPath,
  peersField: "from" | "to",
  peers: List<NetworkPolicyPeer>,
  ports: List<NetworkPolicyPort>,
): CompiledRule {
  return {
    path,
    peers: peers?.length
      ? peers.map((peer, index) => compilePeer(peer, [...path, peersField, index]))
      : undefined,
    ports: ports?.length
      ? ports.map((port, index) => compilePort(port, [...path, "ports", index]))
      : undefined,
  };
}
