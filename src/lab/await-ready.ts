import { hasCondition, isActive, isFinished, isReady, type LabPod } from "./control/pod.ts";
import type { LabObject, LabStore } from "./model.ts";

interface Counts {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly observedGeneration?: number;
  readonly desiredNumberScheduled?: number;
  readonly numberReady?: number;
}

/**
 * Resolves as soon as all workloads of a lab are ready, or after `timeoutMs`, with what is not, each in a line that
 * says why. Jobs and pods that end by themselves are ready when they have begun.
 */
export function awaitReady(
  store: LabStore,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    let isScheduled = false;
    const stop = (): void => {
      unsubscribe();
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const finish = (problems: readonly string[]): void => {
      stop();
      resolve(problems);
    };
    const check = (): void => {
      isScheduled = false;
      if (notReady(store).length === 0) finish([]);
    };
    const schedule = (): void => {
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(check);
    };
    const abort = (): void => {
      stop();
      reject(signal.reason);
    };
    const unsubscribe = store.subscribe(schedule);
    const timer = setTimeout(() => finish(notReady(store)), timeoutMs);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    else schedule();
  });
}

/** What is not ready now. */
export function notReady(store: LabStore): readonly string[] {
  const workloads = ["deployments", "statefulsets", "daemonsets", "replicasets"].flatMap((resource) =>
    store
      .list(resource)
      .filter((workload) => !isComplete(workload))
      .map((workload) => workloadLine(workload)),
  );
  const pods = (store.list("pods") as readonly LabPod[]).filter(
    (pod) => isActive(pod) && !isReady(pod) && waitsFor(pod),
  );
  return [...pods.map(podLine), ...workloads];
}

function isComplete({ kind, metadata, spec, status }: LabObject): boolean {
  const { replicas = 1 } = (spec ?? {}) as { readonly replicas?: number };
  const counts = (status ?? {}) as Counts;
  if (counts.observedGeneration !== metadata.generation) return false;
  if (kind === "DaemonSet") return counts.numberReady === counts.desiredNumberScheduled;
  const updated = kind === "Deployment" ? counts.updatedReplicas === replicas : true;
  return updated && counts.replicas === replicas && (counts.readyReplicas ?? 0) === replicas;
}

/** Pods that nobody's readiness gate keeps back for good. */
function waitsFor(pod: LabPod): boolean {
  const gates = pod.spec.readinessGates ?? [];
  return gates.length === 0 || !hasCondition(pod, "ContainersReady");
}

function workloadLine(workload: LabObject): string {
  const { kind, metadata, spec, status } = workload;
  const counts = (status ?? {}) as Counts;
  const wanted = kind === "DaemonSet" ? counts.desiredNumberScheduled : (spec as Counts).replicas;
  const ready = kind === "DaemonSet" ? counts.numberReady : counts.readyReplicas;
  const conditions = (
    status as { readonly conditions?: readonly { type: string; status: string; message?: string }[] }
  )?.conditions;
  const why = conditions?.find(({ type, status }) => type === "ReplicaFailure" && status === "True")?.message;
  const line = `${kind} ${metadata.namespace}/${metadata.name}: ${ready ?? 0} of ${wanted ?? 1} pods ready`;
  return why === undefined ? line : `${line}: ${why}`;
}

function podLine(pod: LabPod): string {
  const { status, metadata } = pod;
  const unscheduled = status?.conditions?.find(
    (one) => one.type === "PodScheduled" && one.status === "False",
  );
  const container = status?.containerStatuses?.find(({ ready }) => !ready);
  const waiting = container?.state.waiting;
  const why =
    unscheduled?.message ??
    (waiting === undefined
      ? container === undefined
        ? "not ready"
        : `container ${container.name} runs and its readinessProbe fails`
      : `container ${container?.name} waits: ${waiting.reason}${waiting.message === undefined ? "" : `: ${waiting.message}`}`);
  return `pod ${metadata.namespace}/${metadata.name}: ${isFinished(pod) ? "has ended" : why}`;
}
