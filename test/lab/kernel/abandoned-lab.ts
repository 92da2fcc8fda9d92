import { startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import { eventually, spec } from "./run-in.ts";

/** A process with a lab that it never takes down: for its parent to kill. Prints `up` when all of it is there. */
const kernel = await startKernel();
await kernel.createSandboxes([spec("one", 1), spec("two", 2), spec("dns", 3)]);
kernel.serve("one", [
  { serve: "tcp", port: 80 },
  { serve: "udp", port: 53 },
]);
kernel.serveDns("dns", () => undefined);
kernel.start("two", ["sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1; done"]);
await eventually(kernel, "two", "nc -z -w 1 10.0.0.1 80 && nc -z -w 1 10.0.0.3 53");
process.stdout.write("up\n");
await kernel.ended;
