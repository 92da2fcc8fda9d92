import type { Command } from "commander";
import type { Io } from "./io.ts";

/** What a command's file needs to add itself to the program. */
export interface Commands {
  readonly program: Command;
  readonly io: Io;
  readonly setExitCode: (code: number) => void;
}

/** The options of the program itself. */
export interface GlobalOptions {
  readonly color: "auto" | "always" | "never";
  readonly verbose?: boolean;
}
