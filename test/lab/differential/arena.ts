import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { requireHost } from "../../../src/lab/kernel/check-host.ts";
import { startKernel } from "../../../src/lab/kernel/start-kernel.ts";
import type { LabKernel } from "../../../src/lab/model.ts";
import type { Probe, ProbeAnswer, ProbeOutcome, ProbeRequest } from "./prober.ts";
import { MACHINES, SERVED_PORTS } from "./random-cluster.ts";

const PROBER = fileURLToPath(new URL("prober.ts", import.meta.url));

/** The machines of all random clusters, each with a process that answers and dials. Made once, used for every cluster. */
export interface Arena {
  /** Loads rules and forgets the connections so far. */
  load(transactions: readonly string[]): Promise<void>;
  /** In the order of the probes. */
  probe(machine: string, probes: readonly Probe[], options: ProbeOptions): Promise<readonly ProbeOutcome[]>;
  readCounters(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export interface ProbeOptions {
  readonly timeoutMs: number;
  readonly atOnce: number;
}

export async function startArena(): Promise<Arena> {
  const kernel = await startKernel();
  try {
    await kernel.createSandboxes(
      MACHINES.map(({ key, ipv4, ipv6 }) => ({
        key,
        hostname: key.replaceAll("/", "-"),
        addresses: [ipv4, ipv6],
      })),
    );
    const probers = await startProbers(kernel);
    let loads = 0;
    return {
      load: async (transactions) => {
        for (const transaction of [newZone(++loads), ...transactions]) {
          await kernel.loadRules(transaction);
        }
      },
      probe: (machine, probes, options) =>
        probers.get(machine)?.ask(probes, options) ?? Promise.reject(new Error(`no machine ${machine}`)),
      readCounters: () => kernel.readCounters(),
      close: async () => {
        for (const prober of probers.values()) {
          prober.end();
        }
        await kernel.close();
      },
    };
  } catch (error) {
    await kernel.close();
    throw error;
  }
}

/**
 * Connections are tracked in a zone of their own for each cluster: one that an earlier cluster admitted, and whose
 * ports come up again, must not pass as established.
 */
function newZone(number: number): string {
  return [
    "add table inet differential",
    "add chain inet differential zone { type filter hook prerouting priority -300 ; }",
    "flush chain inet differential zone",
    `add rule inet differential zone ct zone set ${number % 65_536}`,
    "",
  ].join("\n");
}

interface Prober {
  ask(probes: readonly Probe[], options: ProbeOptions): Promise<readonly ProbeOutcome[]>;
  end(): void;
}

async function startProbers(kernel: LabKernel): Promise<ReadonlyMap<string, Prober>> {
  const { busybox, rootless } = await requireHost();
  const networks = await Promise.all(
    MACHINES.map(async ({ key }) =>
      (await text(kernel.start(key, ["readlink", "/proc/self/ns/net"]).stdout)).trim(),
    ),
  );
  const residents = processesByNetwork();
  const probers = MACHINES.map(({ key }, i) => {
    const pid = residents.get(networks[i] ?? "");
    if (pid === undefined) {
      throw new Error(`no process in the network of ${key}`);
    }
    const enter = [...(rootless ? [`-U/proc/${pid}/ns/user`] : []), `-n/proc/${pid}/ns/net`, "--"];
    return startProber(key, busybox, ["nsenter", ...enter]);
  });
  return new Map((await Promise.all(probers)).map((prober, i) => [MACHINES[i]?.key ?? "", prober]));
}

/** A process of each network namespace that this user may see. */
function processesByNetwork(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    try {
      found.set(readlinkSync(`/proc/${pid}/ns/net`), pid);
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return found;
}

async function startProber(key: string, busybox: string, enter: readonly string[]): Promise<Prober> {
  const child: ChildProcess = spawn(
    busybox,
    [...enter, process.execPath, PROBER, key, ...SERVED_PORTS.map(String)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) {
    throw new Error("no pipes");
  }
  const waiting = new Map<
    number,
    { resolve: (answer: ProbeAnswer) => void; reject: (error: Error) => void }
  >();
  const ready = new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => {
      const error = new Error(`the prober of ${key} ended with ${code}`);
      reject(error);
      for (const { reject: fail } of waiting.values()) {
        fail(error);
      }
    });
    createInterface({ input: stdout }).on("line", (line) => {
      if (line === "ready") {
        resolve();
      } else {
        const answer = JSON.parse(line) as ProbeAnswer;
        waiting.get(answer.id)?.resolve(answer);
        waiting.delete(answer.id);
      }
    });
  });
  await ready;
  let lastId = 0;
  return {
    ask: async (probes, options) => {
      const request: ProbeRequest = { id: ++lastId, probes, ...options };
      const answer = new Promise<ProbeAnswer>((resolve, reject) => {
        waiting.set(request.id, { resolve, reject });
      });
      stdin.write(`${JSON.stringify(request)}\n`);
      return (await answer).outcomes;
    },
    end: () => stdin.end(),
  };
}
