import { setTimeout as wait } from "node:timers/promises";
import { type Io, write } from "./io.ts";
import { LabFolder, startTimeOf } from "./lab-state.ts";

/** It needs some milliseconds; one that hangs is ended by force, and the kernel removes what it had. */
const PATIENCE_MS = 5_000;
const POLL_MS = 10;

export async function labDown(io: Io): Promise<void> {
  const folder = new LabFolder(io.env);
  const lab = folder.read();
  if (lab === undefined) {
    await write(io.stderr, "netverdict: no lab is up\n");
    return;
  }
  process.kill(lab.pid, "SIGTERM");
  const until = performance.now() + PATIENCE_MS;
  while (startTimeOf(lab.pid) === lab.startTime) {
    if (performance.now() > until) process.kill(lab.pid, "SIGKILL");
    await wait(POLL_MS);
  }
  folder.remove();
  await write(io.stderr, "netverdict: the lab is down\n");
}
