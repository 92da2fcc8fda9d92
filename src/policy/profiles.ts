import {
  type KnobName,
  type KnobSetting,
  type KnobSettings,
  PROFILE_NAMES,
  type Profile,
  type ProfileName,
} from "../model/profile.ts";

/** A knob as one profile has it. */
export interface SourcedSetting<K extends KnobName> {
  readonly values: KnobSetting<K>;
  /** Who says so. */
  readonly source: string;
}

export type SourcedSettings = { readonly [K in KnobName]: SourcedSetting<K> };

const LEFT_OPEN = "nothing upstream says which";
const DIFFER = "implementations differ";
const API = "API documentation";
const E2E = "upstream e2e suite";
const UNKNOWN = "not known, so it stays open";

/** What the API's text or the upstream e2e suite requires is decided; what they leave open is open. */
const UPSTREAM: SourcedSettings = {
  ipBlockPods: {
    values: ["match"],
    source: `${E2E}: three tests with the server pod's address in an ipBlock`,
  },
  ipBlockNodes: { values: ["match"], source: `${API}: a node is an address like any other` },
  hostNetworkPods: { values: ["pod", "node"], source: "network-policies page: two conformant options" },
  podToOwnNode: { values: ["filtered", "allowed"], source: "network-policies page and API text disagree" },
  self: { values: ["filtered", "allowed"], source: `${E2E} ignores loopback: "seem to do different things"` },
  hairpin: { values: ["filtered", "allowed"], source: "kubernetes #95879, #125611; network-policy-api #343" },
  serviceSeenAs: { values: ["endpoint", "address"], source: "network-policies page, ipBlock and rewriting" },
  serviceClient: { values: ["client", "node"], source: "network-policies page, ipBlock and rewriting" },
  established: { values: ["kept", "cut"], source: "network-policies page: implementation-defined" },
  sctp: { values: ["supported"], source: `${API} and ${E2E}: SCTP must isolate` },
  icmp: { values: ["filtered", "allowed"], source: "network-policies page: undefined" },
  endPort: { values: ["range"], source: `${API}; GA in Kubernetes 1.25` },
  namedPortInit: { values: ["restartable"], source: "kubernetes #125285, closed by #127976" },
  namedPort: { values: ["resolve"], source: `${API}: "named port on a pod"` },
  npGatesBaseline: { values: ["direction", "any"], source: LEFT_OPEN },
  samePriority: { values: ["any"], source: "clusternetworkpolicy_types.go: any of the matching policies" },
  clusterNetworkPolicy: { values: ["enforced"], source: "policy.networking.k8s.io/v1alpha2" },
  adminNetworkPolicy: { values: ["enforced"], source: "policy.networking.k8s.io/v1alpha1" },
};

/** Everything on which implementations differ is open. */
const PORTABLE: SourcedSettings = {
  ipBlockPods: { values: ["match", "no-match"], source: "cilium #9209, terway #904" },
  ipBlockNodes: { values: ["match", "no-match"], source: "cilium #20550" },
  hostNetworkPods: UPSTREAM.hostNetworkPods,
  podToOwnNode: UPSTREAM.podToOwnNode,
  self: UPSTREAM.self,
  hairpin: UPSTREAM.hairpin,
  serviceSeenAs: {
    values: ["endpoint", "address", "service"],
    source: "AWS VPC CNI sees Services before DNAT",
  },
  serviceClient: UPSTREAM.serviceClient,
  established: { values: ["kept", "cut"], source: "network-policy-api #305" },
  sctp: { values: ["supported", "dropped"], source: "cilium: off unless sctp.enabled" },
  icmp: UPSTREAM.icmp,
  endPort: { values: ["range", "port-only"], source: "cilium #28684" },
  namedPortInit: { values: ["restartable", "none", "all"], source: "calico #8885 and others" },
  namedPort: { values: ["resolve", "whole-protocol"], source: "ovn-kubernetes #2117" },
  npGatesBaseline: {
    values: ["direction", "any"],
    source: "np-guard and policy-assistant; kube-network-policies",
  },
  samePriority: UPSTREAM.samePriority,
  clusterNetworkPolicy: {
    values: ["enforced", "ignored"],
    source: "network-policy-api implementations page",
  },
  adminNetworkPolicy: { values: ["enforced", "ignored"], source: "network-policy-api implementations page" },
};

