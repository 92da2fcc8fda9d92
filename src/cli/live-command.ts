import type { Command } from "commander";
import type { RunReport } from "../model/report.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { TextFile } from "../source/text-file.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { withError, writeSummary } from "./deliver.ts";
import { hasColor, widthOf } from "./io.ts";
import { type LiveRunInputs, type LiveRunSettings, liveRun } from "./live-run.ts";
import { outputsOf, writeOutputs } from "./outputs.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { LiveOptions } from "./run-options.ts";
import { watchSignals } from "./signals.ts";

/** What a run works on. */
export interface LiveSubject {
  readonly scenarios: readonly Scenario[];
  readonly texts: readonly TextFile[];
  readonly warnings: readonly Diagnostic[];
  /** Files that the cluster's policies come from. */
  readonly manifests?: Snapshot | undefined;
}

/** A cluster that is there for one run. */
export interface OwnCluster {
  readonly kubeconfig: string;
  /** Findings of its making, for the report. */
  readonly warnings: readonly Diagnostic[];
  /** Settles when it has ended by itself, with the reason. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

export type StartCluster = (tools: {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}) => Promise<OwnCluster>;

/**
 * The way that `run`, `probe` and `lab run` share from scenarios to reports and the exit code. `startCluster`: makes
 * the cluster for this run; absent: the one that the settings name.
 */
export async function runLive(
  { program, io, setExitCode }: Commands,
  loaded: LiveSubject,
  options: LiveOptions,
  settings: LiveRunSettings,
  startCluster?: StartCluster,
): Promise<void> {
  const outputs = outputsOf(options.output);
  const global = (program as Command).opts<GlobalOptions>();
  const progress = createProgress({
    stream: io.stderr,
    isTty: io.stderr.isTTY === true,
    ci: io.env.CI !== undefined && io.env.CI !== "",
    quiet: options.quiet === true,
    now: () => performance.now(),
    width: widthOf(io.stderr, io.env),
  });
  let touched: string | undefined;
  const signals = watchSignals({
    write: (text) => {
      progress.close();
      io.stderr.write(text);
    },
    whatStays: () => touched,
    exit: (code) => process.exit(code),
  });
  try {
    const own = await startCluster?.({ progress, signal: signals.signal });
    const ran = await liveRunOn(own, {
      ...loaded,
      warnings: [...loaded.warnings, ...(own?.warnings ?? [])],
      settings: own === undefined ? settings : { ...settings, kubeconfig: own.kubeconfig },
      env: io.env,
      progress,
      signal: signals.signal,
      onTouched: (runId, namespaces) => {
        // Nothing outlives a cluster of our own.
        if (own !== undefined) return;
        touched = `stand-ins of run ${runId} may stay in ${namespaces.join(", ")} until their deadline, or: netverdict clean --run ${runId}`;
      },
    });
    progress.close();
    const problem = await writeSummary(ran, options.summaryFile, io.env);
    const report = problem === undefined ? ran : withError(ran, problem);
    const written = await writeOutputs(report, outputs, io, {
      color: hasColor(io.stdout, io.env, global.color),
      width: widthOf(io.stdout, io.env),
      ascii: options.ascii === true,
      verbose: global.verbose === true,
    });
    // A report that could not be written leaves the run undecided; a failure outranks that.
    setExitCode(written || report.exitCode === 1 ? report.exitCode : 2);
  } finally {
    progress.close();
    signals.stop();
  }
}

/** Ends the cluster after the run; one that ends before it is why the run failed. */
async function liveRunOn(own: OwnCluster | undefined, inputs: LiveRunInputs): Promise<RunReport> {
  if (own === undefined) return liveRun(inputs);
  const ended = new AbortController();
  void own.failed.then((error) => ended.abort(error));
  try {
    return await liveRun({ ...inputs, signal: AbortSignal.any([inputs.signal, ended.signal]) });
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    await own.close();
  }
}
