import { setFlagsFromString } from "node:v8";
import { describeFailure } from "./failure.ts";
import { main } from "./main.ts";

// Both compilers work in threads of their own, and such a thread may wait for a garbage collection that a program which
// is ending no longer makes, so that it never ends: on a loaded machine a run in hundreds (nodejs/node#54918, #64274).
for (const flag of ["--no-maglev", "--no-concurrent-sparkplug"]) setFlagsFromString(flag);

// A reader that closes our output early (`| head`) ends the report, not the run. Other troubles of a stream are told to
// whoever waits for a write, and nobody waits for progress.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// Node's own exit code for a bug is 1, which says that a flow failed.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${describeFailure(error, [], { color: false, verbose: true })}\n`);
  process.exit(2);
});

const { stdout, stderr, stdin, env } = process;
// All output is written by then. A credential plugin that hangs, or a socket that is kept alive, must not keep us.
main(process.argv, { stdout, stderr, stdin, env }).then((exitCode) => process.exit(exitCode));
