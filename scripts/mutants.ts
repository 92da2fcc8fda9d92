/**
 * Breaks each rule of the evaluator once, in a copy of the sources, and says whether the tests notice.
 *
 *     npx node scripts/mutants.ts [WORDS…]
 *
 * WORDS: only mutants whose rule or file holds one of them. Exits 1 where one survives.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MUTANTS, type Mutant } from "../test/policy/mutants.ts";

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

/** Which round of tests killed it; undefined: it lives. */
async function killedBy(mutant: Mutant, folder: string): Promise<number | undefined> {
  const file = join(folder, mutant.file);
  const original = readFileSync(file, "utf8");
  writeFileSync(
    file,
    original.replace(mutant.original, () => mutant.mutated),
  );
  try {
    for (const [round, tests] of TESTS.entries()) {
      if (!(await passes(folder, tests))) return round;
    }
    return undefined;
  } finally {
    writeFileSync(file, original);
  }
}

function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "netverdict-mutants-"));
  for (const part of [
    "src",
    "test",
    "scripts",
    "docs",
    "package.json",
    "tsconfig.json",
    "vitest.config.ts",
  ]) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  return folder;
}

const words = process.argv.slice(2);
const chosen = MUTANTS.filter(
  ({ rule, file }) => words.length === 0 || words.some((word) => rule.includes(word) || file.includes(word)),
);
const folder = copyOfProject();
const survived: string[] = [];
try {
  for (const tests of TESTS) {
    if (!(await passes(folder, tests))) throw new Error(`${tests.join(" ")} fails without any mutant`);
  }
  for (const [index, mutant] of chosen.entries()) {
    const round = await killedBy(mutant, folder);
    const name = `${mutant.rule} ${mutant.file}: ${mutant.mutated.trim().split("\n")[0]}`;
    if (round === undefined) survived.push(name);
    const verdict = round === undefined ? "SURVIVED" : round === 0 ? "killed" : "killed by random clusters";
    process.stdout.write(`${index + 1}/${chosen.length} ${verdict} ${name}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length - survived.length} of ${chosen.length} mutants killed\n`);
process.exitCode = survived.length === 0 ? 0 : 1;
