import { Command } from "commander";
import { holdKubeconfig } from "../src/cli/held-kubeconfig.ts";
import { liveRun } from "../src/cli/live-run.ts";
import { addLiveOptions, type LiveOptions, liveSettings } from "../src/cli/run-options.ts";
import { readScenarios } from "../src/cli/scenario-files.ts";
import { startLabWith } from "../src/cli/start-lab.ts";
import type { Lab } from "../src/lab/lab.ts";
import { parseManifests } from "../src/manifests/parse-manifests.ts";
import { readPaths } from "../src/manifests/read-paths.ts";
import type { RunReport } from "../src/model/report.ts";
import { renderReport } from "../src/report/registry.ts";
import { UserError } from "../src/source/errors.ts";
import { createTextFile } from "../src/source/text-file.ts";

/**
 * `npm run demo`: what Netverdict is for, in three acts on one page, with real packets in a lab on this machine. Exits
 * with 0 where all acts came to what they should, else with 1, and with 2 where this machine can't run a lab.
 */
const FOLDER = "scenarios/three-tier";
const POLICY_FILE = `${FOLDER}/manifests/policies.yaml`;
const POLICY = "database-policy";
const COLUMNS = 100;
/** Of a table, so that all fits on a page. */
const ROWS = 4;

interface Act {
  readonly title: string;
  readonly report: RunReport;
  readonly ms: number;
}

async function main(): Promise<number> {
  const began = performance.now();
  const files = await readPaths([`${FOLDER}/manifests`], process.stdin);
  const loaded = await readScenarios([`${FOLDER}/scenario.yaml`]);
  const { lab } = await startLabWith(
    { enforcement: "reset", nodes: 2, ipFamily: "dual" },
    {
      manifests: {
        files,
        snapshot: parseManifests(files).snapshot,
        texts: files.map(({ path, text }) => createTextFile(path, text)),
      },
      scenarios: loaded.scenarios,
      busyboxImages: [],
      timeoutMs: 60_000,
      signal: new AbortController().signal,
    },
  );
  const kubeconfig = await holdKubeconfig(lab.api.kubeconfig);
  const command = addLiveOptions(new Command(), { settle: "500ms" });
  const settings = {
    ...liveSettings(command.opts<LiveOptions>(), { standIns: false }),
    kubeconfig: kubeconfig.path,
  };
  const nothing = (): void => undefined;
  const play = async (title: string, texts: readonly { path: string; text: string }[]): Promise<Act> => {
    const start = performance.now();
    const report = await liveRun({
      ...loaded,
      settings,
      manifests: parseManifests(texts).snapshot,
      env: {},
      progress: { step: nothing, update: nothing, done: nothing, warn: nothing, close: nothing },
      signal: new AbortController().signal,
      onTouched: nothing,
    });
    return { title, report, ms: performance.now() - start };
  };
  try {
    print(`A lab on this machine: 2 nodes, 3 applications, 5 policies, no cluster.  ${seconds(began)}\n`);

    const right = await play("The policies do what was meant", files);
    show(1, right);
    print((await rowsOf(right.report, (row) => /production.*production|dns/.test(row), ROWS + 2)).join("\n"));
    print(`${await summaryOf(right.report)}\n`);

    const broken = files.map(({ path, text }) => ({
      path,
      text: path === POLICY_FILE ? misspelt(text) : text,
    }));
    changePolicy(lab, broken);
    const wrong = await play(`A label is misspelt in ${POLICY_FILE}`, broken);
    show(2, wrong);
    print(await failuresOf(wrong.report, "policy", ["at", "cause", "ingress", "evidence"]));

    changePolicy(lab, files);
    await lab.setFaults({ enforcement: "off" });
    const open = await play("The network no longer enforces policies", files);
    show(3, open);
    print(await failuresOf(open.report, "enforcement", ["at", "cause", "advice"]));

    const verdicts = [
      isRight(right.report, { exitCode: 0 }),
      isRight(wrong.report, { exitCode: 1, cause: "policy", advice: "tier=back-end wanted" }),
      isRight(open.report, { exitCode: 1, cause: "enforcement" }),
    ];
    const missed = verdicts.flatMap((good, index) => (good ? [] : [index + 1]));
    print(
      missed.length === 0
        ? `All three acts came to what they should.  ${seconds(began)} in all`
        : `Act ${missed.join(" and ")} did not come to what it should.`,
    );
    return missed.length === 0 ? 0 : 1;
  } finally {
    await kubeconfig.close();
    await lab.close();
  }
}

