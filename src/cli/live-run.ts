import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { findLeftovers, removeLeftovers } from "../k8s/clean-up.ts";
import { type Connection, connect } from "../k8s/connect.ts";
import { readSnapshot } from "../k8s/snapshot.ts";
import { StandInFactory } from "../k8s/stand-ins.ts";
import { ClusterError } from "../model/errors.ts";
import type { Namespace } from "../model/kubernetes.ts";
import type { CheckResult, StandIn } from "../model/plan.ts";
import type { RunProblem, RunReport } from "../model/report.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PlanDraft } from "../plan/plan-draft.ts";
import { planFlows } from "../plan/plan-flows.ts";
import { planProofs } from "../plan/plan-proofs.ts";
import { unrepresented } from "../plan/representativeness.ts";
import { createEvaluator } from "../policy/evaluator.ts";
import { nodeAddresses } from "../resolve/pods.ts";
import { resolveScenarios } from "../resolve/resolve.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { TextFile } from "../source/text-file.ts";
import { assembleRunReport } from "./assemble-report.ts";
import { withError, writeConfigMap } from "./deliver.ts";
import { Interrupted } from "./failure.ts";
import { Phases } from "./phases.ts";
import { type Preflight, preflight } from "./preflight.ts";
import { probeAll } from "./probe-all.ts";
import { problemOf } from "./problem.ts";
import type { Progress } from "./progress.ts";
import { namespacesOf, throwOnErrors } from "./scenario-files.ts";

export interface LiveRunSettings {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly probeImage: string;
  readonly imagePullSecrets: readonly string[];
  readonly tolerateAll: boolean;
  readonly settleMs: number;
  readonly startupMs: number;
  readonly deadlineMs: number;
  readonly perPod: number;
  readonly controlNamespace?: string | undefined;
  readonly standIns: boolean;
  readonly strict: boolean;
  readonly allowUnenforced: boolean;
  readonly keep: boolean;
  readonly reportConfigMap: string | undefined;
  readonly filter?: string | undefined;
}

export interface LiveRunInputs {
  readonly scenarios: readonly Scenario[];
  readonly texts: readonly TextFile[];
  readonly warnings: readonly Diagnostic[];
  readonly settings: LiveRunSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Aborted with an `Interrupted` when a signal came. */
  readonly signal: AbortSignal;
  /** Told what may be left in the cluster, so that a second signal can say it. */
  readonly onTouched: (runId: string, namespaces: readonly string[]) => void;
}

/** The whole shape of a run: read, resolve, plan, create, probe, judge, remove. */
export async function liveRun(inputs: LiveRunInputs): Promise<RunReport> {
  const startedAt = new Date();
  const phases = new Phases(() => performance.now());
  const connection = await connect({
    kubeconfig: inputs.settings.kubeconfig,
    context: inputs.settings.context,
    env: inputs.env,
    signal: inputs.signal,
  });
  try {
    const report = await new LiveRun(inputs, connection, phases).run(startedAt);
    const name = inputs.settings.reportConfigMap;
    if (name === undefined) return report;
    const problem = await writeConfigMap(report, {
      api: connection.api,
      namespace: connection.namespace,
      name,
    });
    return problem === undefined ? report : withError(report, problem);
  } catch (error) {
    throw inputs.signal.aborted && inputs.signal.reason instanceof Interrupted ? inputs.signal.reason : error;
  } finally {
    connection.close();
  }
}

class LiveRun {
  readonly #inputs: LiveRunInputs;
  readonly #connection: Connection;
  readonly #phases: Phases;
  readonly #runId = newRunId();
  readonly #problems: RunProblem[] = [];

  constructor(inputs: LiveRunInputs, connection: Connection, phases: Phases) {
    this.#inputs = inputs;
    this.#connection = connection;
    this.#phases = phases;
  }

