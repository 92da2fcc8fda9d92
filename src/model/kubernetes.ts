/**
 * The parts of the Kubernetes API objects that Netverdict reads, as raw JSON with the API's own field names.
 * Optional fields may be absent or null, as the API server accepts both; readers treat them alike.
 * Never the client library's typed models: those rename fields (`_from`) and drop what they do not know.
 */

type Optional<T> = T | null | undefined;

export type Labels = Readonly<Record<string, string>>;
export type Protocol = "TCP" | "UDP" | "SCTP";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: Optional<boolean>;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: Optional<string>;
  readonly uid?: Optional<string>;
  readonly resourceVersion?: Optional<string>;
  readonly generation?: Optional<number>;
  readonly labels?: Optional<Labels>;
  readonly annotations?: Optional<Labels>;
  readonly creationTimestamp?: Optional<string>;
  readonly deletionTimestamp?: Optional<string>;
  readonly finalizers?: Optional<readonly string[]>;
  readonly ownerReferences?: Optional<readonly OwnerReference[]>;
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string; // In | NotIn | Exists | DoesNotExist; others are the API server's to refuse
  readonly values?: Optional<readonly string[]>;
}

export interface LabelSelector {
  readonly matchLabels?: Optional<Labels>;
  readonly matchExpressions?: Optional<readonly LabelSelectorRequirement[]>;
}

export interface Namespace extends KubernetesObject {
  readonly status?: Optional<{ readonly phase?: Optional<string> }>;
}

export interface ContainerPort {
  readonly name?: Optional<string>;
  readonly containerPort: number;
  readonly protocol?: Optional<Protocol>; // TCP when absent
  readonly hostPort?: Optional<number>;
}

/** `httpGet`, `tcpSocket` and `grpc` of a probe, as far as they name a port. */
export interface ReadinessProbe {
  readonly httpGet?: Optional<{ readonly port: number | string; readonly path?: Optional<string> }>;
  readonly tcpSocket?: Optional<{ readonly port: number | string }>;
  readonly grpc?: Optional<{ readonly port: number }>;
  readonly exec?: Optional<unknown>;
}

export interface Container {
  readonly name: string;
  readonly image?: Optional<string>;
  readonly ports?: Optional<readonly ContainerPort[]>;
  readonly readinessProbe?: Optional<ReadinessProbe>;
  /** Of init containers: `Always` makes a sidecar. */
  readonly restartPolicy?: Optional<string>;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: Optional<readonly Container[]>;
  readonly nodeName?: Optional<string>;
  readonly hostNetwork?: Optional<boolean>;
  readonly readinessGates?: Optional<readonly { readonly conditionType: string }[]>;
}

export interface PodCondition {
  readonly type: string;
  readonly status: string; // True | False | Unknown
  readonly reason?: Optional<string>;
  readonly message?: Optional<string>;
  readonly lastTransitionTime?: Optional<string>;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: Optional<boolean>;
  readonly restartCount?: Optional<number>;
  readonly state?: Optional<{
    readonly waiting?: Optional<{ readonly reason?: Optional<string>; readonly message?: Optional<string> }>;
    readonly running?: Optional<{ readonly startedAt?: Optional<string> }>;
    readonly terminated?: Optional<{
      readonly reason?: Optional<string>;
      readonly message?: Optional<string>;
      readonly exitCode?: Optional<number>;
    }>;
  }>;
}

export interface PodStatus {
  readonly phase?: Optional<string>;
  readonly reason?: Optional<string>;
  readonly message?: Optional<string>;
  readonly podIP?: Optional<string>;
  readonly podIPs?: Optional<readonly { readonly ip: string }[]>;
  readonly hostIP?: Optional<string>;
  readonly conditions?: Optional<readonly PodCondition[]>;
  readonly containerStatuses?: Optional<readonly ContainerStatus[]>;
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
  readonly status?: Optional<PodStatus>;
}

export interface PodTemplate {
  readonly metadata?: Optional<{
    readonly labels?: Optional<Labels>;
    readonly annotations?: Optional<Labels>;
  }>;
  readonly spec: PodSpec;
}

