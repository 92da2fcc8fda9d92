import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "../src/model/report.ts";
import { type Grid, grid } from "./grid.ts";

/**
 * Measures whole runs on the cluster that KUBECONFIG names; the figures are for an engine that drops:
 * `npm run testbed -- up --engine kube-network-policies`. Usage: npm run bench [-- ROUNDS]
 */
const rounds = Number(process.argv[2] ?? 3);
const kubectl = process.env.KUBECTL?.split(" ") ?? ["testbed/cluster", "kubectl"];
const folder = mkdtempSync(join(tmpdir(), "netverdict-bench-"));

interface Measured {
  readonly wallMs: number;
  readonly peakMb: number;
  readonly report: RunReport;
}

function run(scenario: string): Promise<Measured> {
  const began = performance.now();
  const child = spawn(process.execPath, ["dist/netverdict.cjs", "run", scenario, "-q", "-o", "json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  let peakMb = 0;
  const sample = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peakMb = Math.max(peakMb, Number(high ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  }, 50);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(sample);
      const wallMs = performance.now() - began;
      if (stdout === "") reject(new Error(`exit code ${code} without a report`));
      else resolve({ wallMs, peakMb, report: JSON.parse(stdout) as RunReport });
    });
  });
}

async function measure(name: string, subject: Grid): Promise<void> {
  const manifests = join(folder, "manifests.yaml");
  const scenario = join(folder, "scenario.yaml");
  writeFileSync(manifests, subject.manifests);
  writeFileSync(scenario, subject.scenario);
  const [command = "", ...first] = kubectl;
  execFileSync(command, [...first, "apply", "-f", manifests], { stdio: "ignore" });
  try {
    for (let round = 1; round <= rounds; round++) {
      const { wallMs, peakMb, report } = await run(scenario);
      const phase = (wanted: string): number =>
        report.phases.find(({ name }) => name === wanted)?.durationMs ?? 0;
      const { summary, requests } = report;
      console.log(
        [
          `${name} #${round}: ${subject.flows} flows (${subject.denied} denied) from ${report.standIns.length} pods`,
          `stand-ins ${phase("stand-ins")} ms`,
          `probing ${phase("probing")} ms`,
          `clean-up ${phase("clean-up")} ms`,
          `whole ${Math.round(wallMs)} ms`,
          `peak ${Math.round(peakMb)} MB`,
          `${requests?.api} API requests, ${requests?.exec} execs`,
          `${summary.passed} passed, ${summary.failed} failed, ${summary.inconclusive} inconclusive`,
        ].join("; "),
      );
    }
  } finally {
    execFileSync(command, [...first, "delete", "-f", manifests, "--wait=true"], { stdio: "ignore" });
  }
}

try {
  await measure("9x9", grid(3, 3));
  await measure("1000", grid(11, 2, 1000));
} finally {
  rmSync(folder, { recursive: true });
}
