import type {
  KubernetesObject,
  LabelSelector,
  ObjectMeta,
  PodTemplate,
  Workload,
  WorkloadKind,
} from "../model/kubernetes.ts";

/** Where the kinds that make pods are served. */
export const WORKLOAD_APIS: readonly {
  readonly base: string;
  readonly plural: string;
  readonly kind: WorkloadKind;
}[] = [
  { base: "/apis/apps/v1", plural: "deployments", kind: "Deployment" },
  { base: "/apis/apps/v1", plural: "statefulsets", kind: "StatefulSet" },
  { base: "/apis/apps/v1", plural: "daemonsets", kind: "DaemonSet" },
  { base: "/apis/apps/v1", plural: "replicasets", kind: "ReplicaSet" },
  { base: "/api/v1", plural: "replicationcontrollers", kind: "ReplicationController" },
  { base: "/apis/batch/v1", plural: "jobs", kind: "Job" },
  { base: "/apis/batch/v1", plural: "cronjobs", kind: "CronJob" },
];

interface RawWorkload extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly selector?: LabelSelector | Readonly<Record<string, string>> | null;
    readonly template?: PodTemplate | null;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate | null } | null } | null;
  } | null;
}

/**
 * Undefined where there is no template, and for the ReplicaSets that a Deployment keeps for roll-backs: no pod is made
 * from those, so their labels are nobody's.
 */
export function toWorkload(kind: WorkloadKind, object: KubernetesObject): Workload | undefined {
  const { metadata, spec }: RawWorkload = object;
  const template = kind === "CronJob" ? spec?.jobTemplate?.spec?.template : spec?.template;
  if (template === undefined || template === null) return undefined;
  if (kind === "ReplicaSet" && spec?.replicas === 0 && isControlled(metadata)) return undefined;
  const selector = spec?.selector ?? undefined;
  return {
    kind,
    metadata,
    template,
    ...(typeof spec?.replicas === "number" ? { replicas: spec.replicas } : {}),
    ...(selector === undefined ? {} : { selector: toLabelSelector(kind, selector) }),
  };
}

function isControlled(metadata: ObjectMeta): boolean {
  return metadata.ownerReferences?.some((owner) => owner.controller === true) ?? false;
}

/** A ReplicationController's selector is the bare map of labels. */
function toLabelSelector(
  kind: WorkloadKind,
  selector: NonNullable<NonNullable<RawWorkload["spec"]>["selector"]>,
): LabelSelector {
  return kind === "ReplicationController"
    ? { matchLabels: selector as Readonly<Record<string, string>> }
    : (selector as LabelSelector);
}
