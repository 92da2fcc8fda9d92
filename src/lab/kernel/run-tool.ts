import { spawn } from "node:child_process";
import { constants } from "node:os";
import { text } from "node:stream/consumers";

export interface ToolResult {
  /** Exit code; 128 + the signal's number. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. In a session of its own: Ctrl-C is for us, not for what we run. Rejects where it cannot start. */
export async function runTool(command: readonly string[], input = ""): Promise<ToolResult> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { detached: true, stdio: "pipe" });
  const code = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status, signal) => resolve(exitCode(status, signal)));
  });
  // Whoever ends without reading its input says why on its own.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [status, stdout, stderr] = await Promise.all([code, text(child.stdout), text(child.stderr)]);
  return { code: status, stdout, stderr };
}

/** As a shell has it. */
export function exitCode(status: number | null, signal: NodeJS.Signals | null): number {
  return status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
