import type { AdminFieldPath, AdminPeer, AdminPolicy, AdminRule } from "../../model/admin-policy.ts";
import type { Direction } from "../../model/prediction.ts";
import { type Cidr, parseCidr } from "../../selectors/cidr.ts";
import { type Requirement, requirementsOf } from "../../selectors/label-selector.ts";

/** Pods by labels; where the two selectors stand in the object. */
export interface CompiledSelection {
  readonly namespaces: readonly Requirement[];
  readonly namespacesPath: AdminFieldPath;
  readonly pods: readonly Requirement[];
  readonly podsPath: AdminFieldPath;
}

export type CompiledAdminPeer =
  | (CompiledSelection & { readonly kind: "pods"; readonly path: AdminFieldPath })
  | {
      readonly kind: "networks";
      readonly path: AdminFieldPath;
      readonly blocks: readonly { readonly path: AdminFieldPath; readonly cidr: Cidr }[];
    }
  | { readonly kind: "nodes"; readonly path: AdminFieldPath; readonly nodes: readonly Requirement[] }
  | { readonly kind: "domains"; readonly path: AdminFieldPath; readonly names: readonly string[] };

export interface CompiledAdminRule {
  readonly policy: AdminPolicy;
  readonly rule: AdminRule;
  /** Undefined: everything (T9); empty: nothing. */
  readonly peers: readonly CompiledAdminPeer[] | undefined;
}

/** A policy of an admin tier with its selectors taken apart. */
export interface CompiledAdminPolicy {
  readonly policy: AdminPolicy;
  /** Undefined: it selects nothing. */
  readonly subject: CompiledSelection | undefined;
  readonly rules: Readonly<Record<Direction, readonly CompiledAdminRule[]>>;
}

export function compileAdminPolicy(policy: AdminPolicy): CompiledAdminPolicy {
  const compileRules = (direction: Direction): readonly CompiledAdminRule[] =>
    policy.rules[direction].map((rule) => ({ policy, rule, peers: rule.peers?.map(compilePeer) }));
  return {
    policy,
    subject: policy.subject === undefined ? undefined : compileSelection(policy.subject),
    rules: { ingress: compileRules("ingress"), egress: compileRules("egress") },
  };
}

function compileSelection({
  namespaces,
  pods,
  path,
  field,
}: NonNullable<AdminPolicy["subject"]>): CompiledSelection {
  const base = [...path, field];
  return {
    namespaces: requirementsOf(namespaces),
    namespacesPath: field === "namespaces" ? base : [...base, "namespaceSelector"],
    pods: requirementsOf(pods),
    podsPath: [...base, "podSelector"],
  };
}

function compilePeer(peer: AdminPeer): CompiledAdminPeer {
  switch (peer.kind) {
    case "pods":
      return { kind: "pods", path: [...peer.path, peer.field], ...compileSelection(peer) };
    case "networks":
      return { kind: "networks", path: peer.path, blocks: blocksOf(peer.cidrs, peer.path) };
    case "nodes":
      return { kind: "nodes", path: peer.path, nodes: requirementsOf(peer.nodes) };
    case "domains":
      return peer;
    default: {
      const never: never = peer;
      throw new Error(`unhandled peer ${JSON.stringify(never)}`);
    }
  }
}

/** Texts that are no block match nothing; the API server refuses them (T15). */
function blocksOf(
  cidrs: readonly string[],
  path: AdminFieldPath,
): { readonly path: AdminFieldPath; readonly cidr: Cidr }[] {
  return cidrs.flatMap((text, index) => {
    const cidr = parseCidr(text);
    return cidr === undefined ? [] : [{ path: [...path, index], cidr }];
  });
}
