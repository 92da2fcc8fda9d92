import { Command, CommanderError, Option } from "commander";
import { addCleanCommand } from "./clean.ts";
import { addDiffCommand } from "./diff.ts";
import { addExplainCommand } from "./explain.ts";
import { describeFailure, Interrupted } from "./failure.ts";
import { hasColor, type Io, write } from "./io.ts";
import { addLabCommand } from "./lab.ts";
import { addLintCommand } from "./lint.ts";
import { addMatrixCommand } from "./matrix.ts";
import { addMergeCommand } from "./merge.ts";
import { addPredictCommand } from "./predict.ts";
import { addProbeCommand } from "./probe.ts";
import { addRbacCommand } from "./rbac.ts";
import { addRunCommand } from "./run.ts";
import { ScenarioError } from "./scenario-files.ts";
import { addSchemaCommand } from "./schema.ts";
import { VERSION } from "./version.ts";

const EXIT_CODES = `
Exit codes:
  0    every flow passed, on nodes that enforce policies; every question was answered
  1    at least one flow failed, or a node enforces nothing; lint or diff --fail-on found something
  2    could not decide: usage, invalid scenario, permissions, cluster, inconclusive, no flow at all
  130  interrupted (SIGINT), 143 terminated (SIGTERM), after clean-up`;

/** Runs the program; returns the exit code. Commands hand theirs over by `setExitCode`. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  const program = new Command();
  const name = /kubectl-netverdict/.test(argv[1] ?? "") ? "kubectl netverdict" : "netverdict";
  program
    .name(name)
    .description(
      "Proves that Kubernetes NetworkPolicies do what was meant: expected, predicted and observed, side by side.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showHelpAfterError(`(${name} --help says more)`)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHasColors: () => hasColor(io.stdout, io.env, "auto"),
      getErrHasColors: () => hasColor(io.stderr, io.env, "auto"),
    })
    .addOption(new Option("--color <when>", "colour").choices(["auto", "always", "never"]).default("auto"))
    .option("-v, --verbose", "say more, with stacks for errors")
    .addHelpText("after", EXIT_CODES)
    .exitOverride();
  const commands = { program, io, setExitCode };
  addRunCommand(commands);
  addMergeCommand(commands);
  addPredictCommand(commands);
  addLintCommand(commands);
  addExplainCommand(commands);
  addMatrixCommand(commands);
  addDiffCommand(commands);
  addProbeCommand(commands);
  addLabCommand(commands);
  addRbacCommand(commands);
  addCleanCommand(commands);
  addSchemaCommand(commands);
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    // Commander has printed its own message; help and version are no failures, everything else is a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { color, verbose } = program.opts<{ color: "auto" | "always" | "never"; verbose?: boolean }>();
    const texts = error instanceof ScenarioError ? error.texts : [];
    const options = { color: hasColor(io.stderr, io.env, color), verbose: verbose === true };
    await write(io.stderr, `${describeFailure(error, texts, options)}\n`);
    return error instanceof Interrupted ? error.exitCode : 2;
  }
}
