import type { Commands } from "./command.ts";
import { addLabDownCommand } from "./lab-down.ts";
import { addLabRunCommand } from "./lab-run.ts";
import { addLabSetCommand } from "./lab-set.ts";
import { addLabStatusCommand } from "./lab-status.ts";
import { addLabUpCommand } from "./lab-up.ts";

/** `netverdict lab …`: a cluster of this machine's kernel, in a second. */
export function addLabCommand(commands: Commands): void {
  const lab = commands.program
    .command("lab")
    .description("a cluster on this Linux machine, without Kubernetes: rehearse policies with real packets")
    .helpCommand(false);
  const subcommands = { ...commands, lab };
  addLabRunCommand(subcommands);
  addLabUpCommand(subcommands);
  addLabStatusCommand(subcommands);
  addLabSetCommand(subcommands);
  addLabDownCommand(subcommands);
}
