import type { ExecPort } from "../model/exec.ts";
import {
  type Attempt,
  classOf,
  type Observation,
  type PodName,
  type Probe,
  type ProbeHistory,
} from "../model/observation.ts";
import { type BatchAnswer, type BatchProbe, execBatch } from "./exec-batch.ts";
import type { Leave } from "./node-room.ts";
import { encodeProbe } from "./probe-lines.ts";

/** Time as the runner sees it; tests bring their own. */
export interface ProbeClock {
  /** Milliseconds since whenever; never goes back. */
  now(): number;
  /** Ends after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** How far the probing is. Probes that cannot be expressed do not count. */
export interface ProbeProgress {
  readonly total: number;
  /** Probes that were tried at least once. */
  readonly tried: number;
  /** Probes that will not be tried again. */
  readonly settled: number;
  readonly elapsedMs: number;
}

export interface RunProbesOptions {
  readonly exec: ExecPort;
  /** Whether a probe should be asked again while there is time: its last answer is not what was predicted, or differs. */
  readonly again: (history: ProbeHistory) => boolean | Promise<boolean>;
  /**
   * No round begins later than this after the start of probing, but for probes whose answer has just changed (what was
   * seen once only, at the very end, is no answer), and one for those that an exec kept from being asked for long before.
   * A function is asked before each round.
   */
  readonly settleMs: number | (() => number);
  /** Probes in one exec; default 100. */
  readonly perExec?: number;
  /** Probes that run at the same time inside a pod; default 32. */
  readonly parallelInPod?: number;
  /** Waits until there is room for so many more probes where the pod runs; default: there is always. */
  readonly enter?: (pod: PodName, places: number, signal?: AbortSignal) => Promise<Leave>;
  readonly clock: ProbeClock;
  /** Letters and digits, at least 8, that nobody can guess: new for every exec. */
  readonly random: () => string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProbeProgress) => void;
}

/** From the start of one round to the start of the next, at least; the last one repeats. */
const BACK_OFF_MS = [250, 500, 1000, 2000];

/** Equal answers after a change, which late rounds are for, and how many of these there are at most. */
const STEADY_ANSWERS = 3;
const MAX_LATE_ROUNDS = 5;

/** An answer that is older at the end of the settle time tells of its beginning: an exec held up its probe since. */
const HELD_UP_MS = 4000;

/** How often lines that an exec lost are asked for. Execs that failed are the port's own to retry. */
const MAX_ASKS = 3;

const INTERRUPTED: Observation = { kind: "not-run", reason: "interrupted" };

/** One probe on its way. */
interface Course extends BatchProbe {
  readonly attempts: Attempt[];
}

/**
 * Tries every probe, and those again for which `again` says so until the settle time is over. Each source pod advances
 * on its own: one exec at a time, at most `perExec` probes in it. Probes whose lines a completed exec lost are asked at
 * once again, at most twice, whatever `again` says. Histories are in the order of the probes and never empty: an abort
 * leaves `not-run` where nothing was tried. A probe that cannot be expressed is a `tool-error` without any exec.
 */
export async function runProbes(
  probes: readonly Probe[],
  options: RunProbesOptions,
): Promise<readonly ProbeHistory[]> {
  const pods = new Map<string, Course[]>();
  const histories = probes.map((probe): ProbeHistory => {
    const attempts: Attempt[] = [];
    const encoded = encodeProbe(probe);
    if (encoded.kind === "line") {
      const key = `${probe.source.namespace}/${probe.source.name}`;
      const courses = pods.get(key) ?? [];
      courses.push({ probe, line: encoded.line, attempts });
      pods.set(key, courses);
    } else {
      attempts.push({ round: 1, atMs: 0, observation: { kind: "tool-error", reason: encoded.reason } });
    }
    return { probe, attempts };
  });
  const askable = [...pods.values()].reduce((sum, courses) => sum + courses.length, 0);
  const run = new Run(options, askable);
  await Promise.all([...pods.values()].map((courses) => run.probePod(courses)));
  return histories.map(({ probe, attempts }) => ({
    probe,
    attempts:
      attempts.length > 0 ? attempts : [{ round: 1, atMs: run.elapsedMs(), observation: INTERRUPTED }],
  }));
}

function never(index: number): never {
  throw new Error(`no answer at place ${index} of the batch`);
}

/** When the last answer was given. */
function lastAtMs(attempts: readonly Attempt[]): number {
  const last = attempts.at(-1);
  return last === undefined ? 0 : last.atMs + (last.observation.durationMs ?? 0);
}

/** The last answer is another than one before, and was not given often enough since. */
function hasJustChanged(attempts: readonly Attempt[]): boolean {
  const answers = attempts
    .map(({ observation }) => classOf(observation.kind))
    .filter((seen) => seen !== "unknown");
  const change = answers.findLastIndex((answer) => answer !== answers.at(-1));
  return change >= 0 && answers.length - 1 - change < STEADY_ANSWERS;
}

/**
 * By how much the middle one of a batch's probes was late: until it was connected, or beyond its time-out. Where many
 * are, the node has too much to do. Undefined: none of them tells.
 */
