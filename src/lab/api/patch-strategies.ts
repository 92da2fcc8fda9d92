/** How a strategic merge patch treats a field that is not simply replaced. */
export interface PatchStrategy {
  /** Lists: items are merged, by `mergeKey` where they are objects. */
  readonly merge?: true;
  /** Objects, or the items of the list: keys that the patch does not retain go. */
  readonly retainKeys?: true;
  /** Absent: the items are scalars. */
  readonly mergeKey?: string;
}

/** By type and field, from the tags `patchStrategy` and `patchMergeKey` of k8s.io/api and apimachinery 0.36. */
const STRATEGIES: Readonly<Record<string, PatchStrategy>> = {
  "ObjectMeta.ownerReferences": by("uid"),
  "ObjectMeta.finalizers": { merge: true },
  "Container.ports": by("containerPort"),
  "Container.env": by("name"),
  "Container.volumeMounts": by("mountPath"),
  "Container.volumeDevices": by("devicePath"),
  "EphemeralContainer.ports": by("containerPort"),
  "EphemeralContainer.env": by("name"),
  "EphemeralContainer.volumeMounts": by("mountPath"),
  "EphemeralContainer.volumeDevices": by("devicePath"),
  "ContainerStatus.volumeMounts": by("mountPath"),
  "ContainerStatus.allocatedResourcesStatus": by("name"),
  "PodSpec.volumes": { ...by("name"), retainKeys: true },
  "PodSpec.initContainers": by("name"),
  "PodSpec.containers": by("name"),
  "PodSpec.ephemeralContainers": by("name"),
  "PodSpec.imagePullSecrets": by("name"),
  "PodSpec.hostAliases": by("ip"),
  "PodSpec.topologySpreadConstraints": by("topologyKey"),
  "PodSpec.schedulingGates": by("name"),
  "PodSpec.resourceClaims": { ...by("name"), retainKeys: true },
  "PodStatus.conditions": by("type"),
  "PodStatus.hostIPs": by("ip"),
  "PodStatus.podIPs": by("ip"),
  "PodStatus.resourceClaimStatuses": { ...by("name"), retainKeys: true },
  "ServiceStatus.conditions": by("type"),
  "ServiceSpec.ports": by("port"),
  "NodeSpec.podCIDRs": { merge: true },
  "NodeStatus.conditions": by("type"),
  "NodeStatus.addresses": by("type"),
  "NamespaceStatus.conditions": by("type"),
  "StatefulSetStatus.conditions": by("type"),
  "DeploymentSpec.strategy": { retainKeys: true },
  "DeploymentStatus.conditions": by("type"),
  "DaemonSetStatus.conditions": by("type"),
  "ReplicaSetStatus.conditions": by("type"),
  "JobStatus.conditions": by("type"),
  "PersistentVolumeClaimStatus.conditions": by("type"),
};

/** Undefined: objects are merged, all else is replaced. */
export function patchStrategy(type: string, field: string): PatchStrategy | undefined {
  const name = `${type}.${field}`;
  return Object.hasOwn(STRATEGIES, name) ? STRATEGIES[name] : undefined;
}

function by(mergeKey: string): PatchStrategy {
  return { merge: true, mergeKey };
}
