import { randomBytes } from "node:crypto";
import { type Connection, connect } from "../k8s/connect.ts";
import { chainName } from "../k8s/owner-chain.ts";
import { readSnapshot } from "../k8s/snapshot.ts";
import type { CanaryMode, Placement } from "../model/canary.ts";
import { ClusterError } from "../model/errors.ts";
import type { ProfileName } from "../model/profile.ts";
import type { RunProblem, RunReport, Shard } from "../model/report.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { labelTraps } from "../plan/label-traps.ts";
import { unrepresented } from "../plan/representativeness.ts";
import { type DetectedPlugin, detectPlugin } from "../policy/detect-plugin.ts";
import { createEvaluator, type Evaluator } from "../policy/evaluator.ts";
import { profileOf } from "../policy/profiles.ts";
import { type Resolution, resolveScenarios } from "../resolve/resolve.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { TextFile } from "../source/text-file.ts";
import { assembleRunReport } from "./assemble-report.ts";
import { CONTROL_NAMESPACES } from "./control-namespace.ts";
import { withError, writeConfigMap } from "./deliver.ts";
import { Interrupted } from "./failure.ts";
import { type Positioned, withPositions } from "./manifest-positions.ts";
import { observe } from "./observe.ts";
import { Phases } from "./phases.ts";
import { placeCanary, withPolicy } from "./place-canary.ts";
import { type Preflight, preflight } from "./preflight.ts";
import { problemOf } from "./problem.ts";
import type { Progress } from "./progress.ts";
import { namespacesOf, throwOnErrors } from "./scenario-files.ts";
import { fingerprintOf, type ShardChoice, shardsOf } from "./shard.ts";

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
  readonly canary: CanaryMode;
  readonly placement: Placement;
  readonly confirm: number;
  /** Undefined: that of the network plugin, where it is recognised, else upstream. */
  readonly profile?: ProfileName | undefined;
  readonly standIns: boolean;
  readonly strict: boolean;
  readonly allowUnenforced: boolean;
  readonly keep: boolean;
  readonly reportConfigMap: string | undefined;
  readonly filter?: string | undefined;
  /** Undefined: all flows. */
  readonly shard?: ShardChoice | undefined;
}

export interface LiveRunInputs {
  readonly scenarios: readonly Scenario[];
  readonly texts: readonly TextFile[];
  readonly warnings: readonly Diagnostic[];
  readonly settings: LiveRunSettings;
  /** Files that the cluster's policies come from, so that findings can name their lines. */
  readonly manifests?: Snapshot | undefined;
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
  /** By the id of the flow; empty where the run is not split. */
  readonly #shards: ReadonlyMap<string, number>;

  constructor(inputs: LiveRunInputs, connection: Connection, phases: Phases) {
    this.#inputs = inputs;
    this.#connection = connection;
    this.#phases = phases;
    const { scenarios, settings } = inputs;
    const flows = scenarios.flatMap((scenario) => scenario.flows);
    this.#shards = settings.shard === undefined ? new Map() : shardsOf(flows, settings.shard.count);
  }