/** Of a plugin of which nothing else is known: it passes the upstream tests, and what these leave open stays open. */
const PLUGIN: SourcedSettings = {
  ...UPSTREAM,
  namedPortInit: { values: PORTABLE.namedPortInit.values, source: UNKNOWN },
  hairpin: { values: UPSTREAM.hairpin.values, source: DIFFER },
  self: { values: ["allowed"], source: "all plugins allow it in practice" },
};

const IGNORES_TIERS = {
  clusterNetworkPolicy: { values: ["ignored"], source: "network-policy-api implementations page, 2026-04" },
  adminNetworkPolicy: { values: ["ignored"], source: "network-policy-api implementations page, 2026-04" },
} as const;

const CALICO: SourcedSettings = {
  ...PLUGIN,
  ipBlockPods: { values: ["match"], source: "calico #6634" },
  hostNetworkPods: { values: ["node"], source: "no workload endpoint is made for host-network pods" },
  podToOwnNode: {
    values: ["filtered"],
    source: "Felix configuration, defaultEndpointToHostAction: after the endpoint's egress policy",
  },
  serviceSeenAs: { values: ["endpoint"], source: "kube-proxy rewrites before Calico's FORWARD chains" },
  established: { values: ["kept"], source: "calico #6399" },
  icmp: { values: ["filtered"], source: "dropped with everything else under a denial" },
  namedPortInit: { values: ["all"], source: "calico #8885" },
  clusterNetworkPolicy: { values: ["enforced", "ignored"], source: "from Calico 3.32 on" },
  adminNetworkPolicy: { values: ["enforced", "ignored"], source: "Calico 3.29 to 3.31 only" },
};

const CILIUM: SourcedSettings = {
  ...PLUGIN,
  ipBlockPods: { values: ["no-match"], source: "cilium #9209, #35212: in-cluster identity comes first" },
  ipBlockNodes: {
    values: ["no-match"],
    source: "cilium policy.rst, #20550: only with policy-cidr-match-mode=nodes",
  },
  hostNetworkPods: { values: ["node"], source: "cilium policy.rst: identities host and remote-node" },
  serviceSeenAs: { values: ["endpoint"], source: "Services are resolved before policies are asked" },
  established: { values: ["cut"], source: "cilium #2700" },
  sctp: { values: ["dropped", "supported"], source: "cilium policy.rst: off unless sctp.enabled" },
  icmp: { values: ["filtered"], source: "dropped with everything else under a denial" },
  endPort: { values: ["range", "port-only"], source: "cilium #28684: not read up to 1.15; #33389" },
  hairpin: { values: ["filtered", "allowed"], source: "cilium #11593, #19406" },
  clusterNetworkPolicy: {
    values: ["enforced", "ignored"],
    source: "not in every version (code since 2026-05)",
  },
  adminNetworkPolicy: { values: ["ignored"], source: "network-policy-api implementations page, 2026-04" },
};

const ANTREA: SourcedSettings = {
  ...PLUGIN,
  hostNetworkPods: { values: ["node"], source: "host-network pods are skipped as subjects and peers" },
  established: { values: ["kept"], source: "antrea: existing connections are not blocked by new rules" },
  icmp: { values: ["filtered"], source: "dropped with everything else under a denial" },
  namedPortInit: { values: ["none"], source: "only containers are looked at" },
  clusterNetworkPolicy: { values: ["ignored"], source: "network-policy-api implementations page, 2026-04" },
  adminNetworkPolicy: { values: ["enforced"], source: "network-policy-api implementations page, 2026-04" },
};

