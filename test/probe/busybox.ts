import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { ExecOptions, ExecPort, ExecResult } from "../../src/model/exec.ts";

/** The static musl build of the npm package: what a stand-in's image has, without an image. */
const BUSYBOX = join(
  dirname(createRequire(import.meta.url).resolve("busybox-static/package.json")),
  "bin",
  "busybox",
);

/** A folder of links to busybox, as a PATH; without the tools in `without`. */
export function busyboxPath(without: readonly string[] = []): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "netverdict-busybox-"));
  for (const applet of execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    if (applet !== "busybox" && !without.includes(applet)) symlinkSync(BUSYBOX, join(path, applet));
  }
  symlinkSync(BUSYBOX, join(path, "busybox"));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

export interface LocalExecOptions {
  /** Beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input arrives in pieces of so many bytes, a millisecond apart. */
  readonly pieceBytes?: number;
}

/**
 * Runs commands on this machine as exec runs them in a pod: standard input is written and stays open, nothing else is
 * in the environment, the command leads its own process group.
 */
export class LocalExec implements ExecPort {
  readonly #path: string;
  readonly #options: LocalExecOptions;
  /** The process groups of all commands so far. */
  readonly groups: number[] = [];

  constructor(path: string, options: LocalExecOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  exec(_pod: unknown, command: readonly string[], options: ExecOptions): Promise<ExecResult> {
    return new Promise((resolve) => {
      const [file = "", ...args] = command;
      const env = { PATH: this.#path, ...this.#options.env };
      const child = spawn(join(this.#path, file), args, { env, detached: true });
      if (child.pid !== undefined) this.groups.push(child.pid);
      const output = { stdout: "", stderr: "" };
      child.stdout.setEncoding("latin1").on("data", (text: string) => {
        output.stdout += text;
      });
      child.stderr.setEncoding("latin1").on("data", (text: string) => {
        output.stderr += text;
      });
      let late = false;
      const abort = () => killGroup(child);
      const timer = setTimeout(() => {
        late = true;
        killGroup(child);
      }, options.deadlineMs);
      options.signal?.addEventListener("abort", abort, { once: true });
      child.stdin.on("error", () => undefined); // the script ends before it has read everything
      void writeInPieces(child.stdin, options.stdin ?? "", this.#options.pieceBytes);
      child.on("close", (code) => {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", abort);
        child.stdin.destroy();
        if (options.signal?.aborted) {
          resolve({ kind: "failed", reason: "aborted", message: "aborted", retryable: false, ...output });
        } else if (late) {
          resolve({ kind: "failed", reason: "timeout", message: "too late", retryable: true, ...output });
        } else {
          resolve({ kind: "completed", exitCode: code ?? 137, overflow: false, ...output });
        }
      });
    });
  }
}

async function writeInPieces(
  stdin: Writable,
  text: string,
  pieceBytes = Number.POSITIVE_INFINITY,
): Promise<void> {
  const bytes = Buffer.from(text, "utf8");
  for (let from = 0; from < bytes.length && stdin.writable; from += pieceBytes) {
    stdin.write(bytes.subarray(from, from + pieceBytes));
    await setTimeoutPromise(1);
  }
}

/** The processes of a group that still run; those that ended and nobody has collected do not count. */
export function running(group: number): readonly number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const [state, pgrp] = stat(name);
    return pgrp === String(group) && state !== "Z" ? [Number(name)] : [];
  });
}

/** State and process group; nothing for a process that has just gone. */
function stat(pid: string): readonly string[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return [fields[0] ?? "", fields[2] ?? ""];
  } catch {
    return [];
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // it has just ended
  }
}
