/**
 * Runs on the cluster that KUBECONFIG names, killed at random moments and cleaned up after:
 *
 *   npm run build && node bench/sigkill.ts --kills 30 --seed 1
 *
 * Prints one line a kill; exit code 1 where anything of ours stays, or anything of production is not as it was.
 */
import { parseArgs } from "node:util";
import { apply, kubectl } from "../test/e2e/cluster.ts";
import { killRun, runLength } from "../test/e2e/kill-run.ts";
import { Random } from "../test/lab/differential/random.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "30" }, seed: { type: "string", default: "1" } },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (![kills, seed].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error("usage: node bench/sigkill.ts --kills N --seed N");
  process.exit(2);
}

const SCENARIO = "scenarios/default-deny/scenario.yaml";
const random = new Random(seed);
let left = 0;
let wrong = 0;
let ended = 0;
apply("scenarios/default-deny/manifests", "locked");
try {
  const lengthMs = await runLength(SCENARIO);
  for (let count = 1; count <= kills; count++) {
    const afterMs = random.between(0, lengthMs);
    const killed = await killRun(SCENARIO, ["locked"], { signal: "SIGKILL", afterMs });
    if (!killed.isKilled) ended += 1;
    left += killed.left;
    if (killed.stays.length + killed.touched.length > 0) wrong += 1;
    const stays = [...killed.stays, ...killed.touched.map((line) => `touched: ${line}`)].join(", ");
    console.log(
      `${count}: ${killed.isKilled ? "killed" : "had ended"} after ${afterMs} ms, ${killed.left} objects left; after clean ${stays || "nothing"}`,
    );
  }
} finally {
  kubectl("delete", "namespace", "--wait=false", "locked");
}
console.log(
  `${kills - ended} kills from seed ${seed} (${ended} runs had ended): ${left} objects left in all, ${wrong} times not all clean after`,
);
process.exitCode = wrong === 0 ? 0 : 1;
