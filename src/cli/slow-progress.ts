import type { Io } from "./io.ts";
import { createProgress, type Progress } from "./progress.ts";

/** A step of work that is not waited for by events: it can be shown only before it begins. */
export interface SlowProgress {
  step(name: string): void;
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
  return {
    step(name) {
      if (current !== undefined && verbose && !isTty) progress.done(current);
      current = name;
      if (verbose || now() - began > SILENT_MS) progress.step(name);
    },
    close() {
      if (current !== undefined && verbose && !isTty) progress.done(current);
      current = undefined;
      progress.close();
    },
  };
}
