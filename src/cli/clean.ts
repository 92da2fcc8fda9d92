import { findLeftovers, type Leftover, removeLeftovers } from "../k8s/clean-up.ts";
import { connect } from "../k8s/connect.ts";
import type { Commands } from "./command.ts";
import { write } from "./io.ts";
import { addClusterOptions } from "./run-options.ts";
import { collect, duration } from "./values.ts";

interface CleanOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly run?: string;
  readonly olderThan?: number;
  readonly namespace?: readonly string[];
  readonly dryRun?: boolean;
}

/** `netverdict clean`: removes what interrupted runs left. */
export function addCleanCommand({ program, io, setExitCode }: Commands): void {
  const command = program
    .command("clean")
    .description(
      "remove what interrupted runs left; without options everything of every run, also of one under way",
    )
    .option("--run <id>", "only this run")
    .option("--older-than <time>", "only runs that began longer ago than this, such as 1h", duration)
    .option("-n, --namespace <name>", "only in this namespace; may be repeated (default: all)", collect)
    .option("--dry-run", "only say what would be removed");
  addClusterOptions(command).action(async (options: CleanOptions) => {
    const connection = await connect({
      kubeconfig: options.kubeconfig,
      context: options.context,
      env: io.env,
    });
    try {
      const { leftovers: found, unread } = await findLeftovers(
        connection.api,
        options.namespace === undefined ? {} : { namespaces: options.namespace },
      );
      const chosen = chooseRuns(found, options, Date.now());
      const failures = options.dryRun === true ? [] : await removeLeftovers(connection.api, chosen);
      const kept = new Set(failures.map(({ leftover }) => leftover));
      for (const leftover of chosen) {
        if (kept.has(leftover)) continue;
        const verb = options.dryRun === true ? "would remove" : "removed";
        await write(
          io.stdout,
          `${verb} ${leftover.kind} ${leftover.namespace}/${leftover.name} (run ${leftover.runId})\n`,
        );
      }
      for (const { leftover, reason } of failures) {
        await write(
          io.stderr,
          `could not remove ${leftover.kind} ${leftover.namespace}/${leftover.name}: ${reason}\n`,
        );
      }
      const others = found.length - chosen.length;
      const summary =
        chosen.length === 0
          ? "nothing to remove"
          : `${chosen.length - failures.length} objects of ${runsOf(chosen).size} runs`;
      await write(io.stdout, `${summary}${others === 0 ? "" : `; ${others} objects of other runs stay`}\n`);
      for (const line of unread) await write(io.stderr, `could not look for leftovers: ${line}\n`);
      setExitCode(failures.length === 0 && unread.length === 0 ? 0 : 2);
    } finally {
      connection.close();
    }
  });
}

/** Whole runs only: a run is as old as its oldest object. */
function chooseRuns(found: readonly Leftover[], options: CleanOptions, now: number): readonly Leftover[] {
  const runs = runsOf(found);
  return found.filter(({ runId }) => {
    if (options.run !== undefined && runId !== options.run) return false;
    return options.olderThan === undefined || now - (runs.get(runId) ?? now) >= options.olderThan;
  });
}

function runsOf(found: readonly Leftover[]): ReadonlyMap<string, number> {
  const runs = new Map<string, number>();
  for (const { runId, created } of found) {
    runs.set(runId, Math.min(runs.get(runId) ?? Number.POSITIVE_INFINITY, Date.parse(created)));
  }
  return runs;
}
