import { UserError } from "../source/errors.ts";
import type { Commands } from "./command.ts";
import type { Io } from "./io.ts";
import { withManifests } from "./read-manifests.ts";
import { addClusterOptions, addLiveOptions, type LiveOptions, liveSettings } from "./run-options.ts";
import { readScenarios } from "./scenario-files.ts";
import { readShard, type ShardChoice } from "./shard.ts";
import { collect } from "./values.ts";

interface RunOptions extends LiveOptions {
  readonly standIns?: boolean;
  readonly filter?: string;
  readonly manifests?: readonly string[];
  readonly shard?: string;
  readonly shardGroup?: string;
}

/** `netverdict run SCENARIO…`: expected, predicted and observed for every flow, on a live cluster. */
export function addRunCommand(commands: Commands): void {
  const command = commands.program
    .command("run")
    .description("run scenarios on a cluster: expected, predicted and observed for every flow")
    .argument("<scenario...>", "scenario files, or directories of them");
  addClusterOptions(command);
  addLiveOptions(command)
    .option(
      "--manifests <path>",
      "file or directory that the cluster's policies come from, so that findings name lines; may be repeated",
      collect,
    )
    .option("--stand-ins", "targets by labels that no pod carries become servers of our own")
    .option("--filter <text>", "only flows whose identifier or name holds this text; the others are skipped")
    .option(
      "--shard <i/n>",
      "only part i of n of the flows, by their sources; index/n: the part of this pod of an Indexed Job",
    )
    .option(
      "--shard-group <name>",
      "what the shards of one run share, such as the Job's name, for netverdict merge",
    )
    .action(async (paths: readonly string[], options: RunOptions) => {
      const shard = shardOf(options, commands.io);
      const loaded = await readScenarios(paths);
      const settings = {
        ...liveSettings(options, { standIns: options.standIns === true, filter: options.filter }),
        shard,
      };
      const { runLive } = await import("./live-command.ts");
      await runLive(commands, await withManifests(loaded, options.manifests, commands.io), options, settings);
    });
}

function shardOf({ shard, shardGroup }: RunOptions, { env }: Io): ShardChoice | undefined {
  if (shard !== undefined) return readShard(shard, shardGroup, env);
  if (shardGroup === undefined) return undefined;
  throw new UserError("--shard-group names what shards share, and there is no --shard");
}
