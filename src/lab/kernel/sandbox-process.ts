import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { LabProcess, StartOptions } from "../model.ts";
import { exitCode } from "./run-tool.ts";

const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };

/**
 * Starts a command behind `enter`, the program and arguments that lead into a sandbox. It is the leader of a session
 * of its own, as in a container. Its standard streams are socket pairs, since Node makes no others: opening
 * /dev/stdout anew does not work, writing to it does.
 */
export function startProcess(
  enter: readonly string[],
  command: readonly string[],
  options: StartOptions = {},
): LabProcess {
  const [file = "", ...args] = enter;
  const directory = options.workingDirectory;
  const enterDirectory =
    directory === undefined ? [] : ["/bin/sh", "-c", 'cd -- "$0" || exit 126; exec "$@"', directory];
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(file, [...args, "/bin/setsid", ...enterDirectory, ...command], {
      detached: true,
      stdio: "pipe",
      env: { ...ENVIRONMENT, ...options.env },
    });
  } catch (error) {
    return failedProcess(`cannot be started: ${error instanceof Error ? error.message : String(error)}`);
  }
  // Not even streams, where the descriptors have run out.
  if (child.stdin === undefined || child.stdout === undefined || child.stderr === undefined) {
    child.once("error", () => undefined);
    return failedProcess("cannot be started: out of file descriptors");
  }
  // A process that ends before its input does, or is killed amid its output, is no failure of ours.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  const exit = new Promise<number>((resolve) => {
    child.once("error", () => resolve(126));
    child.once("exit", (status, signal) => resolve(exitCode(status, signal)));
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit,
    kill: (signal = "SIGTERM") => void killInside(child, signal, 100),
  };
}

/** A process that never was: exit code 126, the reason on its standard error. */
export function failedProcess(reason: string): LabProcess {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.resume();
  stdout.end();
  stderr.end(`${reason}\n`);
  return { stdin, stdout, stderr, exit: Promise.resolve(126), kill: () => undefined };
}

/**
 * What Node has started waits outside of the sandbox for the command, its only child, and would leave it running if
 * it were killed itself. Shortly after the start there is no child yet.
 */
function killInside(
  child: ChildProcessWithoutNullStreams,
  signal: "SIGTERM" | "SIGKILL",
  attempts: number,
): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const inside = childOf(child.pid);
  if (inside === undefined) {
    if (attempts > 0) setTimeout(() => killInside(child, signal, attempts - 1), 5);
    return;
  }
  // Killed is all of its process group, as a container would be; to be asked is its leader.
  if (signal === "SIGKILL" && sendSignal(-inside, signal)) return;
  sendSignal(inside, signal);
}

/** False where there is none such: it has just ended, or does not lead a group yet. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function childOf(parent: number): number | undefined {
  let children: string;
  try {
    children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  } catch {
    return scanForChild(parent);
  }
  const first = Number(children.split(" ")[0]);
  return first > 0 ? first : undefined;
}

/** Where the kernel has no list of children (CONFIG_PROC_CHILDREN). */
function scanForChild(parent: number): number | undefined {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      // The name, in brackets, may have spaces and brackets in it; the state and the parent follow it.
      const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(ppid) === parent) return Number(entry);
    } catch {
      // Ended meanwhile.
    }
  }
  return undefined;
}
