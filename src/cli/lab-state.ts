import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { UserError } from "../source/errors.ts";
import type { Io } from "./io.ts";

/** A lab that is up, as other commands find it. */
export interface LabState {
  readonly pid: number;
  /** Of the process, in the kernel's own count: process ids are used again. */
  readonly startTime: string;
  readonly kubeconfig: string;
  readonly startedAt: string;
}

/** Where the files of a user's lab are: the kubeconfig, its log, and who runs it. */
export class LabFolder {
  readonly path: string;

  constructor(env: Io["env"]) {
    const runtime = env.XDG_RUNTIME_DIR;
    this.path =
      runtime !== undefined && runtime !== ""
        ? join(runtime, "netverdict-lab")
        : join(tmpdir(), `netverdict-lab-${userInfo().uid}`);
  }

  get kubeconfig(): string {
    return join(this.path, "kubeconfig");
  }

  get log(): string {
    return join(this.path, "lab.log");
  }

  /** The lab that is up; undefined: there is none. Files of one that has died are removed. */
  read(): LabState | undefined {
    let state: LabState;
    try {
      this.#check();
      state = JSON.parse(readFileSync(join(this.path, "lab.json"), "utf8")) as LabState;
    } catch (error) {
      if (error instanceof UserError) throw error;
      return undefined;
    }
    if (startTimeOf(state.pid) === state.startTime) return state;
    this.remove();
    return undefined;
  }

  /** Of this process. */
  write(kubeconfig: string): void {
    this.create();
    writeFileSync(this.kubeconfig, kubeconfig, { mode: 0o600 });
    const state: LabState = {
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? "",
      kubeconfig: this.kubeconfig,
      startedAt: new Date().toISOString(),
    };
    writeFileSync(join(this.path, "lab.json"), JSON.stringify(state), { mode: 0o600 });
  }

  create(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    this.#check();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** In a folder for everybody, somebody else may have been first. */
  #check(): void {
    const { uid, mode } = statSync(this.path);
    if (uid === userInfo().uid && (mode & 0o077) === 0) return;
    throw new UserError(`${this.path} is not only yours`, {
      hint: "remove it, or set XDG_RUNTIME_DIR to a folder of your own",
    });
  }
}

/** When a process started, in ticks since boot (proc_pid_stat(5), field 22); undefined: there is none. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may have spaces and brackets in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // One that has ended stays as a zombie until its parent asks; where that is nobody's first process, for ever.
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
