import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Grid, grid } from "./grid.ts";
import { describeRun, measuredRun } from "./measured-run.ts";

/**
 * Measures whole runs on the cluster that KUBECONFIG names; the figures are for an engine that drops:
 * `npm run testbed -- up --engine kube-network-policies`. Usage: npm run bench [-- ROUNDS]
 */
const rounds = Number(process.argv[2] ?? 3);
const kubectl = process.env.KUBECTL?.split(" ") ?? ["testbed/cluster", "kubectl"];
const folder = mkdtempSync(join(tmpdir(), "netverdict-bench-"));

async function measure(name: string, subject: Grid, ...variants: readonly string[][]): Promise<void> {
  const manifests = join(folder, "manifests.yaml");
  const scenario = join(folder, "scenario.yaml");
  writeFileSync(manifests, subject.manifests);
  writeFileSync(scenario, subject.scenario);
  const [command = "", ...first] = kubectl;
  execFileSync(command, [...first, "apply", "-f", manifests], { stdio: "ignore" });
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const args of variants) {
        const words = [name, ...args].join(" ");
        const measured = await measuredRun([scenario, ...args]);
        console.log(`${words} #${round}: ${describeRun(measured, subject.denied)}`);
      }
    }
  } finally {
    execFileSync(command, [...first, "delete", "-f", manifests, "--wait=true"], { stdio: "ignore" });
  }
}

try {
  await measure("9x9", grid(3, 3), []);
  // What the canary and its proofs cost where half is denied: a time-out more at most.
  await measure("81, half denied", grid(4, 2, 81), ["--canary", "off"], []);
  await measure("1000", grid(11, 2, 1000), []);
} finally {
  rmSync(folder, { recursive: true });
}
