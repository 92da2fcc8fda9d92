import { UserError } from "../source/errors.ts";
import { mergeReports } from "../verdict/merge-reports.ts";
import type { Commands, GlobalOptions } from "./command.ts";
import { hasColor, widthOf } from "./io.ts";
import { outputsOf, writeOutputs } from "./outputs.ts";
import { addReportOptions } from "./run-options.ts";

interface MergeOptions {
  readonly output?: readonly string[];
  readonly ascii?: boolean;
}

const EXAMPLES = `
Examples:
  netverdict merge shard-*.json -o junit=all.xml
  kubectl -n netverdict get configmaps NAME-0-report NAME-1-report -o json | netverdict merge -`;

/** `netverdict merge REPORT…`: the reports of all shards of a run as one, with one exit code. */
export function addMergeCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("merge")
    .description("make one report and exit code of those of a run's shards (netverdict run --shard)")
    .argument(
      "<report...>",
      "JSON reports, or ConfigMaps of --report-configmap as kubectl get -o json prints them; - for stdin",
    )
    .addHelpText("after", EXAMPLES);
  addReportOptions(command).action(async (paths: readonly string[], options: MergeOptions) => {
    const outputs = outputsOf(options.output);
    const { readReports } = await import("./read-reports.ts");
    const { reports, problems } = await readReports(paths, io.stdin);
    const merged = mergeReports(reports, problems);
    if (!("flows" in merged)) {
      const lines = merged.problems.map(({ message }) => `  ${message}`).join("\n");
      throw new UserError(`there is no shard's report to merge\n${lines}`, {
        hint: "merge takes the JSON reports of netverdict run --shard i/n: -o json=FILE, or --report-configmap",
      });
    }
    const global = program.opts<GlobalOptions>();
    const written = await writeOutputs(merged, outputs, io, {
      color: hasColor(io.stdout, io.env, global.color),
      width: widthOf(io.stdout, io.env),
      ascii: options.ascii === true,
      verbose: global.verbose === true,
    });
    setExitCode(written || merged.exitCode === 1 ? merged.exitCode : 2);
  });
}
