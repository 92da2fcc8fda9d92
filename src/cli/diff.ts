import { Option } from "commander";
import type { Diff } from "../analysis/diff.ts";
import type { ProfileName } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { profileOf } from "../policy/profiles.ts";
import { UserError } from "../source/errors.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { type Io, widthOf } from "./io.ts";
import { missingArguments } from "./missing-arguments.ts";
import { FILE_WIDTH, plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { addClusterOptions, addProfileOption } from "./run-options.ts";
import { namespacesOf, readScenarios, throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress, type SlowProgress } from "./slow-progress.ts";
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

/** Two sides of so many pods take about a second. */
const MANY_PODS = 3000;

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
    .usage("[options] <before> <after>")
    .description("which connections a change of policies opens and closes, before it is applied")
    .argument("[before]", "files, a directory, - or live")
    .argument("[after]", "files, a directory, - or live")
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
    .action(async (before: string | undefined, after: string | undefined, options: DiffOptions) => {
      if (before === undefined || after === undefined) {
        throw missingArguments("BEFORE and AFTER", "--with and --scenario");
      }
      const outputs = plainOutputsOf(options.output, ["text", "json", "markdown"]);
      const { verbose } = program.opts<GlobalOptions>();
      const progress = createSlowProgress(io, { quiet: options.quiet === true, verbose: verbose === true });
      try {
        const scenarios = options.scenario === undefined ? undefined : await readScenarios(options.scenario);
        const named = namespacesOf(scenarios?.scenarios ?? []);
        const sides = await readSides(before, after, options, io, { named, progress });
        progress.step("comparing", { slow: sides.before.pods.length + sides.after.pods.length > MANY_PODS });
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
        const written = await writePlain(outputs, io, (format, file) => {
          if (format === "json") return diffJson(diff, flips);
          return format === "markdown"
            ? diffMarkdown(diff, flips)
            : diffText(diff, flips, { width: file === undefined ? widthOf(io.stdout, io.env) : FILE_WIDTH });
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

interface SideOptions {
  /** Namespaces that scenarios name. */
  readonly named: readonly string[];
  readonly progress: SlowProgress;
}

async function readSides(
  before: string,
  after: string,
  options: DiffOptions,
  io: Io,
  { named, progress }: SideOptions,
) {
  const fromStdin = [before, after, ...(options.with ?? [])].filter((path) => path === "-");
  if (fromStdin.length > 1) throw new UserError("standard input can be read only once");
  if (before === LIVE && after === LIVE) {
    throw new UserError("both sides are the cluster as it is", { hint: "give files for one of them" });
  }
  const { applied, completeSides } = await import("../analysis/complete-sides.ts");
  const isLive = before === LIVE || after === LIVE;
  const read = (side: string, namespaces: readonly string[]) =>
    readSide(side, options, io, { named: [...new Set([...named, ...namespaces])], progress });
  // What the files are about is what has to be read of the cluster.
  const files = await read(before === LIVE ? after : before, []);
  const other = await read(before === LIVE ? before : after, isLive ? namesOf(files) : []);
  const [base, change] = before === LIVE ? [other, files] : [files, other];
  const sides = completeSides(base, options.apply === true ? applied(base, change) : change);
  const notes = isLive && options.apply !== true ? untouched(other, files, before === LIVE) : [];
  if (sides.before.pods.length === 0 && sides.after.pods.length === 0) {
    throw new UserError("neither side holds workloads, so there is nothing that could connect", {
      hint: "give the manifests of the workloads by --with PATH, or compare with live",
    });
  }
  return { ...sides, notes: [...sides.notes, ...notes] };
}

function namesOf({ namespaces }: Snapshot): readonly string[] {
  return namespaces.map(({ metadata }) => metadata.name);
}

/** The files are the whole, so all that they leave out of a cluster is gone, or new: rarely meant of other teams' part. */
function untouched(cluster: Snapshot, files: Snapshot, isBefore: boolean): readonly string[] {
  const told = new Set(namesOf(files));
  const objects = [...cluster.networkPolicies, ...(files.pods.length === 0 ? [] : cluster.pods)];
  const names = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"))]
    .filter((name) => !told.has(name))
    .sort();
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN_NAMESPACES).join(", ");
  const more = names.length > SHOWN_NAMESPACES ? ` and ${names.length - SHOWN_NAMESPACES} more` : "";
  return [
    `the files hold nothing of ${names.length === 1 ? "namespace" : "the namespaces"} ${shown}${more}: what the cluster has there is taken for ${
      isBefore ? "removed; --apply keeps it" : "new"
    }`,
  ];
}

const SHOWN_NAMESPACES = 5;

async function readSide(
  side: string,
  options: DiffOptions,
  io: Io,
  { named, progress }: SideOptions,
): Promise<Snapshot> {
  const { kubeconfig, context } = options;
  const cluster = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  const world = await readWorld(
    side === LIVE ? cluster : { manifests: [side, ...(options.with ?? [])] },
    io,
    { namespaces: () => named, progress },
  );
  if (world.diagnostics.some(({ severity }) => severity === "error")) {
    throwOnErrors(world.diagnostics, world.texts);
  }
  return world.snapshot;
}
