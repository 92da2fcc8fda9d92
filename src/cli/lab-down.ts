import type { LabCommands } from "./lab-command.ts";

/** `netverdict lab down`: ends the lab that is up. */
export function addLabDownCommand({ lab, io }: LabCommands): void {
  lab
    .command("down")
    .description("end the lab that is up")
    .action(async () => {
      const { labDown } = await import("./lab-down-command.ts");
      await labDown(io);
    });
}
