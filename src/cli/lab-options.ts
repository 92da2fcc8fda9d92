import { isIP } from "node:net";
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { Enforcement } from "../lab/model.ts";
import { collect, count } from "./values.ts";

/** What `lab run` and `lab up` have in common, as commander gives it. */
export interface LabStartOptions {
  readonly manifests?: readonly string[];
  readonly enforcement: Enforcement;
  readonly nodes: number;
  readonly ipFamily: (typeof IP_FAMILIES)[number];
  readonly outside?: readonly string[];
}

export const ENFORCEMENTS = ["reset", "reject", "drop", "off"] as const;

/** kind's words; IPv6 alone is not to be had. */
const IP_FAMILIES = ["dual", "ipv4"] as const;

/** A byte of every pod's address tells its node. */
const MOST_NODES = 200;

export function addLabStartOptions(command: Command): Command {
  return command
    .option(
      "--manifests <path>",
      "file or directory to create in the lab, - for stdin; may be repeated",
      collect,
    )
    .addOption(
      new Option("--enforcement <how>", "what happens to packets that policies deny")
        .choices(ENFORCEMENTS)
        .default("reset"),
    )
    .option("--nodes <n>", "nodes of the lab", nodes, 2)
    .addOption(
      new Option("--ip-family <family>", "addresses of pods, Services and nodes")
        .choices(IP_FAMILIES)
        .default("dual"),
    )
    .option(
      "--outside <address>",
      "a host outside of the cluster, with servers on TCP 80, 443 and 8080, and UDP 53 and 8081; may be repeated",
      address,
    );
}

function nodes(text: string): number {
  const value = count(text);
  if (value > MOST_NODES) throw new InvalidArgumentError(`Expected at most ${MOST_NODES}.`);
  return value;
}

function address(text: string, previous: readonly string[] | undefined): readonly string[] {
  if (isIP(text) === 0) throw new InvalidArgumentError("Expected an IP address, such as 203.0.113.10.");
  return collect(text, previous);
}
