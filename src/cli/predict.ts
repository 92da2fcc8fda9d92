import type { ProfileName } from "../model/profile.ts";
import { unrepresented } from "../plan/representativeness.ts";
import { createEvaluator } from "../policy/evaluator.ts";
import { profileOf } from "../policy/profiles.ts";
import { resolveScenarios } from "../resolve/resolve.ts";
import { UserError } from "../source/errors.ts";
import { assemblePredictReport } from "./assemble-report.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { hasColor, widthOf } from "./io.ts";
import { outputsOf, writeOutputs } from "./outputs.ts";
import { Phases } from "./phases.ts";
import { problemOf } from "./problem.ts";
import { addClusterOptions, addOutputOptions, addProfileOption } from "./run-options.ts";
import { namespacesOf, readScenarios, throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { readWorld } from "./world.ts";

interface PredictOptions {
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: ProfileName;
  readonly queries?: string;
  readonly output?: readonly string[];
  readonly ascii?: boolean;
  readonly quiet?: boolean;
}

/** `netverdict predict SCENARIO…`: expected against predicted; no probe, and with `--manifests` no cluster. */
export function addPredictCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("predict")
    .description("compare what scenarios expect with what the policies say, without a packet")
    .argument("[scenario...]", "scenario files, or directories of them")
    .option(
      "--manifests <path...>",
      "files or directories with policies and workloads, - for stdin (default: the cluster)",
      collect,
    )
    .option(
      "--queries <file>",
      "in place of scenarios: connections to predict, a JSON array or one JSON object a line, - for stdin",
    );
  addClusterOptions(command);
  addProfileOption(command, "upstream");
  addOutputOptions(command).action(async (paths: readonly string[], options: PredictOptions) => {
    if (options.queries !== undefined) {
      if (paths.length > 0) throw new UserError("give scenarios or --queries, not both");
      const { predictQueries } = await import("./predict-queries.ts");
      return setExitCode(await predictQueries(options.queries, options, program.opts(), io));
    }
    if (paths.length === 0) {
      throw new UserError("nothing to predict", {
        hint:
          options.manifests === undefined
            ? "name scenario files, or give --queries FILE; netverdict predict --help says more"
            : "name scenario files in front of --manifests, which takes all that follows it; or give --queries FILE",
      });
    }
    const startedAt = new Date();
    const phases = new Phases(() => performance.now());
    const outputs = outputsOf(options.output);
    const { scenarios, texts, warnings } = await readScenarios(paths);
    const global = program.opts<GlobalOptions>();
    const progress = createSlowProgress(io, {
      quiet: options.quiet === true,
      verbose: global.verbose === true,
    });
    const world = await phases
      .time("reading", () => readWorld(options, io, { namespaces: () => namespacesOf(scenarios), progress }))
      .finally(() => progress.close());
    const { snapshot } = world;
    const allTexts = [...texts, ...world.texts];
    const evaluator = createEvaluator(snapshot, { profile: profileOf(options.profile ?? "upstream") });
    const resolution = resolveScenarios(scenarios, snapshot, { standIns: false, predictOnly: true });
    const found = [...warnings, ...world.diagnostics, ...resolution.diagnostics];
    throwOnErrors(found, allTexts);
    const report = await phases.time("predicting", async () =>
      assemblePredictReport({
        startedAt,
        scenarios,
        snapshot,
        evaluator,
        flows: resolution.flows,
        phases,
        problems: [...found, ...unrepresented(resolution.flows, snapshot, evaluator)].map(problemOf),
        manifests: options.manifests ?? [],
        cluster: world.cluster,
      }),
    );
    const written = await writeOutputs(report, outputs, io, {
      color: hasColor(io.stdout, io.env, global.color),
      width: widthOf(io.stdout, io.env),
      ascii: options.ascii === true,
      verbose: global.verbose === true,
    });
    setExitCode(written || report.exitCode === 1 ? report.exitCode : 2);
  });
}
