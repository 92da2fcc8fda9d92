import type { Command } from "commander";
import type { Scenario } from "../model/scenario.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { TextFile } from "../source/text-file.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { withError, writeSummary } from "./deliver.ts";
import { hasColor, widthOf } from "./io.ts";
import { type LiveRunSettings, liveRun } from "./live-run.ts";
import { outputsOf, writeOutputs } from "./outputs.ts";
import { createProgress } from "./progress.ts";
import type { LiveOptions } from "./run-options.ts";
import { watchSignals } from "./signals.ts";

/** The way that `run` and `probe` share from scenarios to reports and the exit code. */
export async function runLive(
  { program, io, setExitCode }: Commands,
  loaded: {
    readonly scenarios: readonly Scenario[];
    readonly texts: readonly TextFile[];
    readonly warnings: readonly Diagnostic[];
  },
  options: LiveOptions,
  settings: LiveRunSettings,
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
    const ran = await liveRun({
      ...loaded,
      settings,
      env: io.env,
      progress,
      signal: signals.signal,
      onTouched: (runId, namespaces) => {
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
