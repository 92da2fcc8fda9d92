import { setTimeout as wait } from "node:timers/promises";
import { leftovers, netverdict, production, start } from "./cluster.ts";

/** What was there after a run that was ended at some moment. */
export interface Killed {
  readonly afterMs: number;
  /** Of ours, before `clean`. */
  readonly left: number;
  /** Of ours, after it. */
  readonly stays: readonly string[];
  /** Objects of production that are not as they were. */
  readonly touched: readonly string[];
  readonly code: number;
  /** False: the run had ended by itself. */
  readonly isKilled: boolean;
}

/** How long a run takes that nobody ends, in ms. */
export async function runLength(scenario: string): Promise<number> {
  const beganAtMs = performance.now();
  const { code, stderr } = await netverdict("run", scenario);
  if (code !== 0) throw new Error(`the run ended with ${code}: ${stderr}`);
  return Math.round(performance.now() - beganAtMs);
}

/** Starts a run, ends it by a signal after some time, and cleans up after a SIGKILL. */
export async function killRun(
  scenario: string,
  namespaces: readonly string[],
  options: { readonly signal: "SIGKILL" | "SIGINT"; readonly afterMs: number },
): Promise<Killed> {
  const { signal, afterMs } = options;
  const before = namespaces.flatMap(production);
  const { child, done } = start(["run", scenario, "--deadline", "5m"]);
  await wait(afterMs);
  const isKilled = child.exitCode === null && child.kill(signal);
  const { code } = await done;
  const left = leftovers().length;
  if (signal === "SIGKILL") {
    const cleaned = await netverdict("clean");
    if (cleaned.code !== 0) throw new Error(`clean ended with ${cleaned.code}: ${cleaned.stderr}`);
  }
  const stays = leftovers();
  const after = namespaces.flatMap(production);
  const touched = [
    ...before.filter((line) => !after.includes(line)),
    ...after.filter((line) => !before.includes(line)),
  ];
  return { afterMs, left, stays, touched, code, isKilled };
}