/** What makes pods from a template, as far as we need it: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, … */
export type WorkloadKind =
  | "Deployment"
  | "StatefulSet"
  | "DaemonSet"
  | "ReplicaSet"
  | "ReplicationController"
  | "Job"
  | "CronJob";

export interface Workload {
  readonly kind: WorkloadKind;
  readonly metadata: ObjectMeta;
  /** `spec.replicas`; absent for kinds without it and where it was not set (the API's default is 1). */
  readonly replicas?: number;
  readonly selector?: LabelSelector;
  readonly template: PodTemplate;
}

export interface ServicePort {
  readonly name?: Optional<string>;
  readonly protocol?: Optional<Protocol>;
  readonly port: number;
  readonly targetPort?: Optional<number | string>;
  readonly nodePort?: Optional<number>;
}

export interface Service extends KubernetesObject {
  readonly spec?: Optional<{
    readonly type?: Optional<string>;
    readonly selector?: Optional<Labels>;
    readonly clusterIP?: Optional<string>;
    readonly clusterIPs?: Optional<readonly string[]>;
    readonly externalName?: Optional<string>;
    readonly ports?: Optional<readonly ServicePort[]>;
    readonly publishNotReadyAddresses?: Optional<boolean>;
    readonly internalTrafficPolicy?: Optional<string>;
    readonly externalTrafficPolicy?: Optional<string>;
  }>;
}

export interface EndpointSlice extends KubernetesObject {
  readonly addressType: string; // IPv4 | IPv6 | FQDN
  readonly endpoints?: Optional<
    readonly {
      readonly addresses: readonly string[];
      readonly conditions?: Optional<{
        readonly ready?: Optional<boolean>;
        readonly serving?: Optional<boolean>;
        readonly terminating?: Optional<boolean>;
      }>;
      readonly targetRef?: Optional<{
        readonly kind?: Optional<string>;
        readonly namespace?: Optional<string>;
        readonly name?: Optional<string>;
      }>;
      readonly nodeName?: Optional<string>;
    }[]
  >;
  readonly ports?: Optional<
    readonly {
      readonly name?: Optional<string>;
      readonly protocol?: Optional<Protocol>;
      readonly port?: Optional<number>;
    }[]
  >;
}

export interface Node extends KubernetesObject {
  readonly spec?: Optional<{
    readonly unschedulable?: Optional<boolean>;
    readonly podCIDRs?: Optional<readonly string[]>;
  }>;
  readonly status?: Optional<{
    readonly addresses?: Optional<readonly { readonly type: string; readonly address: string }[]>;
    readonly conditions?: Optional<readonly PodCondition[]>;
    /** Quantities by resource, such as `cpu`: `1930m`. */
    readonly allocatable?: Optional<Readonly<Record<string, string | number>>>;
  }>;
}

export interface IPBlock {
  readonly cidr: string;
  readonly except?: Optional<readonly string[]>;
}

export interface NetworkPolicyPeer {
  readonly podSelector?: Optional<LabelSelector>;
  readonly namespaceSelector?: Optional<LabelSelector>;
  readonly ipBlock?: Optional<IPBlock>;
}

export interface NetworkPolicyPort {
  readonly protocol?: Optional<Protocol>;
  readonly port?: Optional<number | string>;
  readonly endPort?: Optional<number>;
}

export interface NetworkPolicyIngressRule {
  readonly from?: Optional<readonly Optional<NetworkPolicyPeer>[]>;
  readonly ports?: Optional<readonly Optional<NetworkPolicyPort>[]>;
}

export interface NetworkPolicyEgressRule {
  readonly to?: Optional<readonly Optional<NetworkPolicyPeer>[]>;
  readonly ports?: Optional<readonly Optional<NetworkPolicyPort>[]>;
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec?: Optional<{
    readonly podSelector?: Optional<LabelSelector>;
    readonly policyTypes?: Optional<readonly string[]>;
    readonly ingress?: Optional<readonly Optional<NetworkPolicyIngressRule>[]>;
    readonly egress?: Optional<readonly Optional<NetworkPolicyEgressRule>[]>;
  }>;
}

/** Exactly one field is set; the API server refuses everything else (T6). */
export interface AdminPolicySubject {
  readonly namespaces?: Optional<LabelSelector>;
  readonly pods?: Optional<NamespacedPodSelector>;
}

