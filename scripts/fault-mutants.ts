/**
 * Switches off each protection from a fault once, in a copy of the sources, and says whether that fault's case notices.
 *
 *     npx node scripts/fault-mutants.ts lab|hazards|faults [WORDS…]
 *
 * The three sections of docs/faults.md; the last two play on the cluster of KUBECONFIG, or on the test bed. WORDS: only
 * mutants whose fault, protection or file holds one of them. Exits 1 where one survives or tells nothing: where it does
 * not compile, or its case was not found, or fails without it.
 */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_SUITES, type FaultSuite } from "../test/fault-suites.ts";
import { inCopyOfProject, whileMutated } from "./mutation.ts";

/** All that the suites below need. */
const PARTS = [
  ...["src", "test", "scripts", "docs", "schema", "scenarios", "manifests", "testbed"],
  ...[
    "package.json",
    "tsconfig.json",
    "vitest.lab.config.ts",
    "vitest.e2e.config.ts",
    "vitest.faults.config.ts",
  ],
];

/** What became of a case: why it failed, or undefined where it passed. Rejects where nothing is known. */
async function playCase(folder: string, suite: FaultSuite, fault: string): Promise<string | undefined> {
  const output = join(folder, "cases.json");
  rmSync(output, { force: true });
  const pattern = ` ${fault.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}: `;
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", suite.config, suite.file];
  const said = await run(
    folder,
    [...vitest, "--testNamePattern", pattern, "--reporter", "json", "--outputFile", output],
    suite.limitMs,
  );
  const cases = casesOf(output, said.text).filter(({ status }) => status === "passed" || status === "failed");
  const [only] = cases;
  if (only === undefined || cases.length > 1)
    throw new Error(`${cases.length} cases were run:\n${said.text}`);
  return only.status === "passed" ? undefined : reasonOf(only.failureMessages);
}

interface Case {
  readonly status: string;
  readonly failureMessages: readonly string[];
}

function casesOf(output: string, said: string): readonly Case[] {
  let text: string;
  try {
    text = readFileSync(output, "utf8");
  } catch {
    throw new Error(`the suite ended without a result:\n${said}`);
  }
  const { testResults } = JSON.parse(text) as {
    readonly testResults: readonly { readonly assertionResults: readonly Case[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

/** Types are checked as well: what no compiler takes would be killed for the wrong reason. */
async function build(folder: string): Promise<void> {
  for (const args of [
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.mutant.json"],
    ["scripts/build.ts"],
  ]) {
    const { ok, text } = await run(folder, args, 300_000);
    if (!ok) throw new Error(`it does not compile:\n${text}`);
  }
}

/** What a mutant leaves unused is no error. */
const TSCONFIG = {
  extends: "./tsconfig.json",
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  include: ["src"],
};

function run(
  folder: string,
  args: readonly string[],
  limitMs: number,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [...args], options, (error, stdout, stderr) =>
      resolve({ ok: error === null, text: `${stdout}${stderr}`.trim() }),
    );
  });
}

/** The line of a failure that tells what was expected; what is shown beside it comes first. */
function reasonOf([message = ""]: readonly string[]): string {
  const lines = message.split("\n");
  const found = lines.flatMap((text) => /(?:^|: )(expected .*|.*timed out in .*)$/.exec(text)?.[1] ?? []);
  const line = (found[0] ?? lines[0] ?? "").trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const [name = "", ...words] = process.argv.slice(2);
const suite = Object.entries(FAULT_SUITES).find(([word]) => word === name)?.[1];
if (suite === undefined) {
  process.stderr.write(`usage: fault-mutants.ts ${Object.keys(FAULT_SUITES).join("|")} [WORDS…]\n`);
  process.exit(2);
}
const chosen = suite.mutants.filter(
  ({ fault, protection, file }) =>
    words.length === 0 || words.some((word) => [fault, protection, file].some((text) => text.includes(word))),
);
const tally = { killed: 0, survived: 0, errors: 0 };
await inCopyOfProject(PARTS, async (folder) => {
  writeFileSync(join(folder, "tsconfig.mutant.json"), JSON.stringify(TSCONFIG));
  await build(folder);
  /** By the fault: why its case says nothing; undefined: it passes. */
  const without = new Map<string, string | undefined>();
  for (const [index, mutant] of chosen.entries()) {
    const { fault, protection } = mutant;
    const say = (verdict: string, why: string): void =>
      void process.stdout.write(`${index + 1}/${chosen.length} ${verdict} ${fault}: ${protection}${why}\n`);
    try {
      if (!without.has(fault)) {
        await build(folder);
        without.set(fault, await playCase(folder, suite, fault));
      }
      const broken = without.get(fault);
      if (broken !== undefined) throw new Error(`the case fails without any mutant: ${broken}`);
      const why = await whileMutated(folder, mutant, async () => {
        await build(folder);
        return playCase(folder, suite, fault);
      });
      tally[why === undefined ? "survived" : "killed"] += 1;
      say(why === undefined ? "SURVIVED" : "killed", why === undefined ? "" : ` (${why})`);
    } catch (error) {
      tally.errors += 1;
      say("ERROR", ` (${messageOf(error)})`);
    }
  }
});
process.stdout.write(
  `${tally.killed} of ${chosen.length} mutants killed, ${tally.survived} survived, ${tally.errors} tell nothing\n`,
);
process.exitCode = chosen.length > 0 && tally.killed === chosen.length ? 0 : 1;
