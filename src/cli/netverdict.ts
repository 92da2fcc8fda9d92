import { main } from "./main.ts";

// A reader that closes our output early (`| head`) ends the report, not the run.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const { stdout, stderr, stdin, env } = process;
// All output is written by then. A credential plugin that hangs, or a socket that is kept alive, must not keep us.
main(process.argv, { stdout, stderr, stdin, env }).then((exitCode) => process.exit(exitCode));
