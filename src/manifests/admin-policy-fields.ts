/**
 * The fields of ClusterNetworkPolicy v1alpha2 and of AdminNetworkPolicy and BaselineAdminNetworkPolicy v1alpha1, in the
 * form of kubernetes-fields.json, with the experimental ones: custom resources, so the client library has no models of
 * them. From sigs.k8s.io/network-policy-api, apis/v1alpha1 and apis/v1alpha2, at v0.2.0.
 */
export const ADMIN_POLICY_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ClusterNetworkPolicy: {
    apiVersion: "string",
    kind: "string",
    metadata: "ObjectMeta",
    spec: "ClusterNetworkPolicySpec",
    status: "AdminPolicyStatus",
  },
  ClusterNetworkPolicySpec: {
    egress: "ClusterNetworkPolicyEgressRule[]",
    ingress: "ClusterNetworkPolicyIngressRule[]",
    priority: "int32",
    subject: "AdminPolicySubject",
    tier: "string",
  },
  ClusterNetworkPolicyIngressRule: {
    action: "string",
    from: "AdminPolicyIngressPeer[]",
    name: "string",
    protocols: "ClusterNetworkPolicyProtocol[]",
  },
  ClusterNetworkPolicyEgressRule: {
    action: "string",
    name: "string",
    protocols: "ClusterNetworkPolicyProtocol[]",
    to: "AdminPolicyEgressPeer[]",
  },
  ClusterNetworkPolicyProtocol: {
    destinationNamedPort: "string",
    sctp: "ClusterNetworkPolicyPortMatch",
    tcp: "ClusterNetworkPolicyPortMatch",
    udp: "ClusterNetworkPolicyPortMatch",
  },
  ClusterNetworkPolicyPortMatch: { destinationPort: "ClusterNetworkPolicyPort" },
  ClusterNetworkPolicyPort: { number: "int32", range: "ClusterNetworkPolicyPortRange" },
  ClusterNetworkPolicyPortRange: { end: "int32", start: "int32" },
  AdminNetworkPolicy: {
    apiVersion: "string",
    kind: "string",
    metadata: "ObjectMeta",
    spec: "AdminNetworkPolicySpec",
    status: "AdminPolicyStatus",
  },
  AdminNetworkPolicySpec: {
    egress: "AdminNetworkPolicyEgressRule[]",
    ingress: "AdminNetworkPolicyIngressRule[]",
    priority: "int32",
    subject: "AdminPolicySubject",
  },
  BaselineAdminNetworkPolicy: {
    apiVersion: "string",
    kind: "string",
    metadata: "ObjectMeta",
    spec: "BaselineAdminNetworkPolicySpec",
    status: "AdminPolicyStatus",
  },
  BaselineAdminNetworkPolicySpec: {
    egress: "BaselineAdminNetworkPolicyEgressRule[]",
    ingress: "AdminNetworkPolicyIngressRule[]",
    subject: "AdminPolicySubject",
  },
  AdminNetworkPolicyIngressRule: {
    action: "string",
    from: "AdminPolicyIngressPeer[]",
    name: "string",
    ports: "AdminNetworkPolicyPort[]",
  },
  AdminNetworkPolicyEgressRule: {
    action: "string",
    name: "string",
    ports: "AdminNetworkPolicyPort[]",
    to: "AdminPolicyEgressPeer[]",
  },
  BaselineAdminNetworkPolicyEgressRule: {
    action: "string",
    name: "string",
    ports: "AdminNetworkPolicyPort[]",
    to: "BaselineAdminNetworkPolicyEgressPeer[]",
  },
  AdminNetworkPolicyPort: {
    namedPort: "string",
    portNumber: "AdminNetworkPolicyPortNumber",
    portRange: "AdminNetworkPolicyPortRange",
  },
  AdminNetworkPolicyPortNumber: { port: "int32", protocol: "string" },
  AdminNetworkPolicyPortRange: { end: "int32", protocol: "string", start: "int32" },
  AdminPolicySubject: { namespaces: "LabelSelector", pods: "AdminPolicyNamespacedPod" },
  AdminPolicyNamespacedPod: { namespaceSelector: "LabelSelector", podSelector: "LabelSelector" },
  AdminPolicyIngressPeer: { namespaces: "LabelSelector", pods: "AdminPolicyNamespacedPod" },
  BaselineAdminNetworkPolicyEgressPeer: {
    namespaces: "LabelSelector",
    networks: "string[]",
    nodes: "LabelSelector",
    pods: "AdminPolicyNamespacedPod",
  },
  AdminPolicyEgressPeer: {
    domainNames: "string[]",
    namespaces: "LabelSelector",
    networks: "string[]",
    nodes: "LabelSelector",
    pods: "AdminPolicyNamespacedPod",
  },
  AdminPolicyStatus: { conditions: "Condition[]" },
};
