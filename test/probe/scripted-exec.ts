import type { ExecCompleted, ExecFailed, ExecOptions, ExecPort, ExecResult } from "../../src/model/exec.ts";
import type { PodName } from "../../src/model/observation.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** One exec as the fake sees it. */
export interface Call {
  readonly pod: string;
  readonly nonce: string;
  readonly deadlineSeconds: number;
  readonly options: ExecOptions;
  /** The hosts that it asks for, in order; their place is their index. */
  readonly hosts: readonly string[];
  readonly atMs: number;
  /** How many execs of this pod came before. */
  readonly before: number;
}

/** What the fake does with one exec. */
export interface Reply {
  /** Text by host: "open", "refused", "dropped", or undefined for no line. */
  readonly saw: (host: string) => string | undefined;
  readonly takesMs?: number;
  /** Lines as they are, before the end line. */
  readonly extra?: readonly string[];
  readonly nonce?: string;
  readonly withoutEnd?: boolean;
  readonly completed?: Partial<ExecCompleted>;
  readonly failed?: Partial<ExecFailed>;
}

const TEXTS: Readonly<Record<string, string>> = {
  open: "connect 0 0 10 10.0.0.1 (10.0.0.1:80) open\t",
  refused: "connect 1 0 10 nc: 10.0.0.1 (10.0.0.1:80): Connection refused\t",
  dropped: "connect 1 0 2000 nc: 10.0.0.1 (10.0.0.1:80): Operation timed out\t",
};

/** An exec port that answers as it is told, in virtual time. */
export class ScriptedExec implements ExecPort {
  readonly calls: Call[] = [];
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #clock: VirtualClock;
  readonly #reply: (call: Call) => Reply;
  readonly #startMs: number;

  constructor(clock: VirtualClock, reply: (call: Call) => Reply) {
    this.#clock = clock;
    this.#reply = reply;
    this.#startMs = clock.now();
  }

  async exec(pod: PodName, command: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const [, , , , nonce = "", , deadline = ""] = command;
    const lines = (options.stdin ?? "").split("\n#\n")[1]?.split("\n") ?? [];
    const call: Call = {
      pod: pod.name,
      nonce,
      deadlineSeconds: Number(deadline),
      options,
      hosts: lines.filter((line) => /^\d/.test(line)).map((line) => line.split(" ")[3] ?? ""),
      atMs: this.#clock.now() - this.#startMs,
      before: this.calls.filter((other) => other.pod === pod.name).length,
    };
    this.calls.push(call);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const reply = this.#reply(call);
    await this.#clock.sleep(reply.takesMs ?? 50, options.signal);
    this.#atOnce -= 1;
    const output = { stdout: stdoutOf(call, reply), stderr: "" };
    if (options.signal?.aborted) {
      return { kind: "failed", reason: "aborted", message: "aborted", retryable: false, ...output };
    }
    if (reply.failed !== undefined) {
      const failed = {
        reason: "connection-lost",
        message: "the connection was lost",
        retryable: true,
      } as const;
      return { kind: "failed", ...failed, ...output, ...reply.failed };
    }
    return { kind: "completed", exitCode: 0, overflow: false, ...output, ...reply.completed };
  }
}

function stdoutOf(call: Call, reply: Reply): string {
  const nonce = reply.nonce ?? call.nonce;
  const lines = call.hosts.flatMap((host, index) => {
    const saw = reply.saw(host);
    return saw === undefined ? [] : [`${nonce} ${index} ${TEXTS[saw] ?? saw}`];
  });
  const end =
    reply.withoutEnd === true ? [] : [`${nonce} end ${call.hosts.length} ${(reply.takesMs ?? 50) - 40}`];
  return [...lines, ...(reply.extra ?? []), ...end, ""].join("\n");
}
