import { createHash } from "node:crypto";
import type { LabelSelector } from "../../../model/kubernetes.ts";
import type { LabMetadata, LabObject } from "../../model.ts";
import { type Control, deleteQuietly, newest, refusalOf } from "../control.ts";
import { matchesSelector } from "../label-selector.ts";
import { controllerOf, isActive, isReady, type LabPod, type PodSpec } from "../pod.ts";

/** What makes pods from a template. */
export interface Workload extends LabObject {
  readonly spec: WorkloadSpec;
}

export interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: LabelSelector;
  readonly template: PodTemplate;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata?: Pick<LabMetadata, "labels" | "annotations">;
  readonly spec: PodSpec;
}

/** How an object names its manager. */
export function ownerReference(owner: LabObject): object {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `name` or `generateName`, and what the workload adds to the template. */
export interface PodExtras {
  readonly metadata: { readonly name: string } | { readonly generateName: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** Why the API would not take the pod; undefined: it is there. */
export function createPod(
  { store }: Control,
  owner: Workload,
  { metadata, labels, spec }: PodExtras,
): string | undefined {
  const { template } = owner.spec;
  return refusalOf(() => {
    store.create("pods", {
      metadata: {
        ...metadata,
        namespace: owner.metadata.namespace,
        labels: { ...template.metadata?.labels, ...labels },
        ...(template.metadata?.annotations === undefined
          ? {}
          : { annotations: template.metadata.annotations }),
        ownerReferences: [ownerReference(owner)],
      },
      spec: { ...template.spec, ...spec },
    });
  });
}

/**
 * The pods that a workload manages. Those that match its selector and that nobody manages become its own, those that
 * no longer match are let go (apimachinery controller_ref_manager).
 */
export function claimPods({ store, pods }: Control, owner: Workload): readonly LabPod[] {
  const { selector } = owner.spec;
  const own = pods.controlledBy(owner.metadata.uid);
  const kept = own.filter((pod) => matchesSelector(selector, pod.metadata.labels));
  for (const pod of own) {
    if (!kept.includes(pod) && isActive(pod)) setOwners(store, pod, (uid) => uid !== owner.metadata.uid, []);
  }
  if (owner.metadata.deletionTimestamp !== undefined) return kept;
  const adopted = pods
    .inNamespace(owner.metadata.namespace ?? "")
    .filter(
      (pod) =>
        controllerOf(pod) === undefined && isActive(pod) && matchesSelector(selector, pod.metadata.labels),
    );
  for (const pod of adopted) setOwners(store, pod, () => true, [ownerReference(owner)]);
  return [...kept, ...adopted];
}

function setOwners(
  store: Control["store"],
  pod: LabPod,
  keep: (uid: string) => boolean,
  added: readonly object[],
): void {
  const current = newest(store, "pods", pod);
  if (current === undefined) return;
  const owners = (current.metadata.ownerReferences ?? []).filter(({ uid }) => keep(uid));
  const metadata = { ...current.metadata, ownerReferences: [...owners, ...added] } as LabMetadata;
  store.replace("pods", { ...current, metadata });
}

/** Brings the number of active pods to the wanted one; why it could not, if so. */
export function scalePods(
  control: Control,
  active: readonly LabPod[],
  wanted: number,
  create: () => string | undefined,
): string | undefined {
  for (let missing = wanted - active.length; missing > 0; missing--) {
    const refusal = create();
    if (refusal !== undefined) return refusal;
  }
  for (const pod of [...active].sort(leastUseful).slice(0, Math.max(0, active.length - wanted))) {
    deleteQuietly(control.store, "pods", pod);
  }
  return undefined;
}

/** Those without a node first, then those that are not ready, then the newest. */
function leastUseful(a: LabPod, b: LabPod): number {
  const rank = (pod: LabPod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  return rank(a) - rank(b) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp);
}

/** Stands for a template in names and labels: ten hexadecimal digits. */
export function templateHash(template: PodTemplate): string {
  return createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 10);
}

export function countReady(pods: readonly LabPod[]): number {
  return pods.filter((pod) => isActive(pod) && isReady(pod)).length;
}
