import { spawn } from "node:child_process";
import { join } from "node:path";

export const BUNDLE = join(process.cwd(), "dist/netverdict.cjs");

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the bundle in a process of its own, without colour and without a cluster unless `env` names one. */
export function netverdict(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    readonly script?: string;
  } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [options.script ?? BUNDLE, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", NO_COLOR: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