const KUBE_ROUTER: SourcedSettings = {
  ...PLUGIN,
  ...IGNORES_TIERS,
  hostNetworkPods: { values: ["node"], source: "isNetPolActionable: host-network pods are skipped" },
  serviceSeenAs: { values: ["endpoint"], source: "rules are in FORWARD, behind the rewriting" },
  established: { values: ["kept"], source: "RELATED,ESTABLISHED is accepted first" },
  icmp: { values: ["allowed", "filtered"], source: "the common chain accepts some ICMP" },
  namedPortInit: { values: ["none"], source: "only containers are looked at" },
};

const OVN_KUBERNETES: SourcedSettings = {
  ...PLUGIN,
  hostNetworkPods: {
    values: ["node", "pod"],
    source: "namespaceSelector alone leaves them out, with a podSelector they are documented to match",
  },
  hairpin: { values: ["allowed"], source: "base_network_controller_policy.go: allow-hairpinning ACL" },
  established: { values: ["cut"], source: "network-policy-api #305: every packet is judged" },
  icmp: { values: ["filtered"], source: "dropped with everything else under a denial" },
  namedPort: { values: ["whole-protocol", "resolve"], source: "ovn-kubernetes #2117, as of 2024-12" },
  clusterNetworkPolicy: { values: ["ignored"], source: "network-policy-api implementations page, 2026-04" },
  adminNetworkPolicy: { values: ["enforced"], source: "network-policy-api implementations page, 2026-04" },
};

const AWS_VPC_CNI: SourcedSettings = {
  ...PLUGIN,
  ...IGNORES_TIERS,
  hostNetworkPods: { values: ["node"], source: "host-network pods are skipped as subjects and peers" },
  serviceSeenAs: { values: ["service"], source: "endpoints.go getMatchingServiceClusterIPs: before DNAT" },
  namedPortInit: { values: ["none"], source: "only containers are looked at" },
};

const KUBE_NETWORK_POLICIES: SourcedSettings = {
  ...PLUGIN,
  hostNetworkPods: { values: ["node"], source: "networkpolicy.go getLocalPodsForNetworkPolicy" },
  serviceSeenAs: { values: ["endpoint"], source: "queued behind the rewriting" },
  established: { values: ["kept", "cut"], source: "strict mode judges established connections anew" },
  namedPortInit: { values: ["none"], source: "api/helper.go NewPodInfo" },
  npGatesBaseline: {
    values: ["any"],
    source: "networkpolicy.go EvaluateIngress: before the type is looked at",
  },
  samePriority: { values: ["by-name"], source: "clusternetworkpolicy.go getPoliciesForPod" },
  clusterNetworkPolicy: {
    values: ["enforced"],
    source: "its npa-v1alpha2 build; the standard one has no tiers",
  },
  adminNetworkPolicy: {
    values: ["enforced"],
    source: "its npa-v1alpha1 build; the standard one has no tiers",
  },
};

/** What each profile says of each knob, with its source. */
export const SOURCED_PROFILES: Readonly<Record<ProfileName, SourcedSettings>> = {
  upstream: UPSTREAM,
  portable: PORTABLE,
  calico: CALICO,
  cilium: CILIUM,
  antrea: ANTREA,
  "kube-router": KUBE_ROUTER,
  "ovn-kubernetes": OVN_KUBERNETES,
  "aws-vpc-cni": AWS_VPC_CNI,
  "kube-network-policies": KUBE_NETWORK_POLICIES,
};

const PROFILES: ReadonlyMap<string, Profile> = new Map(
  PROFILE_NAMES.map((name) => [name, { name, knobs: settingsOf(SOURCED_PROFILES[name]) }]),
);

export function profileOf(name: ProfileName): Profile {
  const profile = PROFILES.get(name);
  if (profile === undefined) {
    throw new Error(`there is no profile ${name}`);
  }
  return profile;
}

function settingsOf(sourced: SourcedSettings): KnobSettings {
  const entries = Object.entries(sourced).map(([knob, { values }]) => [knob, values]);
  return Object.fromEntries(entries) as KnobSettings;
}
