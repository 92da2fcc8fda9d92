import { Interrupted } from "./failure.ts";

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the run can remove what it made. A second signal leaves at
 * once and says what stays.
 */
export function watchSignals(options: {
  readonly write: (text: string) => void;
  /** What would stay behind, in one line; undefined: nothing. */
  readonly whatStays: () => string | undefined;
  readonly exit: (code: number) => void;
}): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    const interrupted = new Interrupted(name === "SIGTERM" ? "SIGTERM" : "SIGINT");
    if (!controller.signal.aborted) {
      options.write(`netverdict: ${name}: stopping and cleaning up (once more to leave at once)\n`);
      controller.abort(interrupted);
      return;
    }
    const stays = options.whatStays();
    options.write(
      stays === undefined ? "netverdict: left at once\n" : `netverdict: left at once; ${stays}\n`,
    );
    options.exit(interrupted.exitCode);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
