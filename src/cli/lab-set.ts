import { Option } from "commander";
import type { Enforcement } from "../lab/model.ts";
import type { LabCommands } from "./lab-command.ts";
import { ENFORCEMENTS } from "./lab-options.ts";
import { duration } from "./values.ts";

export interface LabSetOptions {
  readonly enforcement?: Enforcement;
  readonly policyDelay?: number;
  readonly failOpen?: number;
  readonly failClosed?: number;
  readonly unenforcedNode?: readonly string[] | false;
}

/** `netverdict lab set`: lets things go wrong in the lab that is up. */
export function addLabSetCommand({ lab, io }: LabCommands): void {
  lab
    .command("set")
    .description("change how the lab that is up enforces policies, and what goes wrong in it")
    .addOption(
      new Option("--enforcement <how>", "what happens to packets that policies deny").choices(ENFORCEMENTS),
    )
    .option(
      "--policy-delay <time>",
      "from a change of a policy or label until it bites; 0: at once",
      duration,
    )
    .option("--fail-open <time>", "how long a new pod is open to everything", duration)
    .option("--fail-closed <time>", "how long a new pod is closed to everything", duration)
    .option("--unenforced-node <name...>", "nodes whose pods no policy protects or restricts")
    .option("--no-unenforced-node", "all nodes enforce again")
    .action(async (options: LabSetOptions) => {
      const { labSet } = await import("./lab-set-command.ts");
      await labSet(io, options);
    });
}
