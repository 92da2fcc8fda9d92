import { setTimeout as wait } from "node:timers/promises";
import { removeRun } from "../k8s/clean-up.ts";
import type { Connection } from "../k8s/connect.ts";
import { StandInFactory } from "../k8s/stand-ins.ts";
import { ClusterError } from "../model/errors.ts";
import type { NetworkPolicy } from "../model/kubernetes.ts";
import type { PlannedStandIn, StandIn } from "../model/plan.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { nodeAddresses } from "../resolve/pods.ts";
import type { Progress } from "./progress.ts";

export interface CrewSettings {
  readonly probeImage: string;
  readonly imagePullSecrets: readonly string[];
  readonly tolerateAll: boolean;
  readonly startupMs: number;
  readonly deadlineMs: number;
  readonly keep: boolean;
}

export interface CrewInputs {
  readonly connection: Connection;
  readonly runId: string;
  readonly snapshot: Snapshot;
  readonly settings: CrewSettings;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly onTouched: (runId: string, namespaces: readonly string[]) => void;
  /** Warnings for the report. */
  readonly warn: (message: string) => void;
}

/** Long enough for a slow API server, short enough for a Job's termination grace period of 30 s. */
const CLEAN_UP_MS = 25_000;
/** Before that, so that the API server's fault is told and not ours. */
const CLEAN_UP_REQUEST_MS = 20_000;

/** All that a run makes in the cluster, and its removal. */
export class StandInCrew {
  readonly #inputs: CrewInputs;
  readonly #factory: StandInFactory;
  readonly #standIns = new Map<string, StandIn>();

  constructor(inputs: CrewInputs) {
    this.#inputs = inputs;
    const { connection, runId, snapshot, settings, progress, signal } = inputs;
    this.#factory = new StandInFactory(connection.api, snapshot.namespaces, {
      runId,
      image: settings.probeImage,
      imagePullSecrets: settings.imagePullSecrets,
      tolerateAll: settings.tolerateAll,
      deadlineSeconds: Math.ceil(settings.deadlineMs / 1000),
      startupMs: settings.startupMs,
      signal,
      now: () => performance.now(),
      sleep: (ms, abort) => wait(ms, undefined, { signal: abort }),
      onProgress: (running, wanted) => progress.update(`stand-ins: ${running} of ${wanted} running`),
    });
  }

  /** By the plan's id; those that could not be made say why. */
  get standIns(): ReadonlyMap<string, StandIn> {
    return this.#standIns;
  }

  get usable(): readonly StandIn[] {
    return [...this.#standIns.values()].filter((standIn) => standIn.problem === undefined);
  }

  /** Makes a policy that goes with the run. Rejects with ClusterError. */
  async createPolicy(policy: NetworkPolicy): Promise<void> {
    this.#inputs.onTouched(this.#inputs.runId, [policy.metadata.namespace ?? "default"]);
    await this.#factory.createPolicy(policy);
  }

  /** Makes the stand-ins of a plan that are not there yet, or only some. Rejects on an abort only. */
  async createMissing(
    draft: PlanDraft,
    isWanted: (planned: PlannedStandIn) => boolean = () => true,
  ): Promise<void> {
    const { snapshot, progress, runId, onTouched } = this.#inputs;
    const missing = draft.standIns.filter((planned) => !this.#standIns.has(planned.id) && isWanted(planned));
    if (missing.length === 0) return;
    progress.step(`stand-ins: creating ${missing.length}`);
    onTouched(runId, [...new Set(draft.standIns.map((planned) => planned.template.namespace))]);
    const nodeIps = (node: string): readonly string[] | undefined => nodeAddresses(node, snapshot.nodes);
    for (const standIn of await this.#factory.create(missing, nodeIps)) {
      this.#standIns.set(standIn.planned.id, standIn);
    }
  }

  /** Stand-ins that must not be probed from or to after all, by the plan's id, with the reason. */
  refuse(reasons: ReadonlyMap<string, string>): void {
    for (const [id, problem] of reasons) {
      const standIn = this.#standIns.get(id);
      if (standIn !== undefined) this.#standIns.set(id, { ...standIn, problem });
    }
  }

  /** Says what became of stand-ins that could not be probed from to the end: evicted, out of memory, on a dead node. */
  async tellEnded(ids: Iterable<string>): Promise<void> {
    const asked = [...new Set(ids)].flatMap((id) => this.#standIns.get(id) ?? []);
    const running = asked.filter(({ problem }) => problem === undefined);
    if (running.length === 0) return;
    try {
      for (const [name, what] of await this.#factory.ended(running))
        this.#inputs.warn(`stand-in ${name} ${what}`);
    } catch (error) {
      // Whatever keeps us from asking is told where it matters.
      if (!(error instanceof ClusterError)) throw error;
    }
  }

  /** Also after errors and signals, by a signal of its own; what stays is said. */
  async remove(): Promise<void> {
    const { progress, settings, runId, warn } = this.#inputs;
    if (settings.keep) {
      warn(`kept as asked: run ${runId}; remove it by: netverdict clean --run ${runId}`);
      return;
    }
    const whatStays = `the cluster removes run ${runId} by itself within ${Math.ceil(settings.deadlineMs / 60_000)} min, or: netverdict clean --run ${runId}`;
    progress.step("removing the stand-ins");
    try {
      const lines = await this.#removeAll();
      for (const line of lines) warn(line);
      if (lines.length > 0) warn(whatStays);
      else progress.done("stand-ins removed");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warn(`the clean-up failed (${reason}); ${whatStays}`);
    }
  }

  /** Whether there may be anything to remove. */
  get touched(): boolean {
    return this.#factory.touched.length > 0;
  }

  async #removeAll(): Promise<readonly string[]> {
    const { connection, runId, signal } = this.#inputs;
    return removeRun(connection.api, runId, {
      namespaces: this.#factory.touched,
      interrupted: signal.aborted,
      signal: AbortSignal.timeout(CLEAN_UP_MS),
      deadlineMs: CLEAN_UP_REQUEST_MS,
      sleep: (ms) => wait(ms),
    });
  }
}
