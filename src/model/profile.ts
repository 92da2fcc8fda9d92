/**
 * What the API leaves open, or what network plugins do otherwise than it says: one knob each, with the rule of
 * semantics.md that it is about. Knobs are only asked where they make a difference.
 */
export interface Knobs {
  /** S16: whether an ipBlock matches the addresses of pods. */
  readonly ipBlockPods: "match" | "no-match";
  /** S36: whether an ipBlock matches the addresses of nodes. */
  readonly ipBlockNodes: "match" | "no-match";
  /** S36: host-network pods count as pods, or as their node's address, which no selector sees. */
  readonly hostNetworkPods: "pod" | "node";
  /** S35: whether a pod's egress to its own node is filtered. (Ingress from there never is.) */
  readonly podToOwnNode: "filtered" | "allowed";
  /** S33: whether policies judge a pod's traffic to its own address. */
  readonly self: "filtered" | "allowed";
  /** S34: whether NetworkPolicies judge a pod's traffic to itself by way of a Service. */
  readonly hairpin: "filtered" | "allowed";
  /**
   * S17: what egress policies see of a connection to a Service. `endpoint`: the pod and its port. `address`: the pod and
   * its port, but ipBlocks see the Service's address. `service`: the Service's address and port, and as labels those of
   * the Service's selector.
   */
  readonly serviceSeenAs: "endpoint" | "address" | "service";
  /** S45: what ingress policies see of an outside client whose connection came by way of a Service. */
  readonly serviceClient: "client" | "node";
  /** S39: whether a connection that stood before goes on although the policies now deny it. */
  readonly established: "kept" | "cut";
  /** S32: whether the network passes SCTP at all. */
  readonly sctp: "supported" | "dropped";
  /** S32: whether ICMP is judged by policies. */
  readonly icmp: "filtered" | "allowed";
  /** S26: `port` to `endPort`, or `port` alone. */
  readonly endPort: "range" | "port-only";
  /** S30: which init containers' port names count. */
  readonly namedPortInit: "none" | "restartable" | "all";
  /** S27: a port's name in a NetworkPolicy is looked up on the pod, or is read as every port of the protocol. */
  readonly namedPort: "resolve" | "whole-protocol";
  /** T5: the Baseline tier is skipped for pods that a NetworkPolicy selects in the same direction, or in any. */
  readonly npGatesBaseline: "direction" | "any";
  /** T2: of policies of the same tier and priority any may win, or the first by name does. */
  readonly samePriority: "any" | "by-name";
  /** Whether ClusterNetworkPolicies (v1alpha2) have an effect. */
  readonly clusterNetworkPolicy: "enforced" | "ignored";
  /** Whether AdminNetworkPolicies and BaselineAdminNetworkPolicies (v1alpha1) have an effect. */
  readonly adminNetworkPolicy: "enforced" | "ignored";
}

export type KnobName = keyof Knobs;

/** The values that a knob may have: with one it is decided, with more it is open between them. */
export type KnobSetting<K extends KnobName> = readonly [Knobs[K], ...Knobs[K][]];

export type KnobSettings = { readonly [K in KnobName]: KnobSetting<K> };

export const PROFILE_NAMES = [
  "upstream",
  "portable",
  "calico",
  "cilium",
  "antrea",
  "kube-router",
  "ovn-kubernetes",
  "aws-vpc-cni",
  "kube-network-policies",
] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

/** How the open points are decided. */
export interface Profile {
  readonly name: ProfileName;
  readonly knobs: KnobSettings;
}
