/** The edge of the program: what commands get from outside, so that tests can give them something else. */
export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Writes all of a text; resolves when it is handed over, also on a pipe. A reader that has gone is no error. */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined || isGone(error)) resolve();
      else reject(error);
    });
  });
}

function isGone(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}

/** NO_COLOR (not empty) switches colour off, FORCE_COLOR on; else a terminal has it. */
export function hasColor(
  stream: { readonly isTTY?: boolean },
  env: Io["env"],
  choice: "auto" | "always" | "never",
): boolean {
  if (choice !== "auto") return choice === "always";
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Columns of a terminal; 100 where there is none, since a log has no edge. */
export function widthOf(stream: { readonly columns?: number }, env: Io["env"]): number {
  const asked = Number(env.COLUMNS);
  return stream.columns ?? (Number.isInteger(asked) && asked > 0 ? asked : 100);
}
