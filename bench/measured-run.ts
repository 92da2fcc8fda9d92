import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { RunReport } from "../src/model/report.ts";

export interface Measured {
  readonly wallMs: number;
  /** The most that the process has held in memory, until it had written its report. */
  readonly peakMb: number;
  readonly report: RunReport;
}

/** `netverdict run` by the bundle, in a process of its own. */
export function measuredRun(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measured> {
  const began = performance.now();
  const child = spawn(process.execPath, ["dist/netverdict.cjs", "run", ...args, "-q", "-o", "json"], {
    env: { ...process.env, ...env },
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

/** One line for a person: flows, times, memory, requests and verdicts. */
export function describeRun({ wallMs, peakMb, report }: Measured, denied: number): string {
  const phase = (wanted: string): number =>
    report.phases.find(({ name }) => name === wanted)?.durationMs ?? 0;
  const { summary, requests } = report;
  return [
    `${summary.flows} flows (${denied} denied) from ${report.standIns.length} pods`,
    `stand-ins ${phase("stand-ins")} ms`,
    `probing ${phase("probing")} ms`,
    `clean-up ${phase("clean-up")} ms`,
    `whole ${Math.round(wallMs)} ms`,
    `peak ${Math.round(peakMb)} MB`,
    `${requests?.api} API requests, ${requests?.exec} execs`,
    `${summary.passed} passed, ${summary.failed} failed, ${summary.inconclusive} inconclusive`,
  ].join("; ");
}
