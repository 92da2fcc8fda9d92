import { Option } from "commander";
import type { LabCommands } from "./lab-command.ts";

/** `netverdict lab status`: what the lab that is up holds. */
export function addLabStatusCommand({ lab, io, setExitCode }: LabCommands): void {
  lab
    .command("status")
    .description("show the lab that is up: pods, policies, enforcement; exit code 1 where none is")
    .addOption(new Option("-o, --output <format>", "how").choices(["table", "json"]).default("table"))
    .action(async ({ output }: { readonly output: "table" | "json" }) => {
      const { labStatus } = await import("./lab-status-command.ts");
      setExitCode((await labStatus(io, output)) ? 0 : 1);
    });
}
