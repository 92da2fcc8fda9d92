import type { IPBlock, NetworkPolicyPeer } from "../model/kubernetes.ts";
import { type Cidr, parseCidr } from "../selectors/cidr.ts";
import { type Requirement, requirementsOf } from "../selectors/label-selector.ts";
import type { FieldPath } from "./field-path.ts";

/** Pods by labels (S11-S13). */
export interface SelectorPeer {
  readonly kind: "pods";
  readonly path: FieldPath;
  /** Undefined: only the policy's own namespace. */
  readonly namespaces: readonly Requirement[] | undefined;
  readonly pods: readonly Requirement[];
}

/** Addresses (S15). */
export interface BlockPeer {
  readonly kind: "block";
  readonly path: FieldPath;
  readonly cidr: Cidr;
  readonly excepts: readonly { readonly path: FieldPath; readonly cidr: Cidr }[];
}

/** A peer that the API server refuses (V8-V10); it matches nothing. */
export interface RefusedPeer {
  readonly kind: "refused";
  readonly path: FieldPath;
  /** One line for people. */
  readonly problem: string;
}

export type CompiledPeer = SelectorPeer | BlockPeer | RefusedPeer;

/** A null peer decodes to an empty one, which the API server refuses (V9, V17). */
export function compilePeer(peer: NetworkPolicyPeer | null | undefined, path: FieldPath): CompiledPeer {
  const { podSelector, namespaceSelector, ipBlock } = peer ?? {};
  const selects = Boolean(podSelector) || Boolean(namespaceSelector);
  if (ipBlock) {
    return selects
      ? refused(path, "ipBlock stands beside a selector, which the API server refuses")
      : compileBlock(ipBlock, [...path, "ipBlock"]);
  }
  if (!selects) {
    return refused(path, "an empty peer selects nothing (and the API server refuses it)");
  }
  return {
    kind: "pods",
    path,
    namespaces: namespaceSelector ? requirementsOf(namespaceSelector) : undefined,
    pods: podSelector ? requirementsOf(podSelector) : [],
  };
}

/** A block that is absent or null is the empty text to the API server, which refuses it (V10). */
function compileBlock(block: IPBlock, path: FieldPath): BlockPeer | RefusedPeer {
  const cidr = parseCidr(block.cidr ?? "");
  if (cidr === undefined) {
    return refused([...path, "cidr"], `${JSON.stringify(block.cidr ?? "")} is no address block`);
  }
  const excepts: { path: FieldPath; cidr: Cidr }[] = [];
  for (const [index, text] of (block.except ?? []).entries()) {
    const except = parseCidr(text ?? "");
    const exceptPath = [...path, "except", index];
    if (except === undefined) {
      return refused(exceptPath, `${JSON.stringify(text ?? "")} is no address block`);
    }
    excepts.push({ path: exceptPath, cidr: except });
  }
  return { kind: "block", path, cidr, excepts };
}

function refused(path: FieldPath, problem: string): RefusedPeer {
  return { kind: "refused", path, problem };
}
