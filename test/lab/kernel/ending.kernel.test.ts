import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import { left, leftInTheEnd, tracesBelow } from "./lab-traces.ts";
import { eventually, sh, spec } from "./run-in.ts";

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
});

async function abandonedLab(): Promise<{ readonly child: ChildProcess; readonly pid: number }> {
  const file = fileURLToPath(new URL("abandoned-lab.ts", import.meta.url));
  child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  if (child.stdout === null || child.pid === undefined) throw new Error("the process did not start");
  await once(child.stdout, "data");
  return { child, pid: child.pid };
}

test.each([
  "SIGKILL",
  "SIGTERM",
  "SIGHUP",
] as const)("a process that ends by %s leaves nothing of its lab", async (signal) => {
  const lab = await abandonedLab();
  const traces = tracesBelow(lab.pid);
  expect(traces.processes.length).toBeGreaterThan(8);
  // Four machines' own kinds, one user namespace.
  expect(traces.namespaces.length).toBeGreaterThanOrEqual(4 * 3 + 1);
  expect(left(traces).length).toBeGreaterThan(20); // short-lived ones come and go
  lab.child.kill(signal);
  await once(lab.child, "exit");
  expect(await leftInTheEnd(traces)).toEqual([]);
});

test("closing leaves nothing, ends what runs, and is not a failure", async () => {
  const kernel = await startKernel();
  await kernel.createSandboxes([spec("one", 1), spec("two", 2)]);
  const process = kernel.start("one", ["sleep", "1000"]);
  const servers = kernel.serve("two", [{ serve: "udp", port: 53 }]);
  const dns = kernel.serveDns("one", () => undefined);
  await eventually(kernel, "one", "nc -z 127.0.0.1 53");
  const traces = tracesBelow(globalThis.process.pid);
  expect(traces.processes.length).toBeGreaterThan(4);
  await kernel.close();
  expect(await Promise.all([process.exit, servers.exit, dns.exit])).toEqual([137, 137, 137]);
  expect(await leftInTheEnd(traces)).toEqual([]);
  expect(await kernel.ended).toBeUndefined();
  await kernel.close();
});

test("an aborted signal closes the lab", async () => {
  const controller = new AbortController();
  const kernel = await startKernel({ signal: controller.signal });
  controller.abort();
  expect(await kernel.ended).toBeUndefined();
  await expect(startKernel({ signal: controller.signal })).rejects.toThrow("aborted");
});

test("says that it has ended by itself when its router is killed, and everything else fails with a reason", async () => {
  const kernel = await startKernel();
  await kernel.createSandboxes([spec("one", 1)]);
  const process = kernel.start("one", ["sleep", "1000"]);
  const { stdout } = await sh(kernel, "one", "echo ready");
  expect(stdout).toBe("ready\n");
  const traces = tracesBelow(globalThis.process.pid);
  const router = traces.processes.map((each) => Number(each.split(" ")[0])).find(isRouter);
  globalThis.process.kill(router ?? Number.NaN, "SIGKILL");
  expect(await kernel.ended).toMatchObject({
    message: expect.stringContaining("the lab's router ended by itself"),
  });
  expect(await process.exit).toBe(137);
  await expect(kernel.loadRules("table inet x {\n}\n")).rejects.toThrow("nft refused the rules");
  await expect(kernel.createSandboxes([spec("two", 2)])).rejects.toThrow("sandboxes could not be made");
  expect((await sh(kernel, "one", "true")).code).not.toBe(0);
  await kernel.close();
  expect(await leftInTheEnd(traces)).toEqual([]);
});

/** The first process of the router's PID namespace, not the one outside that waits for it. */
function isRouter(pid: number): boolean {
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  return command.includes("netverdict-lab") && !command.includes("unshare\0");
}
