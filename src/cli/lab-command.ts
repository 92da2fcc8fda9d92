import type { Command } from "commander";
import type { Commands } from "./command.ts";

/** What a file of a `lab` subcommand needs to add itself. */
export interface LabCommands extends Commands {
  readonly lab: Command;
}
