/**
 * Fields without which an object is of no use to us, by the Go type that they belong to. The API server requires each
 * of them too (k8s.io/kubernetes pkg/apis: core, apps, batch, discovery validation); what else it requires is not ours.
 */
export const REQUIRED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  PodSpec: ["containers"],
  PodTemplateSpec: ["spec"],
  Container: ["name"],
  EphemeralContainer: ["name"],
  ContainerPort: ["containerPort"],
  PodReadinessGate: ["conditionType"],
  PodIP: ["ip"],
  Deployment: ["spec"],
  DeploymentSpec: ["template"],
  StatefulSet: ["spec"],
  StatefulSetSpec: ["template"],
  DaemonSet: ["spec"],
  DaemonSetSpec: ["template"],
  ReplicaSet: ["spec"],
  ReplicaSetSpec: ["template"],
  ReplicationController: ["spec"],
  ReplicationControllerSpec: ["template"],
  Job: ["spec"],
  JobSpec: ["template"],
  JobTemplateSpec: ["spec"],
  CronJob: ["spec"],
  CronJobSpec: ["jobTemplate"],
  ServicePort: ["port"],
  EndpointSlice: ["addressType"],
  Endpoint: ["addresses"],
  NodeAddress: ["type", "address"],
  OwnerReference: ["kind", "name"],
  ClusterNetworkPolicy: ["spec"],
  ClusterNetworkPolicySpec: ["tier", "priority", "subject"],
  ClusterNetworkPolicyIngressRule: ["action", "from"],
  ClusterNetworkPolicyEgressRule: ["action", "to"],
  ClusterNetworkPolicyPortRange: ["start", "end"],
  AdminNetworkPolicy: ["spec"],
  AdminNetworkPolicySpec: ["priority", "subject"],
  AdminNetworkPolicyIngressRule: ["action", "from"],
  AdminNetworkPolicyEgressRule: ["action", "to"],
  AdminNetworkPolicyPortNumber: ["port"],
  AdminNetworkPolicyPortRange: ["start", "end"],
  BaselineAdminNetworkPolicy: ["spec"],
  BaselineAdminNetworkPolicySpec: ["subject"],
  BaselineAdminNetworkPolicyEgressRule: ["action", "to"],
  AdminPolicyNamespacedPod: ["podSelector"],
};

/**
 * Strings that are "" where they are absent, because Go's decoder leaves them so; what the API server says of that is
 * told by the validation of NetworkPolicies (V2, V10).
 */
export const EMPTY_STRINGS: Readonly<Record<string, readonly string[]>> = {
  IPBlock: ["cidr"],
  LabelSelectorRequirement: ["key", "operator"],
};
