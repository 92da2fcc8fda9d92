import type { LabCommands } from "./lab-command.ts";
import { addLabStartOptions, type LabStartOptions } from "./lab-options.ts";
import { DEFAULT_PROBE_IMAGE } from "./run-options.ts";
import { collect, durationOption } from "./values.ts";

export interface LabUpOptions extends LabStartOptions {
  readonly foreground?: boolean;
  readonly startupTimeout: number;
  readonly probeImage: string;
  readonly scenario?: readonly string[];
}

const EXAMPLES = `
Examples:
  export KUBECONFIG=$(netverdict lab up --manifests k8s/)
  kubectl label pod …; netverdict run scenario.yaml
  netverdict lab down`;

/** `netverdict lab up`: a lab that stays; prints the path of its kubeconfig. */
export function addLabUpCommand(commands: LabCommands): void {
  const command = commands.lab
    .command("up")
    .description("start a lab that stays up, and print its KUBECONFIG");
  addLabStartOptions(command)
    .option("--scenario <path>", "add the hosts outside that these scenarios name; may be repeated", collect)
    .addOption(
      durationOption("--startup-timeout <time>", "how long workloads may take to be ready", {
        fallback: "60s",
        minimumMs: 1000,
      }),
    )
    .option("--probe-image <image>", "image that is a busybox, whatever its name", DEFAULT_PROBE_IMAGE)
    .option("--foreground", "stay in the foreground until interrupted")
    .addHelpText("after", EXAMPLES)
    .action(async (options: LabUpOptions) => {
      const { labUp } = await import("./lab-up-command.ts");
      await labUp(commands, options);
    });
}