function lateMs(courses: readonly Course[], answers: readonly BatchAnswer[]): number | undefined {
  const late = answers.flatMap(({ observation: { kind, durationMs } }, index) => {
    const timeoutMs = courses[index]?.probe.timeoutMs ?? 0;
    if (durationMs === undefined) return [];
    if (kind === "timeout") return [Math.max(0, durationMs - timeoutMs)];
    return kind === "connected" || kind === "refused" ? [durationMs] : [];
  });
  return late.sort((a, b) => a - b)[Math.floor(late.length / 2)];
}

/** What all pods share: the options, the clock's start, the counts. */
class Run {
  readonly #options: RunProbesOptions;
  readonly #startedAtMs: number;
  readonly #total: number;
  #tried = 0;
  #settled = 0;

  constructor(options: RunProbesOptions, total: number) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
    this.#total = total;
  }

  elapsedMs(): number {
    return Math.round(this.#options.clock.now() - this.#startedAtMs);
  }

  /** All rounds of one pod, whose probes these are. */
  async probePod(courses: readonly Course[]): Promise<void> {
    const { again, clock, settleMs } = this.#options;
    let open = courses;
    let late = 0;
    for (let round = 1; open.length > 0; round++) {
      const roundAtMs = clock.now();
      if ((await this.#askRound(open, round)) === "stop") break;
      const wanted = await Promise.all(open.map(({ probe, attempts }) => again({ probe, attempts })));
      const unsettled = open.filter((_course, index) => wanted[index] === true);
      this.#settle(open.length - unsettled.length);
      open = unsettled;
      if (open.length === 0) return;
      const backOffMs = BACK_OFF_MS[Math.min(round, BACK_OFF_MS.length) - 1] ?? 0;
      const pauseMs = Math.max(0, roundAtMs + backOffMs - clock.now());
      const limitMs = typeof settleMs === "function" ? settleMs() : settleMs;
      if (this.elapsedMs() + pauseMs >= limitMs) {
        late += 1;
        const unclear = open.filter(
          ({ attempts }) => hasJustChanged(attempts) || limitMs - lastAtMs(attempts) > HELD_UP_MS,
        );
        this.#settle(open.length - unclear.length);
        open = unclear;
        if (open.length === 0) return;
        if (late > MAX_LATE_ROUNDS) break;
      }
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
    this.#settle(open.length);
  }

  /** Asks every course once, in batches one after the other. */
  async #askRound(courses: readonly Course[], round: number): Promise<"stop" | "go on"> {
    const perExec = this.#options.perExec ?? 100;
    for (let from = 0; from < courses.length; from += perExec) {
      const error = await this.#askBatch(courses.slice(from, from + perExec), round);
      if (error === INTERRUPTED) return "stop";
      if (error === undefined) continue;
      for (const course of courses.slice(from + perExec))
        this.#record(course, round, this.elapsedMs(), error);
      return "stop";
    }
    return "go on";
  }

  /**
   * One exec, and at most two more for lines that were lost. Returns what would be the answer to every further exec:
   * there is no such pod, we may not, we were interrupted.
   */
  async #askBatch(courses: readonly Course[], round: number): Promise<Observation | undefined> {
    const { exec, enter, clock, random, parallelInPod = 32, signal } = this.#options;
    let missing = courses;
    for (let asks = 1; missing[0] !== undefined; asks++) {
      if (this.#interrupted()) return INTERRUPTED;
      const pod = missing[0].probe.source;
      const places = Math.min(missing.length, parallelInPod);
      const leave = enter === undefined ? undefined : await enter(pod, places, signal);
      if (this.#interrupted()) {
        leave?.();
        return INTERRUPTED;
      }
      let late: number | undefined;
      const { answers, end } = await execBatch(pod, missing, {
        exec,
        now: () => clock.now(),
        nonce: random(),
        parallelInPod,
        ...(signal === undefined ? {} : { signal }),
      })
        .then((outcome) => {
          late = lateMs(missing, outcome.answers);
          return outcome;
        })
        .finally(() => leave?.(late));
      const interrupted = end === "aborted" || this.#interrupted();
      const lost: Course[] = [];
      for (const [index, course] of missing.entries()) {
        const { observation, startedAtMs, lost: isLost } = answers[index] ?? never(index);
        if (isLost) lost.push(course);
        // What an abort cut off is neither an answer nor a fault.
        if (isLost && interrupted) continue;
        this.#record(course, round, startedAtMs - this.#startedAtMs, observation);
      }
      this.#tell();
      if (interrupted) return INTERRUPTED;
      if (end === "hopeless") return lost[0]?.attempts.at(-1)?.observation;
      if (end === "failed" || asks === MAX_ASKS) return undefined;
      missing = lost;
    }
    return undefined;
  }

  #record(course: Course, round: number, atMs: number, observation: Observation): void {
    if (course.attempts.length === 0) this.#tried += 1;
    course.attempts.push({ round, atMs: Math.round(atMs), observation });
  }

  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      // A sleep may end an abort by throwing, as node's own does.
      if (!this.#interrupted()) throw error;
    }
  }

  #interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #settle(count: number): void {
    this.#settled += count;
    this.#tell();
  }

  #tell(): void {
    this.#options.onProgress?.({
      total: this.#total,
      tried: this.#tried,
      settled: this.#settled,
      elapsedMs: this.elapsedMs(),
    });
  }
}