/** Pods by their labels and by those of their namespace; an absent selector is the empty one, which selects all. */
export interface NamespacedPodSelector {
  readonly namespaceSelector?: Optional<LabelSelector>;
  readonly podSelector?: Optional<LabelSelector>;
}

/** Exactly one field is set; one that is in none of these is of a version that is not known here (T9). */
export interface AdminIngressPeer {
  readonly namespaces?: Optional<LabelSelector>;
  readonly pods?: Optional<NamespacedPodSelector>;
}

export interface AdminEgressPeer extends AdminIngressPeer {
  readonly nodes?: Optional<LabelSelector>;
  readonly networks?: Optional<readonly string[]>;
  readonly domainNames?: Optional<readonly string[]>;
}

/** `destinationPort` of v1alpha2: a number or an inclusive range. */
export interface AdminDestinationPort {
  readonly number?: Optional<number>;
  readonly range?: Optional<{ readonly start: number; readonly end: number }>;
}

interface AdminProtocolMatch {
  readonly destinationPort?: Optional<AdminDestinationPort>;
}

/** An entry of `protocols` of v1alpha2; exactly one field is set. */
export interface ClusterNetworkPolicyProtocol {
  readonly tcp?: Optional<AdminProtocolMatch>;
  readonly udp?: Optional<AdminProtocolMatch>;
  readonly sctp?: Optional<AdminProtocolMatch>;
  readonly destinationNamedPort?: Optional<string>;
}

/** An entry of `ports` of v1alpha1; exactly one field is set; the protocol is TCP when absent. */
export interface AdminNetworkPolicyPort {
  readonly portNumber?: Optional<{ readonly protocol?: Optional<Protocol>; readonly port: number }>;
  readonly namedPort?: Optional<string>;
  readonly portRange?: Optional<{
    readonly protocol?: Optional<Protocol>;
    readonly start: number;
    readonly end: number;
  }>;
}

interface AdminRuleBase {
  readonly name?: Optional<string>;
  readonly action: string; // v1alpha2: Accept | Deny | Pass; v1alpha1: Allow | Deny | Pass
}

interface AdminIngressRuleBase extends AdminRuleBase {
  readonly from?: Optional<readonly Optional<AdminIngressPeer>[]>;
}

interface AdminEgressRuleBase extends AdminRuleBase {
  readonly to?: Optional<readonly Optional<AdminEgressPeer>[]>;
}

interface WithProtocols {
  readonly protocols?: Optional<readonly Optional<ClusterNetworkPolicyProtocol>[]>;
}

interface WithPorts {
  readonly ports?: Optional<readonly Optional<AdminNetworkPolicyPort>[]>;
}

/** `policy.networking.k8s.io/v1alpha2`, cluster-scoped. */
export interface ClusterNetworkPolicy extends KubernetesObject {
  readonly spec?: Optional<{
    readonly tier?: Optional<string>; // Admin | Baseline
    readonly priority?: Optional<number>; // 0-1000, lower wins
    readonly subject?: Optional<AdminPolicySubject>;
    readonly ingress?: Optional<readonly Optional<AdminIngressRuleBase & WithProtocols>[]>;
    readonly egress?: Optional<readonly Optional<AdminEgressRuleBase & WithProtocols>[]>;
  }>;
}

interface AdminNetworkPolicySpecBase {
  readonly subject?: Optional<AdminPolicySubject>;
  readonly ingress?: Optional<readonly Optional<AdminIngressRuleBase & WithPorts>[]>;
  readonly egress?: Optional<readonly Optional<AdminEgressRuleBase & WithPorts>[]>;
}

/** `policy.networking.k8s.io/v1alpha1`, cluster-scoped. */
export interface AdminNetworkPolicy extends KubernetesObject {
  readonly spec?: Optional<AdminNetworkPolicySpecBase & { readonly priority?: Optional<number> }>;
}

/** `policy.networking.k8s.io/v1alpha1`, cluster-scoped; the only one is named `default`. */
export interface BaselineAdminNetworkPolicy extends KubernetesObject {
  readonly spec?: Optional<AdminNetworkPolicySpecBase>;
}
