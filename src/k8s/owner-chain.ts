import type { OwnerReference } from "../model/kubernetes.ts";
import { NAME_PREFIX, type NamespaceIds, podSpec, RUN_LABEL, type StandInSettings } from "./stand-in-spec.ts";

/**
 * Who owns the stand-ins of a namespace: a Job (no pods, a deadline, removed as soon as it ended) owns a Deployment
 * (no replicas, a selector that matches nothing), which is the controlling owner of the stand-ins. So no controller
 * adopts them, PodDisruptionBudgets see an owner that scales, and all of it goes after the deadline even if we do not
 * live to remove it.
 */
export function chainName(runId: string): string {
  return `${NAME_PREFIX}${runId}`;
}

export function chainJob(
  namespace: string,
  deadlineSeconds: number,
  ids: NamespaceIds | undefined,
  settings: StandInSettings,
): object {
  const labels = { [RUN_LABEL]: settings.runId };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: chainName(settings.runId), namespace, labels },
    spec: {
      parallelism: 0,
      completions: 1,
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: 0,
      template: { metadata: { labels }, spec: podSpec([], ids, settings) },
    },
  };
}

export function chainDeployment(
  namespace: string,
  job: { readonly name: string; readonly uid: string },
  ids: NamespaceIds | undefined,
  settings: StandInSettings,
): object {
  const labels = { [RUN_LABEL]: settings.runId };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: chainName(settings.runId),
      namespace,
      labels,
      ownerReferences: [
        { apiVersion: "batch/v1", kind: "Job", ...job, controller: true, blockOwnerDeletion: false },
      ],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      // Deployments take no other restart policy than Always.
      template: { metadata: { labels }, spec: { ...podSpec([], ids, settings), restartPolicy: "Always" } },
    },
  };
}

/** The controlling owner of a stand-in. */
export function standInOwner(deployment: { readonly name: string; readonly uid: string }): OwnerReference {
  return { apiVersion: "apps/v1", kind: "Deployment", ...deployment, controller: true };
}
