import { Option } from "commander";
import type { Diff } from "../analysis/diff.ts";
import type { ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { UserError } from "../source/errors.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { type Io, widthOf } from "./io.ts";
import { plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { addClusterOptions, addProfileOption } from "./run-options.ts";
import { readScenarios, throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { readWorld } from "./world.ts";

interface DiffOptions {
  readonly with?: readonly string[];
  readonly apply?: boolean;
  readonly scenario?: readonly string[];
  readonly failOn?: "opened" | "closed" | "any";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: ProfileName;
  readonly output?: readonly string[];
  readonly quiet?: boolean;
}

const LIVE = "live";

const NOTES = `
BEFORE and AFTER are files or directories of manifests, - for standard input, or live for the cluster. Each is the whole
state: a policy that AFTER does not hold is gone. With --apply AFTER is laid over BEFORE, as kubectl apply would.

Exit codes: 0 compared; 1 with --fail-on, where such a change was found; 2 usage, manifests, cluster.

Examples:
  netverdict diff main/k8s/ branch/k8s/ --fail-on opened
  netverdict diff live new-policies/ --apply --scenario scenarios/
  netverdict diff old.yaml new.yaml --with workloads/ -o markdown`;

/** `netverdict diff BEFORE AFTER`: which connections open and close, and which policies cause it. */
export function addDiffCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("diff")
    .description("which connections a change of policies opens and closes, before it is applied")
    .argument("<before>", "files, a directory, - or live")
    .argument("<after>", "files, a directory, - or live")
    .option("--with <path...>", "manifests of workloads that both sides have", collect)
    .option("--apply", "lay AFTER over BEFORE, as kubectl apply would: nothing is removed")
    .option("--scenario <path...>", "scenario files: tell which of their flows change", collect)
    .addOption(
      new Option("--fail-on <change>", "end with 1 where connections opened, closed, or either").choices([
        "opened",
        "closed",
        "any",
      ]),
    )
    .option(
      "-o, --output <format[=file]>",
      "text (default), json or markdown; to a file with =FILE; repeatable",
      collect,
    )
    .option("-q, --quiet", "no progress on stderr");
  addClusterOptions(command);
  addProfileOption(command, "upstream")
    .addHelpText("after", NOTES)
    .action(async (before: string, after: string, options: DiffOptions) => {
      const outputs = plainOutputsOf(options.output, ["text", "json", "markdown"]);
      const { verbose } = program.opts<GlobalOptions>();
      const progress = createSlowProgress(io, { quiet: options.quiet === true, verbose: verbose === true });
      try {
        const scenarios = options.scenario === undefined ? undefined : await readScenarios(options.scenario);
        progress.step("reading the objects");
        const sides = await readSides(before, after, options, io);
        progress.step("comparing");
        const profile = profileOf(options.profile ?? "upstream");
        const { buildDiff } = await import("../analysis/build-diff.ts");
        const built = buildDiff(sides.before, sides.after, { profile });
        const diff = { ...built, notes: [...sides.notes, ...built.notes] };
        const flips =
          scenarios === undefined
            ? undefined
            : (await import("./diff-flows.ts")).flippedFlows(
                scenarios.scenarios,
                sides.before,
                sides.after,
                profile,
              );
        progress.close();
        const { diffJson } = await import("../analysis/report/diff-json.ts");
        const { diffText } = await import("../analysis/report/diff-text.ts");
        const { diffMarkdown } = await import("../analysis/report/diff-markdown.ts");
        const written = await writePlain(outputs, io, (format) => {
          if (format === "json") return diffJson(diff, flips);
          return format === "markdown"
            ? diffMarkdown(diff, flips)
            : diffText(diff, flips, { width: widthOf(io.stdout, io.env) });
        });
        setExitCode(isRefused(diff, options.failOn) ? 1 : written ? 0 : 2);
      } finally {
        progress.close();
      }
    });
}

function isRefused({ changes }: Diff, failOn: DiffOptions["failOn"]): boolean {
  if (failOn === undefined) return false;
  return failOn === "any" ? changes.length > 0 : changes.some(({ kind }) => kind === failOn);
}

async function readSides(before: string, after: string, options: DiffOptions, io: Io) {
  const fromStdin = [before, after, ...(options.with ?? [])].filter((path) => path === "-");
  if (fromStdin.length > 1) throw new UserError("standard input can be read only once");
  if (before === LIVE && after === LIVE) {
    throw new UserError("both sides are the cluster as it is", { hint: "give files for one of them" });
  }
  const { applied, completeSides } = await import("../analysis/complete-sides.ts");
  const base = await readSide(before, options, io);
  const change = await readSide(after, options, io);
  const sides = completeSides(base, options.apply === true ? applied(base, change) : change);
  if (sides.before.pods.length === 0 && sides.after.pods.length === 0) {
    throw new UserError("neither side holds workloads, so there is nothing that could connect", {
      hint: "give the manifests of the workloads by --with PATH, or compare with live",
    });
  }
  return sides;
}

async function readSide(side: string, options: DiffOptions, io: Io): Promise<Snapshot> {
  const { kubeconfig, context } = options;
  const cluster = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  const world = await readWorld(
    side === LIVE ? cluster : { manifests: [side, ...(options.with ?? [])] },
    [],
    io,
  );
  if (world.diagnostics.some(({ severity }) => severity === "error")) {
    throwOnErrors(world.diagnostics, world.texts);
  }
  return world.snapshot;
}
