/**
 * Runs under random faults of the lab, and whether any was green or red without cause:
 *
 *   node bench/random-faults.ts --runs 200 --seed 1 [--labs 4]
 *
 * Prints each run that was wrong with its seed, and the table of docs/faults.md; exit code 1 where one was wrong.
 */
import { parseArgs } from "node:util";
import { mishapOf, type Outcome, playMishaps } from "../test/lab/random-faults.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    labs: { type: "string", default: "4" },
  },
});
const [runs, seed, labs] = [values.runs, values.seed, values.labs].map(Number) as [number, number, number];
if (![runs, seed, labs].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error("usage: node bench/random-faults.ts --runs N --seed N [--labs N]");
  process.exit(2);
}

const wrongOf = ({ falseGreens, falseReds, troubles }: Outcome): readonly string[] => [
  ...falseGreens,
  ...falseReds,
  ...troubles,
];

let played = 0;
const outcomes = await playMishaps(
  Array.from({ length: runs }, (_, index) => mishapOf(seed + index, { withSilence: true })),
  {
    labs,
    onOutcome: (outcome) => {
      played += 1;
      const wrong = wrongOf(outcome);
      if (wrong.length > 0) {
        console.error(
          `seed ${outcome.mishap.seed}: ${JSON.stringify(outcome.mishap)}\n  ${wrong.join("\n  ")}`,
        );
        process.exitCode = 1;
      }
      if (played % 20 === 0) console.error(`${played} of ${runs} runs`);
    },
  },
);

const kinds = [...new Set(outcomes.flatMap((outcome) => outcome.kinds))].sort();
const row = (name: string, chosen: readonly Outcome[]): string => {
  const exits = [0, 1, 2].map((code) => chosen.filter(({ exitCode }) => exitCode === code).length);
  const sum = (of: (outcome: Outcome) => readonly unknown[]): number =>
    chosen.reduce((total, outcome) => total + of(outcome).length, 0);
  return `| ${name} | ${chosen.length} | ${exits.join(" | ")} | ${sum((one) => one.falseGreens)} | ${sum((one) => one.falseReds)} |`;
};
console.log(
  "| a fault among those of the run | runs | exit 0 | exit 1 | exit 2 | false greens | false reds |",
);
console.log("|---|---|---|---|---|---|---|");
for (const kind of kinds) {
  console.log(
    row(
      kind,
      outcomes.filter((outcome) => outcome.kinds.includes(kind)),
    ),
  );
}
console.log(row("all", outcomes));
const reasons = new Map<string, number>();
for (const reason of outcomes.flatMap(({ undecided }) => undecided)) {
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
console.error("\nundecided because:");
for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1])) console.error(`${count} x ${reason}`);
