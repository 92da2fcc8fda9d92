import { ContainerLog } from "../api/container-log.ts";
import type { LabProcess } from "../model.ts";
import { type Clock, timestamp } from "./clock.ts";
import type { ContainerState } from "./pod.ts";
import type { ContainerView } from "./pod-status.ts";
import type { ReadinessCheck } from "./readiness-probe.ts";

export type RestartPolicy = "Always" | "OnFailure" | "Never";

export interface RunnerOptions {
  readonly clock: Clock;
  readonly restartPolicy: RestartPolicy;
  readonly start: () => LabProcess;
  /** Undefined: ready while it runs. */
  readonly readiness: ReadinessCheck | undefined;
  readonly ask: (check: ReadinessCheck) => Promise<boolean>;
  readonly onChange: () => void;
  /** What of its command a failed start is about; undefined: exit codes are its own affair. */
  readonly missing: string | undefined;
}

/** As a kubelet: at once, then after 10 s, doubling up to 5 min; forgotten after ten quiet minutes. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;
/** A first answer is waited for in short steps, so that a lab is up as soon as its servers are. */
const FIRST_CHECKS_MS = [10, 20, 40, 80, 160, 320];
/** What could not be started ends within this, with 126 or 127 (POSIX sh). */
const START_MS = 2_000;

const WAITING: ContainerState = { waiting: { reason: "ContainerCreating" } };

/** One container: its process, started again as the policy asks, its readiness, its output. */
export class ContainerRunner implements ContainerView {
  readonly #options: RunnerOptions;
  #process: LabProcess | undefined;
  #state: ContainerState = WAITING;
  #lastState: ContainerState = {};
  #restartCount = 0;
  #isReady = false;
  #isStopping = false;
  #log: ContainerLog;
  #startedAtMs = 0;
  #cancelRestart: (() => void) | undefined;
  #cancelCheck: (() => void) | undefined;
  #checks = { successes: 0, failures: 0, tries: 0 };

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#log = newLog(options.clock);
  }

  get state(): ContainerState {
    return this.#state;
  }

  get lastState(): ContainerState {
    return this.#lastState;
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  get ready(): boolean {
    return this.#isReady;
  }

  get restarts(): boolean {
    return this.#cancelRestart !== undefined;
  }

  /** Of the run that goes on, or was the last. */
  get log(): ContainerLog {
    return this.#log;
  }

  start(): void {
    const { clock, start, readiness, onChange } = this.#options;
    const process = start();
    this.#process = process;
    this.#startedAtMs = clock.now();
    const log = this.#log;
    let open = 2;
    for (const stream of [process.stdout, process.stderr]) {
      stream.on("data", (chunk: Buffer | string) => log.append(chunk));
      stream.on("close", () => {
        open -= 1;
        if (open === 0) log.end();
      });
    }
    process.stdin.on("error", () => undefined);
    process.stdin.end(); // containers have no terminal and an empty input
    this.#state = { running: { startedAt: timestamp(this.#startedAtMs) } };
    this.#isReady = readiness === undefined;
    this.#checks = { successes: 0, failures: 0, tries: 0 };
    if (readiness !== undefined) this.#check(readiness);
    void process.exit.then((code) => this.#onExit(process, code));
    onChange();
  }

  /** Nothing is started any more; the process is asked to end. */
  stop(signal: "SIGTERM" | "SIGKILL"): void {
    this.#isStopping = true;
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    this.#endChecks();
    this.#process?.kill(signal);
  }

  /** Resolves when no process of it runs. */
  async ended(): Promise<void> {
    await this.#process?.exit;
  }

  #onExit(process: LabProcess, exitCode: number): void {
    if (this.#process !== process) return;
    const { clock, onChange, missing } = this.#options;
    this.#process = undefined;
    this.#endChecks();
    this.#isReady = false;
    const ranMs = clock.now() - this.#startedAtMs;
    const couldNotStart = (exitCode === 126 || exitCode === 127) && ranMs < START_MS ? missing : undefined;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? "Completed" : couldNotStart === undefined ? "Error" : "StartError",
      ...(couldNotStart === undefined ? {} : { message: couldNotStart }),
      startedAt: timestamp(this.#startedAtMs),
      finishedAt: timestamp(clock.now()),
    };
    this.#state = { terminated };
    if (!this.#isStopping && this.#wantsRestart(exitCode)) this.#scheduleRestart(couldNotStart);
    onChange();
  }

  #wantsRestart(exitCode: number): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
  }

  #scheduleRestart(couldNotStart: string | undefined): void {
    const { clock, onChange } = this.#options;
    const count = this.#restartCount;
    const ms = count === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (count - 1), LONGEST_BACKOFF_MS);
    this.#lastState = this.#state;
    if (couldNotStart !== undefined) {
      this.#state = { waiting: { reason: "RunContainerError", message: couldNotStart } };
    } else if (ms > 0) {
      const message = `back-off ${ms / 1000}s restarting failed container`;
      this.#state = { waiting: { reason: "CrashLoopBackOff", message } };
    }
    this.#cancelRestart = clock.after(ms, () => {
      this.#cancelRestart = undefined;
      this.#restartCount += 1;
      this.#log = newLog(clock);
      this.start();
      onChange();
    });
  }

  #check(readiness: ReadinessCheck): void {
    const subject = this.#process;
    void this.#options.ask(readiness).then((isGood) => {
      if (this.#process === subject && !this.#isStopping) this.#onAnswer(readiness, isGood);
    });
  }

  #onAnswer(readiness: ReadinessCheck, isGood: boolean): void {
    const { clock, onChange } = this.#options;
    const { successes, failures, tries } = this.#checks;
    this.#checks = isGood
      ? { successes: successes + 1, failures: 0, tries: tries + 1 }
      : { successes: 0, failures: failures + 1, tries: tries + 1 };
    const wasReady = this.#isReady;
    if (this.#checks.successes >= readiness.successThreshold) this.#isReady = true;
    if (this.#checks.failures >= readiness.failureThreshold) this.#isReady = false;
    if (wasReady !== this.#isReady) onChange();
    const soon = this.#isReady ? undefined : FIRST_CHECKS_MS[tries];
    const ms = Math.min(soon ?? readiness.periodMs, readiness.periodMs);
    this.#cancelCheck = clock.after(ms, () => this.#check(readiness));
  }

  #endChecks(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }
}

function newLog(clock: Clock): ContainerLog {
  return new ContainerLog(() => new Date(clock.now()));
}
