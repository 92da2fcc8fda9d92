import type { LabCommands } from "./lab-command.ts";
import { addLabStartOptions, type LabStartOptions } from "./lab-options.ts";
import { addLiveOptions, type LiveOptions, liveSettings } from "./run-options.ts";
import { readScenarios } from "./scenario-files.ts";

interface LabRunOptions extends LiveOptions, LabStartOptions {
  readonly standIns?: boolean;
  readonly filter?: string;
}

/** Policies of a lab bite in milliseconds. */
const SETTLE = "1s";

/** `netverdict lab run SCENARIO…`: what `run` does, on a lab of its own. */
export function addLabRunCommand(commands: LabCommands): void {
  const command = commands.lab
    .command("run")
    .description("start a lab, create the manifests in it, run scenarios as on a cluster, end it")
    .argument("<scenario...>", "scenario files, or directories of them");
  addLabStartOptions(command);
  addLiveOptions(command, { settle: SETTLE })
    .option("--stand-ins", "targets by labels that no pod carries become servers of our own")
    .option("--filter <text>", "only flows whose identifier or name holds this text; the others are skipped")
    .action(async (paths: readonly string[], options: LabRunOptions) => {
      const loaded = await readScenarios(paths);
      const settings = liveSettings(options, { standIns: options.standIns === true, filter: options.filter });
      const { runInLab } = await import("./lab-run-command.ts");
      await runInLab(commands, loaded, options, settings);
    });
}