  async run(startedAt: Date): Promise<RunReport> {
    const { scenarios, texts, settings, signal, progress } = this.#inputs;
    const shard = this.#shard();
    const permissions = await this.#phases.time("permissions", () => this.#preflight());
    progress.step("reading the cluster");
    const namespaces = [...namespacesOf(scenarios), ...permissions.namespaces];
    const [read, clusterVersion] = await this.#phases.time("snapshot", () =>
      Promise.all([readSnapshot(this.#connection, { namespaces, signal }), this.#version()]),
    );
    const { snapshot, diagnostics: differences } = this.#withPositions(read);
    const plugin = this.#detectPlugin(snapshot);
    const profile = profileOf(settings.profile ?? plugin?.profile ?? "upstream");
    const evaluatorOf = (world: Snapshot): Evaluator => createEvaluator(world, { profile });
    const resolution = this.#resolve(snapshot);
    throwOnErrors([...this.#inputs.warnings, ...resolution.diagnostics], texts);
    const { flows } = resolution;
    for (const warning of labelTraps(flows, profile.name)) this.#warn(warning);
    const controlNamespace = await permissions.controlNamespace(snapshot);
    const canary = placeCanary({
      mode: settings.canary,
      snapshot,
      candidates: this.#canaryNamespaces(controlNamespace, flows),
      policyName: chainName(this.#runId),
      createEvaluator: evaluatorOf,
      missingRights: permissions.missingForCanary,
    });
    const evaluator = "evaluator" in canary ? canary.evaluator : evaluatorOf(snapshot);
    const diagnostics = [
      ...this.#inputs.warnings,
      ...differences,
      ...resolution.diagnostics,
      ...unrepresented(flows, snapshot, evaluator),
    ];
    progress.done(
      `cluster read: ${snapshot.pods.length} pods, ${snapshot.networkPolicies.length} NetworkPolicies`,
    );
    const observed = await observe({
      connection: this.#connection,
      runId: this.#runId,
      settings,
      snapshot,
      flows: this.#selected(flows),
      evaluator,
      canary,
      proofs: {
        controlNamespace,
        mayCreateIn: permissions.mayCreateIn,
        timeoutMs: defaultTimeout(flows),
      },
      phases: this.#phases,
      progress,
      signal,
      onTouched: this.#inputs.onTouched,
      warn: (message) => this.#warn(message),
      lookAgain: async () => {
        const { snapshot: now } = this.#withPositions(
          await readSnapshot(this.#connection, { namespaces, signal }),
        );
        const world = "policy" in canary ? withPolicy(now, canary.policy) : now;
        return {
          snapshot: now,
          flows: this.#selected(this.#resolve(now).flows),
          evaluator: evaluatorOf(world),
        };
      },
    });
    this.#problems.push(...observed.problems);
    return assembleRunReport({
      startedAt,
      runId: this.#runId,
      cluster: this.#connection,
      clusterVersion,
      settings,
      plugin,
      scenarios,
      snapshot,
      evaluator,
      flows: observed.flows,
      rechecked: observed.rechecked,
      leftOut: (flow) => this.#leftOut(flow),
      shard,
      shards: this.#shards,
      results: observed.results,
      standIns: observed.standIns,
      enforcement: observed.enforcement,
      phases: this.#phases,
      problems: [...diagnostics.map(problemOf), ...this.#problems],
    });
  }

  #resolve(snapshot: Snapshot): Resolution {
    const { scenarios, settings } = this.#inputs;
    return resolveScenarios(scenarios, snapshot, { standIns: settings.standIns, predictOnly: false });
  }

  /** Best first: where nothing of anybody's runs, where we live, where the flows begin. */
  #canaryNamespaces(control: string | undefined, flows: readonly ResolvedFlow[]): readonly string[] {
    const { controlNamespace } = this.#inputs.settings;
    return [
      ...[controlNamespace ?? control ?? []].flat(),
      ...CONTROL_NAMESPACES,
      this.#connection.namespace,
      ...flows.flatMap(({ source }) => (source.kind === "stand-in" ? [source.template.namespace] : [])),
    ];
  }

  #withPositions(snapshot: Snapshot): Positioned {
    const { manifests } = this.#inputs;
    return manifests === undefined ? { snapshot, diagnostics: [] } : withPositions(snapshot, manifests);
  }

  /** What is found is only asked for its profile where the user names none; that nothing enforces is said always. */
  #detectPlugin(snapshot: Snapshot): DetectedPlugin | undefined {
    const plugin = detectPlugin(snapshot);
    if (plugin?.warning !== undefined) this.#warn(plugin.warning);
    return plugin;
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
      canaryNamespaces: settings.canary === "off" ? [] : this.#canaryNamespaces(undefined, []),
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

  /** What this shard is part of; warns where no flow is left for it. */
  #shard(): Shard | undefined {
    const { scenarios, texts, settings } = this.#inputs;
    const choice = settings.shard;
    if (choice === undefined) return undefined;
    const own = [...this.#shards.values()].filter((index) => index === choice.index);
    if (own.length === 0) {
      this.#warn(
        `shard ${choice.index} of ${choice.count} has no flow: there are fewer sources than shards, and the flows of a source stay together`,
      );
    }
    const files = new Set(scenarios.map(({ file }) => file));
    return {
      ...choice,
      fingerprint: fingerprintOf({
        server: this.#connection.server,
        scenarios: texts.filter(({ path }) => files.has(path)),
        shards: this.#shards,
        choice,
        settings,
      }),
    };
  }

  #isSelected(resolved: Pick<ResolvedFlow, "flow">): boolean {
    return this.#leftOut(resolved) === undefined;
  }

  /** Why a flow is not to be probed by this run, though the scenario asks for it. */
  #leftOut({ flow }: Pick<ResolvedFlow, "flow">): string | undefined {
    const { filter, shard } = this.#inputs.settings;
    if (filter !== undefined && !`${flow.id} ${flow.name ?? ""}`.includes(filter))
      return "left out by --filter";
    const own = this.#shards.get(flow.id);
    return shard === undefined || own === undefined || own === shard.index
      ? undefined
      : `in shard ${own} of ${shard.count}`;
  }

  /** Flows that are to be probed; the others keep their place, so that indexes stay theirs. */
  #selected(flows: readonly ResolvedFlow[]): readonly ResolvedFlow[] {
    return flows.map((resolved) =>
      this.#isSelected(resolved) ? resolved : { ...resolved, flow: { ...resolved.flow, observe: false } },
    );
  }

  #warn(message: string): void {
    this.#inputs.progress.warn(message);
    this.#problems.push({ severity: "warning", message });
  }
}

function newRunId(): string {
  return randomBytes(4).toString("hex").slice(0, 7);
}

function defaultTimeout(flows: readonly ResolvedFlow[]): number {
  return Math.min(2000, ...flows.map(({ flow }) => flow.timeoutMs));
}
