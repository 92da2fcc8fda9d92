import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { MemoryStore } from "../../../src/lab/api/store.ts";
import { noFaults } from "../../../src/lab/api/switches.ts";
import type { Families } from "../../../src/lab/control/addresses.ts";
import type { Clock } from "../../../src/lab/control/clock.ts";
import { type ControlPlane, startControlPlane } from "../../../src/lab/control/control-plane.ts";
import type { SandboxPort } from "../../../src/lab/control/kubelet.ts";
import { labNodes } from "../../../src/lab/control/nodes.ts";
import type { LabPod } from "../../../src/lab/control/pod.ts";
import type { LabFaults, LabObject, LabProcess, SandboxSpec } from "../../../src/lab/model.ts";

/** A clock that stands still until it is turned. */
export class ManualClock implements Clock {
  #now = Date.parse("2026-01-01T00:00:00Z");
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Calls back all that is due on the way, in order, and lets the controllers do their work after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = next.at;
      this.#timers.delete(next);
      next.callback();
      await turn();
    }
    this.#now = end;
    await turn();
  }
}

export interface FakeProcess extends LabProcess {
  readonly sandbox: string;
  /** `tcp:80 udp:53` for servers in place of an image, `dns` for the cluster's DNS. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly signals: readonly string[];
  /** Undefined while it runs. */
  readonly code: number | undefined;
  finish(code: number): void;
}

/** Plays the kernel: processes run until they are told otherwise; readiness checks end with what `answers` says. */
export class FakeKernel implements SandboxPort {
  readonly sandboxes = new Map<string, SandboxSpec>();
  readonly processes: FakeProcess[] = [];
  readonly rules: string[] = [];
  /** Exit codes of readiness checks, by their kind; undefined: 0. */
  readonly answers = new Map<string, number>();
  /** What nodes asked their pods. */
  readonly checks: string[] = [];
  /** Message of a failure, by the sandbox's key. */
  readonly failures = new Map<string, string>();
  /** Processes that do not end by SIGTERM. */
  ignoresTerm = false;

  async createSandboxes(specs: readonly SandboxSpec[]): Promise<void> {
    await Promise.resolve();
    for (const { key } of specs) {
      const failure = this.failures.get(key);
      if (failure !== undefined) throw new Error(failure);
    }
    for (const spec of specs) {
      if (this.sandboxes.has(spec.key)) throw new Error(`${spec.key} exists already`);
      this.sandboxes.set(spec.key, spec);
    }
  }

  async removeSandboxes(keys: readonly string[]): Promise<void> {
    await Promise.resolve();
    for (const key of keys) this.sandboxes.delete(key);
  }

  readonly start: SandboxPort["start"] = (key, command, options) => {
    const process = this.#process(key, command.join(" "), options?.env);
    if (key.startsWith("node/") && command[0] === "sh") this.#answerChecks(process);
    else this.processes.push(process);
    return process;
  };

  readonly serve: SandboxPort["serve"] = (key, servers) => {
    const process = this.#process(key, servers.map(({ serve, port }) => `${serve}:${port}`).join(" "));
    this.processes.push(process);
    return process;
  };

  readonly serveDns: SandboxPort["serveDns"] = (key) => {
    const process = this.#process(key, "dns");
    this.processes.push(process);
    return process;
  };

  #answerChecks(process: FakeProcess): void {
    process.stdin.on("error", () => undefined);
    createInterface({ input: process.stdin as PassThrough }).on("line", (line) => {
      const [id, kind = ""] = line.split(" ");
      const question = line.slice(line.indexOf(" ") + 1);
      // The cluster's DNS is always well.
      const isDns = question.endsWith(" 53");
      if (!isDns) this.checks.push(question);
      (process.stdout as PassThrough).write(`${id} ${isDns ? 0 : (this.answers.get(kind) ?? 0)}\n`);
    });
  }

  /** Those that run in a pod, `namespace/name`. */
  running(pod: string): readonly FakeProcess[] {
    return this.processes.filter(({ sandbox, code }) => sandbox === `pod/${pod}` && code === undefined);
  }

  #process(sandbox: string, command: string, env?: Readonly<Record<string, string>>): FakeProcess {
    const exit = Promise.withResolvers<number>();
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const signals: string[] = [];
    let code: number | undefined;
    const finish = (status: number): void => {
      if (code !== undefined) return;
      code = status;
      stdout.end();
      stderr.end();
      exit.resolve(status);
    };
    return {
      sandbox,
      command,
      env,
      signals,
      stdin,
      stdout,
      stderr,
      exit: exit.promise,
      get code() {
        return code;
      },
      finish,
      kill: (signal = "SIGTERM") => {
        signals.push(signal);
        if (signal === "SIGKILL" || !this.ignoresTerm) finish(signal === "SIGKILL" ? 137 : 143);
      },
    };
  }
}

export interface FakeLab {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly kernel: FakeKernel;
  readonly control: ControlPlane;
  readonly faults: LabFaults;
  readonly bugs: readonly unknown[];
  /** Lets all that follows from what was done happen, but for what waits for the clock. */
  settle(): Promise<void>;
  pods(namespace?: string): readonly LabPod[];
  pod(namespace: string, name: string): LabPod | undefined;
}

export async function fakeLab(
  options: {
    readonly nodes?: number;
    readonly families?: Families;
    readonly faults?: Partial<LabFaults>;
  } = {},
): Promise<FakeLab> {
  const families = options.families ?? ["IPv4", "IPv6"];
  const clock = new ManualClock();
  const store = new MemoryStore({ now: () => new Date(clock.now()) });
  const kernel = new FakeKernel();
  const faults: LabFaults = { ...noFaults(), ...options.faults };
  const bugs: unknown[] = [];
  const control = startControlPlane({
    store,
    clock,
    nodes: labNodes(options.nodes ?? 2, families),
    families,
    sandboxes: kernel,
    loadRules: async (rules) => void kernel.rules.push(rules),
    faults,
    busyboxImages: [],
    hosts: new Map([["example.com", ["192.0.2.1"]]]),
    kernelVersion: "test",
    onBug: (error) => bugs.push(error),
  });
  const lab: FakeLab = {
    store,
    clock,
    kernel,
    control,
    faults,
    bugs,
    settle: turn,
    pods: (namespace = "shop") => store.list("pods", namespace) as readonly LabPod[],
    pod: (namespace, name) => store.get("pods", namespace, name) as LabPod | undefined,
  };
  store.create("namespaces", { metadata: { name: "shop" } });
  await turn();
  return lab;
}

/** Enough turns of the event loop for every chain of controllers. */
export async function turn(): Promise<void> {
  for (let left = 12; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}

const BUSYBOX = { name: "main", image: "busybox:1.35", command: ["sleep", "1000"] };

export function podObject(name: string, spec: object = {}, metadata: object = {}): object {
  return { metadata: { name, namespace: "shop", ...metadata }, spec: { containers: [BUSYBOX], ...spec } };
}

/** A workload of busybox containers with label `app: NAME`. */
export function workloadObject(name: string, spec: object = {}, podSpec: object = {}): object {
  const labels = { app: name };
  return {
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [BUSYBOX], ...podSpec } },
      ...spec,
    },
  };
}

export function statusOf(object: LabObject | undefined): Readonly<Record<string, unknown>> {
  return (object?.status ?? {}) as Readonly<Record<string, unknown>>;
}
