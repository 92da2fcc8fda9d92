import type { StoreEvent } from "../../model.ts";
import { timestamp } from "../clock.ts";
import { type Control, type Controller, deleteQuietly, newest, writeStatus } from "../control.ts";
import { type Condition, controllerOf, hasCondition, isActive, isReady, type LabPod } from "../pod.ts";
import { createPod, type Workload } from "./workload.ts";

interface JobSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly backoffLimit?: number;
  readonly suspend?: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
}

interface JobStatus {
  readonly startTime?: string;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly conditions?: readonly Condition[];
}

/**
 * Runs Jobs: pods up to `parallelism` until `completions` of them ended well or more than `backoffLimit` did not; the
 * deadline of the whole; suspension; removal after the end. Failed pods are replaced at once. Indexed Jobs count as
 * plain ones.
 */
export class Jobs implements Controller {
  readonly #control: Control;
  /** By uid: how to call off the deadline, or the removal. */
  readonly #timers = new Map<string, () => void>();

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    const { namespace, name, uid } = object.metadata;
    if (resource.resource === "jobs") {
      if (type === "DELETED") this.#setTimer(uid, undefined);
      else this.#enqueue(namespace, name);
    }
    if (resource.resource !== "pods") return;
    const owner = controllerOf(object);
    if (owner?.kind === "Job") this.#enqueue(namespace, owner.name);
  }

  #enqueue(namespace: string | undefined, name: string): void {
    this.#control.queue.add(`jobs ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store, clock } = this.#control;
    const job = store.get("jobs", namespace, name) as Workload | undefined;
    if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const spec = job.spec as JobSpec;
    const status = (job.status ?? {}) as JobStatus;
    if (isFinishedJob(job)) {
      this.#remember(job, spec, status);
      return;
    }
    this.#armDeadline(job, spec);

    const isSuspended = spec.suspend === true;
    const startTime = isSuspended ? undefined : (status.startTime ?? timestamp(clock.now()));
    const pods = this.#control.pods.controlledBy(job.metadata.uid);
    const count = (phase: string): number => pods.filter((pod) => pod.status?.phase === phase).length;
    const [succeeded, failed] = [count("Succeeded"), count("Failed")];
    const active = pods.filter(isActive);
    const outcome = this.#outcome(spec, startTime, succeeded, failed);
    if (outcome !== undefined || isSuspended) this.#end(active);
    else this.#fill(job, spec, succeeded, active);
    const left = outcome !== undefined || isSuspended ? [] : this.#activePods(job);
    writeStatus(store, "jobs", job, {
      startTime,
      active: left.length,
      ready: left.filter(isReady).length,
      succeeded,
      failed,
      ...(outcome?.type === "Complete" ? { completionTime: timestamp(clock.now()) } : {}),
      conditions:
        outcome === undefined
          ? isSuspended
            ? [{ type: "Suspended", status: "True", reason: "JobSuspended" }]
            : []
          : [{ ...outcome, lastTransitionTime: timestamp(clock.now()) }],
    });
  }

  #activePods(job: Workload): readonly LabPod[] {
    return this.#control.pods.controlledBy(job.metadata.uid).filter(isActive);
  }

  #end(active: readonly LabPod[]): void {
    for (const pod of active) deleteQuietly(this.#control.store, "pods", pod);
  }

  #fill(
    job: Workload,
    { parallelism = 1, completions }: JobSpec,
    succeeded: number,
    active: readonly LabPod[],
  ): void {
    // Without completions, one success ends it: no new pods after that.
    const open = completions === undefined ? (succeeded > 0 ? 0 : parallelism) : completions - succeeded;
    for (let missing = Math.min(parallelism, open) - active.length; missing > 0; missing--) {
      const metadata = { generateName: `${job.metadata.name}-` };
      if (createPod(this.#control, job, { metadata }) !== undefined) return;
    }
  }

  /** How the Job ended; undefined: it goes on, and the deadline's timer runs. */
  #outcome(
    spec: JobSpec,
    startTime: string | undefined,
    succeeded: number,
    failed: number,
  ): Condition | undefined {
    if (startTime === undefined) return undefined;
    const { completions, parallelism = 1, backoffLimit = 6, activeDeadlineSeconds } = spec;
    if (succeeded >= (completions ?? Math.max(1, parallelism))) {
      return { type: "Complete", status: "True", reason: "CompletionsReached" };
    }
    if (failed > backoffLimit) {
      const message = "Job has reached the specified backoff limit";
      return { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message };
    }
    if (activeDeadlineSeconds === undefined) return undefined;
    if (Date.parse(startTime) + activeDeadlineSeconds * 1000 > this.#control.clock.now()) return undefined;
    const message = "Job was active longer than specified deadline";
    return { type: "Failed", status: "True", reason: "DeadlineExceeded", message };
  }

  #armDeadline({ metadata, status }: Workload, { activeDeadlineSeconds, suspend }: JobSpec): void {
    const { uid, namespace, name } = metadata;
    if (activeDeadlineSeconds === undefined || suspend === true) {
      this.#setTimer(uid, undefined);
      return;
    }
    const { clock } = this.#control;
    const startTime = (status as JobStatus | undefined)?.startTime;
    const since = startTime === undefined ? Math.floor(clock.now() / 1000) * 1000 : Date.parse(startTime);
    const ms = since + activeDeadlineSeconds * 1000 - clock.now();
    this.#setTimer(
      uid,
      clock.after(Math.max(0, ms), () => this.#enqueue(namespace, name)),
    );
  }

  /** An ended Job goes when its time is over; what it owns follows by garbage collection. */
  #remember(job: Workload, { ttlSecondsAfterFinished }: JobSpec, { conditions }: JobStatus): void {
    this.#setTimer(job.metadata.uid, undefined);
    if (ttlSecondsAfterFinished === undefined) return;
    const { store, clock } = this.#control;
    const ended = Date.parse(conditions?.[0]?.lastTransitionTime ?? timestamp(clock.now()));
    const remove = (): void => {
      const current = newest(store, "jobs", job);
      if (current !== undefined) deleteQuietly(store, "jobs", current);
    };
    const ms = ended + ttlSecondsAfterFinished * 1000 - clock.now();
    if (ms <= 0) remove();
    else this.#setTimer(job.metadata.uid, clock.after(ms, remove));
  }

  #setTimer(uid: string, cancel: (() => void) | undefined): void {
    this.#timers.get(uid)?.();
    if (cancel === undefined) this.#timers.delete(uid);
    else this.#timers.set(uid, cancel);
  }
}

function isFinishedJob(job: Workload): boolean {
  return hasCondition(job, "Complete") || hasCondition(job, "Failed");
}
