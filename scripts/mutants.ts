/**
 * Breaks each rule of the evaluator once, in a copy of the sources, and says whether the tests notice.
 *
 *     npx node scripts/mutants.ts [WORDS…]
 *
 * WORDS: only mutants whose rule or file holds one of them. Exits 1 where one survives.
 */
import { execFile } from "node:child_process";
import { MUTANTS } from "../test/policy/mutants.ts";
import { inCopyOfProject, whileMutated } from "./mutation.ts";

/** All that the tests below need. */
const PARTS = ["src", "test", "scripts", "docs", "package.json", "tsconfig.json", "vitest.config.ts"];

/** What a mutant is run against: the fast, fixed tests first; only what they let live meets random clusters. */
const TESTS: readonly (readonly string[])[] = [
  [
    "test/policy",
    "test/selectors",
    "test/plan/predict-flow.test.ts",
    "test/plan/label-traps.test.ts",
    ...["agreement", "metamorphic", "mutants"].flatMap((word) => ["--exclude", `**/*${word}*`]),
  ],
  ["test/policy/reference"],
];

function passes(folder: string, tests: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const args = ["vitest", "run", "--bail", "1", ...tests];
    const options = {
      cwd: folder,
      env: { ...process.env, NETVERDICT_PROPERTY_RUNS: "600" },
      timeout: 300_000,
    };
    execFile("npx", args, options, (error) => resolve(error === null));
  });
}

/** Which round of tests fails; undefined: none. */
async function failingRound(folder: string): Promise<number | undefined> {
  for (const [round, tests] of TESTS.entries()) {
    if (!(await passes(folder, tests))) return round;
  }
  return undefined;
}

const words = process.argv.slice(2);
const chosen = MUTANTS.filter(
  ({ rule, file }) => words.length === 0 || words.some((word) => rule.includes(word) || file.includes(word)),
);
const survived: string[] = [];
await inCopyOfProject(PARTS, async (folder) => {
  const without = await failingRound(folder);
  if (without !== undefined) throw new Error(`${TESTS[without]?.join(" ")} fails without any mutant`);
  for (const [index, mutant] of chosen.entries()) {
    const round = await whileMutated(folder, mutant, () => failingRound(folder));
    const name = `${mutant.rule} ${mutant.file}: ${mutant.mutated.trim().split("\n")[0]}`;
    if (round === undefined) survived.push(name);
    const verdict = round === undefined ? "SURVIVED" : round === 0 ? "killed" : "killed by random clusters";
    process.stdout.write(`${index + 1}/${chosen.length} ${verdict} ${name}\n`);
  }
});
process.stdout.write(`${chosen.length - survived.length} of ${chosen.length} mutants killed\n`);
process.exitCode = survived.length === 0 ? 0 : 1;
