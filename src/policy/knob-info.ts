import type { KnobName, Knobs } from "../model/profile.ts";

/** What people are told of a knob. */
export interface KnobInfo<K extends KnobName> {
  /** The rule of semantics.md that is open. */
  readonly rule: string;
  /** What is open, as the title of the knob. */
  readonly about: string;
  /** What each value means, to stand behind "allow if": `it counts as a pod`. */
  readonly if: Readonly<Record<Knobs[K], string>>;
}

export const KNOB_INFO: { readonly [K in KnobName]: KnobInfo<K> } = {
  ipBlockPods: {
    rule: "S16",
    about: "ipBlock and the addresses of pods",
    if: {
      match: "ipBlock rules match the addresses of pods",
      "no-match": "ipBlock rules do not match the addresses of pods",
    },
  },
  ipBlockNodes: {
    rule: "S36",
    about: "ipBlock and the addresses of nodes",
    if: {
      match: "ipBlock rules match the addresses of nodes",
      "no-match": "ipBlock rules do not match the addresses of nodes",
    },
  },
  hostNetworkPods: {
    rule: "S36",
    about: "pods in their node's network",
    if: { pod: "it counts as a pod", node: "it counts as its node's address" },
  },
  podToOwnNode: {
    rule: "S35",
    about: "egress of a pod to its own node",
    if: {
      filtered: "policies filter a pod's egress to its own node",
      allowed: "a pod may always reach its own node",
    },
  },
  self: {
    rule: "S33",
    about: "a pod's traffic to its own address",
    if: {
      filtered: "policies filter a pod's traffic to itself",
      allowed: "a pod may always reach itself",
    },
  },
  hairpin: {
    rule: "S34",
    about: "a pod's traffic to itself through a Service",
    if: {
      filtered: "policies filter a pod's traffic to itself through a Service",
      allowed: "a pod may always reach itself through a Service",
    },
  },
  serviceSeenAs: {
    rule: "S17",
    about: "what egress policies see of a connection to a Service",
    if: {
      endpoint: "policies see the endpoint behind the Service",
      address: "ipBlock rules see the Service's address",
      service: "policies see the Service's address and port",
    },
  },
  serviceClient: {
    rule: "S45",
    about: "what ingress policies see of an outside client of a Service",
    if: {
      client: "policies see the client's own address",
      node: "a node's address stands for the client",
    },
  },
  established: {
    rule: "S39",
    about: "connections that stood before a policy",
    if: { kept: "connections that stood before go on", cut: "connections that stood before are cut" },
  },
  sctp: {
    rule: "S32",
    about: "SCTP",
    if: { supported: "the network passes SCTP", dropped: "the network passes no SCTP" },
  },
  icmp: {
    rule: "S32",
    about: "ICMP",
    if: { filtered: "policies filter ICMP", allowed: "ICMP is never filtered" },
  },
  endPort: {
    rule: "S26",
    about: "port ranges by endPort",
    if: { range: "endPort is read", "port-only": "endPort is not read" },
  },
  namedPortInit: {
    rule: "S30",
    about: "port names of init containers",
    if: {
      none: "no init container's port names count",
      restartable: "port names of sidecar containers count",
      all: "port names of every init container count",
    },
  },
  namedPort: {
    rule: "S27",
    about: "port names in NetworkPolicies",
    if: {
      resolve: "port names are looked up on the pod",
      "whole-protocol": "a port name stands for every port of its protocol",
    },
  },
  npGatesBaseline: {
    rule: "T5",
    about: "the Baseline tier for pods that a NetworkPolicy selects",
    if: {
      direction: "only NetworkPolicies of the same direction come before the Baseline tier",
      any: "NetworkPolicies of any direction come before the Baseline tier",
    },
  },
  samePriority: {
    rule: "T2",
    about: "policies of the same tier and priority",
    if: {
      any: "any policy of the same priority may win",
      "by-name": "the first by name wins among policies of the same priority",
    },
  },
  clusterNetworkPolicy: {
    rule: "T1",
    about: "ClusterNetworkPolicy v1alpha2",
    if: {
      enforced: "ClusterNetworkPolicies are enforced",
      ignored: "ClusterNetworkPolicies have no effect",
    },
  },
  adminNetworkPolicy: {
    rule: "T1",
    about: "AdminNetworkPolicy and BaselineAdminNetworkPolicy v1alpha1",
    if: {
      enforced: "AdminNetworkPolicies are enforced",
      ignored: "AdminNetworkPolicies have no effect",
    },
  },
};