/** The rule that lets the backend to the database, with one letter too many. */
function misspelt(text: string): string {
  const start = text.indexOf(`name: ${POLICY}`);
  const changed = text.slice(start).replace("tier: backend", "tier: back-end");
  if (start < 0 || changed === text.slice(start))
    throw new Error(`${POLICY_FILE} has changed: no label to break`);
  return text.slice(0, start) + changed;
}

/** As `kubectl apply` would. */
function changePolicy(lab: Lab, files: readonly { path: string; text: string }[]): void {
  const wanted = parseManifests(files).snapshot.networkPolicies.find(
    ({ metadata }) => metadata.name === POLICY,
  );
  const namespace = wanted?.metadata.namespace ?? "";
  const current = lab.store.get("networkpolicies", namespace, POLICY);
  if (current === undefined) throw new Error(`the lab has no policy ${namespace}/${POLICY}`);
  lab.store.replace("networkpolicies", { ...current, spec: wanted?.spec });
}

function show(number: number, { title, ms }: Act): void {
  const left = `${number}. ${title}`;
  const time = `${(ms / 1000).toFixed(1)} s`;
  print(`${left} ${".".repeat(Math.max(3, COLUMNS - left.length - time.length - 2))} ${time}`);
}

/** The report as `netverdict` prints it: sections with empty lines in between. */
async function sectionsOf(report: RunReport): Promise<readonly (readonly string[])[]> {
  const text = await renderReport("table", report, {
    color: false,
    width: COLUMNS,
    ascii: false,
    verbose: false,
  });
  return text
    .trimEnd()
    .split("\n\n")
    .map((section) => section.split("\n"));
}

/** The head of the flow table, and its first rows that are wanted. */
async function rowsOf(
  report: RunReport,
  isWanted: (row: string) => boolean,
  most: number,
): Promise<readonly string[]> {
  const [[head = "", ...rows] = []] = await sectionsOf(report);
  const wanted = rows.filter(isWanted);
  const left = wanted.length - most;
  return [head, ...wanted.slice(0, most), ...(left > 0 ? [`… and ${left} more`] : [])];
}

/** The flows that fail, and why the first of them with this cause does: these fields of what is said about it. */
async function failuresOf(report: RunReport, cause: string, fields: readonly string[]): Promise<string> {
  const flow = report.flows.find((one) => one.cause === cause && one.verdict === "fail");
  const block =
    (await sectionsOf(report)).find((section) => section[0]?.endsWith(`  ${flow?.id}`) === true) ?? [];
  const table = await rowsOf(report, (row) => row.includes("FAIL"), ROWS);
  let isWanted = true;
  let isDropped = false;
  const told = block.filter((line) => {
    const field = /^ {2}(\w+):/.exec(line)?.[1];
    if (field !== undefined) isWanted = fields.includes(field);
    // Which policies isolate a pod is said above; their places would fill the page.
    if (/^ {0,15}\S/.test(line)) isDropped = line.trimStart().startsWith("isolated by:");
    return isWanted && !isDropped;
  });
  return [...table, "", ...told, `${await summaryOf(report)}\n`].join("\n");
}

async function summaryOf(report: RunReport): Promise<string> {
  return (await sectionsOf(report)).at(-1)?.at(-1) ?? "";
}

function isRight(
  report: RunReport,
  wanted: { readonly exitCode: number; readonly cause?: string; readonly advice?: string },
): boolean {
  if (report.exitCode !== wanted.exitCode) return false;
  const failed = report.flows.filter(({ verdict }) => verdict === "fail");
  return failed.every(
    ({ cause, advice }) =>
      cause === wanted.cause && (wanted.advice === undefined || advice?.includes(wanted.advice)),
  );
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(
    `demo: ${error.message}\n${error.hint === undefined ? "" : `  hint: ${error.hint}\n`}`,
  );
  process.exitCode = 2;
}
