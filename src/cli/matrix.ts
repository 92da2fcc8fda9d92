import Table from "cli-table3";
import { type MatrixSummary, summarise } from "../engine/summarise.ts";
import type { ProfileName } from "../model/profile.ts";
import { profileOf } from "../policy/profiles.ts";
import { UserError } from "../source/errors.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { plainOutputsOf, writePlain } from "./plain-outputs.ts";
import { addClusterOptions, addProfileOption } from "./run-options.ts";
import { throwOnErrors } from "./scenario-files.ts";
import { createSlowProgress } from "./slow-progress.ts";
import { collect } from "./values.ts";
import { readWorld } from "./world.ts";

interface MatrixOptions {
  readonly manifests?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: ProfileName;
  readonly summary?: boolean;
  readonly output?: readonly string[];
  readonly quiet?: boolean;
}

/** The summary of a run of the program, with the time that reading took in front of the engine's. */
type TimedSummary = Omit<MatrixSummary, "phases"> & {
  readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
};

/** `netverdict matrix --summary`: who reaches whom, in numbers. */
export function addMatrixCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("matrix")
    .description("all pods against all, on every port")
    .option(
      "--manifests <path...>",
      "files or directories with policies and workloads, - for stdin (default: the cluster)",
      collect,
    )
    .option("--summary", "counts of all pairs of pods, and how long each phase took")
    .option(
      "-o, --output <format[=file]>",
      "table (default) or json; to a file with =FILE; repeatable",
      collect,
    )
    .option("-q, --quiet", "no progress on stderr");
  addClusterOptions(command);
  addProfileOption(command, "upstream").action(async (options: MatrixOptions) => {
    if (options.summary !== true) throw new UserError("say what to show: --summary");
    const outputs = plainOutputsOf(options.output, ["table", "json"]);
    const { verbose } = program.opts<GlobalOptions>();
    const progress = createSlowProgress(io, { quiet: options.quiet === true, verbose: verbose === true });
    try {
      const now = (): number => performance.now();
      const began = now();
      progress.step("reading the objects");
      const world = await readWorld(options, [], io);
      if (world.diagnostics.some(({ severity }) => severity === "error")) {
        throwOnErrors(world.diagnostics, world.texts);
      }
      const parseMs = now() - began;
      progress.step("counting all pairs");
      const profile = profileOf(options.profile ?? "upstream");
      const summary = withParsing(summarise(world.snapshot, { profile, now }), parseMs);
      progress.close();
      const written = await writePlain(outputs, io, (format) =>
        format === "json" ? `${JSON.stringify(summary, null, 2)}\n` : summaryTable(summary),
      );
      setExitCode(written ? 0 : 2);
    } finally {
      progress.close();
    }
  });
}

function withParsing(summary: MatrixSummary, parseMs: number): TimedSummary {
  const phases = [{ name: "parse", durationMs: parseMs }, ...summary.phases];
  return {
    ...summary,
    phases: phases.map(({ name, durationMs }) => ({ name, durationMs: Math.round(durationMs * 10) / 10 })),
  };
}

function summaryTable(summary: TimedSummary): string {
  const { pods, namespaces, networkPolicies, adminPolicies, classes, unprotected, profile, phases } = summary;
  const table = new Table({
    head: ["PORTS", "ALLOW", "DENY", "UNDETERMINED"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { protocol, first, last, allow, deny, undetermined } of summary.ports) {
    table.push([`${protocol} ${first === last ? first : `${first}-${last}`}`, allow, deny, undetermined]);
  }
  const admin = adminPolicies === 0 ? "" : ` and ${adminPolicies} of admin tiers`;
  return [
    `${pods} pods in ${namespaces} namespaces, ${networkPolicies} NetworkPolicies${admin}, profile ${profile}`,
    `${classes} groups of pods that no policy tells apart`,
    `not isolated: ${unprotected.ingress} pods for ingress, ${unprotected.egress} for egress`,
    "",
    "Ordered pairs of pods, by ports that all policies treat alike:",
    table.toString(),
    phases.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(", "),
    "",
  ].join("\n");
}
