import type { LabelSelector, Protocol } from "./kubernetes.ts";
import type { Direction } from "./prediction.ts";

/** The tiers around NetworkPolicy: Admin before it, Baseline behind it. */
export type AdminTier = "Admin" | "Baseline";

/** `Allow` of v1alpha1 is `Accept`. Accept and Deny are final for the direction, Pass leads to the next tier (T3). */
export type AdminAction = "Accept" | "Deny" | "Pass";

export type AdminPolicyKind = "ClusterNetworkPolicy" | "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy";

/** A policy of the Admin or Baseline tier, whichever version of the API it was written in. */
export interface AdminPolicy {
  readonly kind: AdminPolicyKind;
  readonly name: string;
  readonly tier: AdminTier;
  /** 0 to 1000, lower is asked first; the one BaselineAdminNetworkPolicy has none and stands at 1000. */
  readonly priority: number;
  /** Undefined: the API server refuses what is written there, and it selects nothing (T6). */
  readonly subject: AdminPodSelection | undefined;
  /** In the order of the object, which is the order in which they are asked. */
  readonly rules: Readonly<Record<Direction, readonly AdminRule[]>>;
}

/** Pods that are not in their node's network, by labels (T6); a missing selector has become the empty one. */
export interface AdminPodSelection {
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector;
  /** Where the selectors stand: `["spec", "subject"]`, `["spec", "egress", 0, "to", 1]`, and below it … */
  readonly path: AdminFieldPath;
  /** … `namespaces` or `pods`: what the object has there. */
  readonly field: "namespaces" | "pods";
}

export type AdminFieldPath = readonly (string | number)[];

export interface AdminRule {
  /** Such as `["spec", "egress", 0]`. */
  readonly path: AdminFieldPath;
  /** The place in the list that it stands in, from 0. */
  readonly index: number;
  readonly name?: string;
  /** After T9: a Deny or Pass rule with a peer of an unknown kind denies everything. */
  readonly action: AdminAction;
  /** Any of them has to match; undefined: everything matches (T9). Never empty otherwise, but for rules that match nothing. */
  readonly peers: readonly AdminPeer[] | undefined;
  /** Any of them has to match; undefined: every port of every protocol, and ICMP (T10). */
  readonly ports: readonly AdminPort[] | undefined;
  /** What the API server would refuse, or what it has that is not known here; one line for people. */
  readonly problem?: string;
}

/** The other end of the traffic: at an ingress rule only `pods` (T7). */
export type AdminPeer =
  | (AdminPodSelection & { readonly kind: "pods" })
  /** Addresses, pods' own among them (T8); texts that are no block are left as they are. */
  | { readonly kind: "networks"; readonly path: AdminFieldPath; readonly cidrs: readonly string[] }
  /** Every address in `status.addresses` of the nodes that carry the labels (T7). */
  | { readonly kind: "nodes"; readonly path: AdminFieldPath; readonly nodes: LabelSelector }
  /** Names, exact or with `*.` in front for one label or more (T7). */
  | { readonly kind: "domains"; readonly path: AdminFieldPath; readonly names: readonly string[] };

/** Destination ports (T10). */
export type AdminPort =
  | {
      readonly kind: "range";
      readonly path: AdminFieldPath;
      readonly protocol: Protocol;
      readonly first: number;
      readonly last: number;
    }
  /** Every port of the protocol. */
  | { readonly kind: "protocol"; readonly path: AdminFieldPath; readonly protocol: Protocol }
  /** Of whatever protocol the destination pod's container port of that name has. */
  | { readonly kind: "named"; readonly path: AdminFieldPath; readonly name: string }
  /** Something that is not known here: whether it matches cannot be said. */
  | { readonly kind: "unknown"; readonly path: AdminFieldPath; readonly problem: string };