  async run(startedAt: Date): Promise<RunReport> {
    const { scenarios, texts, settings, signal, progress } = this.#inputs;
    const permissions = await this.#phases.time("permissions", () => this.#preflight());
    progress.step("reading the cluster");
    const namespaces = [...namespacesOf(scenarios), ...permissions.namespaces];
    const [snapshot, clusterVersion] = await this.#phases.time("snapshot", () =>
      Promise.all([readSnapshot(this.#connection, { namespaces, signal }), this.#version()]),
    );
    const evaluator = createEvaluator(snapshot);
    const resolution = resolveScenarios(scenarios, snapshot, {
      standIns: settings.standIns,
      predictOnly: false,
    });
    throwOnErrors([...this.#inputs.warnings, ...resolution.diagnostics], texts);
    const flows = resolution.flows;
    const diagnostics = [
      ...this.#inputs.warnings,
      ...resolution.diagnostics,
      ...unrepresented(flows, snapshot, evaluator),
    ];
    progress.done(
      `cluster read: ${snapshot.pods.length} pods, ${snapshot.networkPolicies.length} NetworkPolicies`,
    );

    const draft = planFlows(this.#selected(flows), snapshot);
    const proofs = {
      snapshot,
      evaluator,
      controlNamespace: await permissions.controlNamespace(snapshot),
      mayCreateIn: permissions.mayCreateIn,
      timeoutMs: defaultTimeout(flows),
    };
    planProofs(draft, proofs);
    const factory = this.#factory(snapshot.namespaces);
    let standIns: ReadonlyMap<string, StandIn>;
    let results: readonly CheckResult[];
    try {
      standIns = await this.#phases.time("stand-ins", () => this.#create(draft, factory, snapshot, proofs));
      results = await this.#phases.time("probing", () =>
        probeAll({ draft, standIns, evaluator, exec: this.#connection.exec, settings, signal, progress }),
      );
    } finally {
      await this.#cleanUp(factory);
    }
    return assembleRunReport({
      startedAt,
      runId: this.#runId,
      cluster: this.#connection,
      clusterVersion,
      settings,
      scenarios,
      snapshot,
      evaluator,
      flows,
      isSelected: (flow) => this.#isSelected(flow),
      results,
      standIns,
      phases: this.#phases,
      problems: [...diagnostics.map(problemOf), ...this.#problems],
    });
  }

  async #preflight(): Promise<Preflight> {
    const { scenarios, settings, signal, progress } = this.#inputs;
    const permissions = await preflight(this.#connection.api, {
      flows: scenarios
        .flatMap((scenario) => scenario.flows)
        .map((flow) => (this.#isSelected({ flow }) ? flow : { ...flow, observe: false })),
      files: [...new Set(scenarios.map((scenario) => scenario.file))],
      standIns: settings.standIns,
      controlNamespace: settings.controlNamespace,
      reportConfigMap:
        settings.reportConfigMap === undefined
          ? undefined
          : { namespace: this.#connection.namespace, name: settings.reportConfigMap },
      signal,
    });
    for (const { message } of permissions.problems) progress.warn(message);
    this.#problems.push(...permissions.problems);
    return permissions;
  }

  /** For the report only: a cluster that does not tell is no worse. */
  async #version(): Promise<string | undefined> {
    try {
      const version = await this.#connection.api.get<{ gitVersion?: string }>("/version", {
        signal: this.#inputs.signal,
      });
      return version.gitVersion;
    } catch (error) {
      if (error instanceof ClusterError) return undefined;
      throw error;
    }
  }

  #isSelected({ flow }: Pick<ResolvedFlow, "flow">): boolean {
    const { filter } = this.#inputs.settings;
    return filter === undefined || `${flow.id} ${flow.name ?? ""}`.includes(filter);
  }

  /** Flows that are to be probed; the others keep their place, so that indexes stay theirs. */
  #selected(flows: readonly ResolvedFlow[]): readonly ResolvedFlow[] {
    return flows.map((resolved) =>
      this.#isSelected(resolved) ? resolved : { ...resolved, flow: { ...resolved.flow, observe: false } },
    );
  }

  #factory(namespaces: readonly Namespace[]): StandInFactory {
    const { settings, progress, signal } = this.#inputs;
    return new StandInFactory(this.#connection.api, namespaces, {
      runId: this.#runId,
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

  /** Two waves: what the plan asks for, then what proofs need in view of addresses and nodes. */
  async #create(
    draft: PlanDraft,
    factory: StandInFactory,
    snapshot: Snapshot,
    proofs: Parameters<typeof planProofs>[1],
  ): Promise<ReadonlyMap<string, StandIn>> {
    const { progress } = this.#inputs;
    const nodeIps = (node: string): readonly string[] | undefined => nodeAddresses(node, snapshot.nodes);
    const standIns = new Map<string, StandIn>();
    const createMissing = async (): Promise<void> => {
      const missing = draft.standIns.filter((planned) => !standIns.has(planned.id));
      if (missing.length === 0) return;
      progress.step(`stand-ins: creating ${missing.length}`);
      this.#inputs.onTouched(this.#runId, [...new Set(draft.standIns.map((p) => p.template.namespace))]);
      for (const standIn of await factory.create(missing, nodeIps)) standIns.set(standIn.planned.id, standIn);
    };
    await createMissing();
    const usable = [...standIns.values()].filter((standIn) => standIn.problem === undefined);
    const ends = new Map(usable.map((standIn) => [standIn.planned.id, standIn.end]));
    const nodes = new Map(
      usable.flatMap(({ planned, node }) => (node === undefined ? [] : [[planned.id, node]])),
    );
    planProofs(draft, { ...proofs, ends, nodes });
    await createMissing();
    const running = [...standIns.values()].filter((standIn) => standIn.problem === undefined).length;
    if (standIns.size > 0) progress.done(`stand-ins: ${running} of ${standIns.size} running`);
    return standIns;
  }

  #warn(message: string): void {
    this.#inputs.progress.warn(message);
    this.#problems.push({ severity: "warning", message });
  }

  /** Also after errors and signals, by a signal of its own; what stays is said. */
  async #cleanUp(factory: StandInFactory): Promise<void> {
    const { progress, settings } = this.#inputs;
    if (factory.touched.length === 0) return;
    if (settings.keep) {
      this.#warn(`kept as asked: run ${this.#runId}; remove it by: netverdict clean --run ${this.#runId}`);
      return;
    }
    progress.step("removing the stand-ins");
    try {
      await this.#phases.time("clean-up", async () => {
        const signal = AbortSignal.timeout(CLEAN_UP_MS);
        const found = await findLeftovers(this.#connection.api, { namespaces: factory.touched, signal });
        for (const line of found.unread) this.#warn(`could not look for leftovers: ${line}`);
        const failures = await removeLeftovers(
          this.#connection.api,
          found.leftovers.filter((one) => one.runId === this.#runId),
          signal,
        );
        for (const { leftover, reason } of failures) {
          this.#warn(
            `${leftover.kind} ${leftover.namespace}/${leftover.name} could not be removed: ${reason}`,
          );
        }
      });
      progress.done("stand-ins removed");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#warn(
        `the clean-up failed (${reason}); the cluster removes run ${this.#runId} by itself within ${Math.ceil(settings.deadlineMs / 60_000)} min, or: netverdict clean --run ${this.#runId}`,
      );
    }
  }
}

/** Long enough for a slow API server, short enough for a Job's termination grace period of 30 s. */
const CLEAN_UP_MS = 25_000;

function newRunId(): string {
  return randomBytes(4).toString("hex").slice(0, 7);
}

function defaultTimeout(flows: readonly ResolvedFlow[]): number {
  return Math.min(2000, ...flows.map(({ flow }) => flow.timeoutMs));
}
