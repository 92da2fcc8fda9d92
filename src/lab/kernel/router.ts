import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { UserError } from "../../source/errors.ts";
import type { Host } from "./check-host.ts";
import type { Entrance } from "./namespaces.ts";
import { ROUTER_SCRIPT } from "./router-script.ts";

/** The router's namespaces, held by its first process. */
export interface Router {
  readonly entrance: Entrance;
  readonly ipv6: boolean;
  /** With the reason where it was not asked to end. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** Makes the namespaces that hold everything else. Without a user namespace where the host has none. */
export async function startRouter(host: Host): Promise<Router> {
  const { busybox } = host;
  const user = host.rootless ? ["-U", "-r"] : [];
  const script = ["sh", "-c", ROUTER_SCRIPT, "netverdict-lab", busybox, host.folder];
  const child = spawn(busybox, ["unshare", ...user, "-n", "-m", "-p", "-f", busybox, ...script], {
    detached: true,
    stdio: "pipe",
  });
  child.stdin.on("error", () => undefined);
  let closing = false;
  let failure: Error | undefined;
  const complaints = text(child.stderr);
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      failure = error;
      resolve();
    });
    child.once("exit", () => resolve());
  });
  const ended = gone.then(async () => {
    if (closing) return undefined;
    // Only its outer half has ended, if that was killed: let go of the inner one.
    child.stdin.end();
    const said = failure?.message ?? (await complaints).trim();
    return new Error(`the lab's router ended by itself${said === "" ? "" : `: ${said}`}`);
  });
  const ready = await Promise.race([
    gone.then(() => undefined),
    (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        const match = /^ready (\d+) (6?)$/.exec(line);
        if (match !== null) return { pid: Number(match[1]), ipv6: match[2] === "6" };
      }
      return undefined;
    })(),
  ]);
  if (ready === undefined) {
    await gone;
    const said = failure?.message ?? (await complaints).trim();
    throw new UserError(`the lab's network could not be made: ${said}`);
  }
  return {
    entrance: { busybox, routerPid: ready.pid, rootless: host.rootless },
    ipv6: ready.ipv6,
    ended,
    close: async () => {
      closing = true;
      child.stdin.end();
      await gone;
    },
  };
}
