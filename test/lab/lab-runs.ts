import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Command } from "commander";
import { type LiveRunSettings, liveRun } from "../../src/cli/live-run.ts";
import { addLiveOptions, type LiveOptions, liveSettings } from "../../src/cli/run-options.ts";
import { readScenarios } from "../../src/cli/scenario-files.ts";
import type { FlowReport, RunReport } from "../../src/model/report.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";

/** What a scenario's run must come to, exactly. Flows that are not named pass. */
export interface Expected {
  readonly exitCode: number;
  readonly flows: number;
  readonly notPassed: Readonly<Record<string, Pick<FlowReport, "verdict" | "cause" | "advice">>>;
}

export interface Example {
  readonly name: string;
  readonly folder: string;
  readonly expected: Expected;
}

export const EXAMPLES: readonly Example[] = readdirSync("scenarios")
  .filter((name) => existsSync(`scenarios/${name}/scenario.yaml`))
  .map((name) => {
    const folder = `scenarios/${name}`;
    return {
      name,
      folder,
      expected: JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Expected,
    };
  });

/** As `run` has them by default, but for what is given. */
function settingsOf(changed: Partial<LiveRunSettings>): LiveRunSettings {
  const command = addLiveOptions(new Command(), { settle: "1s" });
  return { ...liveSettings(command.opts<LiveOptions>(), { standIns: false }), ...changed };
}

/** A run as the command makes it, without its output. */
export async function runScenario(
  path: string,
  settings: Partial<LiveRunSettings>,
  manifests?: Snapshot,
): Promise<RunReport> {
  const nothing = (): void => undefined;
  return liveRun({
    ...(await readScenarios([path])),
    settings: settingsOf(settings),
    manifests,
    env: {},
    progress: { step: nothing, update: nothing, done: nothing, warn: nothing, close: nothing },
    signal: new AbortController().signal,
    onTouched: nothing,
  });
}

export function notPassed(report: RunReport): Expected["notPassed"] {
  return Object.fromEntries(
    report.flows
      .filter((flow) => flow.verdict !== "pass")
      .map(({ id, verdict, cause, advice }) => [
        id,
        { verdict, ...(cause === undefined ? {} : { cause }), ...(advice === undefined ? {} : { advice }) },
      ]),
  );
}
