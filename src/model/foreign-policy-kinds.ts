/** Policy kinds that filter pod traffic beside NetworkPolicy, and that are counted but not read. By API group. */
export const FOREIGN_POLICY_KINDS: Readonly<Record<string, readonly string[]>> = {
  "cilium.io": ["CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy"],
  "consul.hashicorp.com": ["ServiceIntentions"],
  "crd.antrea.io": ["ClusterNetworkPolicy", "NetworkPolicy"],
  "crd.nsx.vmware.com": ["SecurityPolicy"],
  "crd.projectcalico.org": ["GlobalNetworkPolicy", "NetworkPolicy"],
  "k8s.cni.cncf.io": ["MultiNetworkPolicy"],
  "k8s.ovn.org": ["EgressFirewall"],
  "kuma.io": ["MeshTrafficPermission", "TrafficPermission"],
  "network.openshift.io": ["EgressNetworkPolicy"],
  "networking.gke.io": ["FQDNNetworkPolicy"],
  "networking.k8s.aws": ["ApplicationNetworkPolicy", "ClusterNetworkPolicy"],
  "policy.linkerd.io": ["AuthorizationPolicy", "Server", "ServerAuthorization"],
  "policy.networking.k8s.io": ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"],
  "projectcalico.org": ["GlobalNetworkPolicy", "NetworkPolicy"],
  "security.istio.io": ["AuthorizationPolicy", "PeerAuthentication"],
  "vpcresources.k8s.aws": ["SecurityGroupPolicy"],
};
