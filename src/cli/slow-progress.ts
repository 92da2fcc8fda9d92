import type { Io } from "./io.ts";
import { createProgress, type Progress } from "./progress.ts";

/** A step of work that may hold up the clock: then it can be shown only before it begins. */
export interface SlowProgress {
  /** `slow`: it is known to take long, so it is shown at once. */
  step(name: string, options?: { readonly slow?: boolean }): void;
  close(): void;
}

const SILENT: SlowProgress = { step() {}, close() {} };

/** So long everything together may take in silence. */
const SILENT_MS = 1000;

/** For what takes long only with large inputs: says the steps from a second on, on a terminal or where `verbose`. */
export function createSlowProgress(
  io: Pick<Io, "stderr" | "env">,
  { quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean },
): SlowProgress {
  const { stderr, env } = io;
  const isTty = stderr.isTTY === true;
  if (quiet || (!isTty && !verbose)) return SILENT;
  const now = (): number => performance.now();
  const began = now();
  const progress: Progress = createProgress({
    stream: stderr,
    isTty,
    ci: env.CI !== undefined && env.CI !== "",
    now,
    width: stderr.columns ?? 80,
  });
  let current: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    step(name, { slow = false } = {}) {
      if (current !== undefined && verbose && !isTty) progress.done(current);
      clearTimeout(timer);
      current = name;
      const waitMs = began + SILENT_MS - now();
      if (slow || verbose || waitMs <= 0) progress.step(name);
      else timer = setTimeout(() => progress.step(name), waitMs).unref();
    },
    close() {
      clearTimeout(timer);
      if (current !== undefined && verbose && !isTty) progress.done(current);
      current = undefined;
      progress.close();
    },
  };
}
