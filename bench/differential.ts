/**
 * The evaluator against packets, for longer than the test suite does:
 *
 *   node bench/differential.ts --clusters 2000 --seed 1 [--enforcement reset|drop|reject] [--keep-going]
 *
 * Prints what it compared, and a disagreement in full with its seed (repeat it from one seed before: the rules come about
 * by changes to those of the last cluster); exit code 1 where there is one.
 */
import { parseArgs } from "node:util";
import { startArena } from "../test/lab/differential/arena.ts";
import { Comparer } from "../test/lab/differential/compare-cluster.ts";

const { values } = parseArgs({
  options: {
    clusters: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    enforcement: { type: "string", default: "reset" },
    "keep-going": { type: "boolean", default: false },
  },
});
const clusters = Number(values.clusters);
const first = Number(values.seed);
const { enforcement } = values;
if (
  !Number.isSafeInteger(clusters) ||
  !Number.isSafeInteger(first) ||
  (enforcement !== "reset" && enforcement !== "drop" && enforcement !== "reject")
) {
  console.error(
    "usage: node bench/differential.ts --clusters N --seed N [--enforcement reset|drop|reject] [--keep-going]",
  );
  process.exit(2);
}

const arena = await startArena();
const comparer = new Comparer(arena, { enforcement });
const tally = { allow: 0, deny: 0, either: 0, undetermined: 0 };
const started = performance.now();
let disagreements = 0;
let compared = 0;
for (let seed = first; seed < first + clusters; seed += 1) {
  const found = await comparer.compare(seed);
  for (const answer of ["allow", "deny", "either", "undetermined"] as const) {
    tally[answer] += found.tally[answer];
  }
  compared += 1;
  disagreements += found.disagreements.length;
  if (found.disagreements[0] !== undefined) {
    console.log(`${found.disagreements[0]}\n${found.disagreements.length} disagreements in this cluster`);
    process.exitCode = 1;
    if (!values["keep-going"]) {
      break;
    }
  }
  if (compared % 100 === 0) {
    console.error(`${compared} clusters, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}
await arena.close();
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `${compared} clusters from seed ${first}, ${enforcement}: ${JSON.stringify(tally)}, ${disagreements} disagreements, ${seconds} s`,
);
