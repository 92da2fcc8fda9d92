import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grid } from "./grid.ts";
import { describeRun, measuredRun } from "./measured-run.ts";

/**
 * Measures what many flows cost, on the lab, which drops what policies deny: 1,000, 2,500 and 5,000 flows from 102
 * pods. The memory is that of the run alone; the lab is another process.
 * Usage: npm run build && node bench/many-flows.ts [FLOWS…]
 */
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 2500, 5000];
const PODS_PER_NAMESPACE = 34;
const folder = mkdtempSync(join(tmpdir(), "netverdict-bench-"));

/** A lab of our own beside any that the user has. */
async function startLab(
  manifests: string,
): Promise<{ readonly lab: ChildProcess; readonly kubeconfig: string }> {
  const args = ["dist/netverdict.cjs", "lab", "up", "--foreground", "--enforcement", "drop"];
  const lab = spawn(process.execPath, [...args, "--manifests", manifests], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await Promise.race([once(lab.stdout, "data"), once(lab, "exit")]);
  if (!Buffer.isBuffer(line)) throw new Error("the lab did not start");
  return { lab, kubeconfig: line.toString("utf8").trim() };
}

try {
  const manifests = join(folder, "manifests.yaml");
  writeFileSync(manifests, grid(PODS_PER_NAMESPACE, 2).manifests);
  const { lab, kubeconfig } = await startLab(manifests);
  try {
    for (const size of sizes) {
      const { scenario, denied } = grid(PODS_PER_NAMESPACE, 2, size);
      const file = join(folder, `${size}.yaml`);
      writeFileSync(file, scenario);
      console.log(describeRun(await measuredRun([file], { KUBECONFIG: kubeconfig }), denied));
    }
  } finally {
    const ended = once(lab, "exit");
    lab.kill("SIGTERM");
    await ended;
  }
} finally {
  rmSync(folder, { recursive: true });
}
