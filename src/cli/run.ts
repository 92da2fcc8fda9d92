import type { Commands } from "./command.ts";
import { addLiveOptions, type LiveOptions, liveSettings } from "./run-options.ts";
import { readScenarios } from "./scenario-files.ts";

interface RunOptions extends LiveOptions {
  readonly standIns?: boolean;
  readonly filter?: string;
}

/** `netverdict run SCENARIO…`: expected, predicted and observed for every flow, on a live cluster. */
export function addRunCommand(commands: Commands): void {
  const command = commands.program
    .command("run")
    .description("run scenarios on a cluster: expected, predicted and observed for every flow")
    .argument("<scenario...>", "scenario files, or directories of them");
  addLiveOptions(command)
    .option("--stand-ins", "targets by labels that no pod carries become servers of our own")
    .option("--filter <text>", "only flows whose identifier or name holds this text; the others are skipped")
    .action(async (paths: readonly string[], options: RunOptions) => {
      const loaded = await readScenarios(paths);
      const settings = liveSettings(options, { standIns: options.standIns === true, filter: options.filter });
      const { runLive } = await import("./live-command.ts");
      await runLive(commands, loaded, options, settings);
    });
}
