import type { DnsLookup } from "../kernel/dns-answer.ts";
import type { PortServer } from "../kernel/port-server.ts";
import type { LabProcess, LabStore, StartOptions } from "../model.ts";
import { type Clock, timestamp } from "./clock.ts";
import { containerProgram } from "./container-program.ts";
import { ContainerRunner, type RestartPolicy } from "./container-runner.ts";
import type { NodeProber } from "./node-prober.ts";
import type { Container, LabPod, PodStatus } from "./pod.ts";
import { type ContainerView, phaseOf, podStatus } from "./pod-status.ts";
import { isSidecar, runningContainers } from "./ports.ts";
import { type ReadinessCheck, readinessCheck } from "./readiness-probe.ts";

/** How processes are started in a sandbox. */
export interface ProcessPort {
  start(key: string, command: readonly string[], options?: StartOptions): LabProcess;
  /** Real servers in place of an image. */
  serve(key: string, servers: readonly PortServer[]): LabProcess;
  /** The cluster's DNS server. */
  serveDns(key: string, lookup: DnsLookup): LabProcess;
}

export interface WorkerOptions {
  readonly store: LabStore;
  readonly clock: Clock;
  readonly processes: ProcessPort;
  readonly names: DnsLookup;
  /** Of the pod's node. */
  readonly prober: Pick<NodeProber, "check">;
  readonly busyboxImages: readonly string[];
  /** Where it runs: its own sandbox, or its node's. */
  readonly sandbox: string;
  readonly addresses: readonly string[];
  readonly hostAddresses: readonly string[];
  /** Something of its status changed. */
  readonly onChange: () => void;
}

/** The image that runs the lab's DNS server. */
export const DNS_IMAGE = "netverdict.dev/lab/dns";
/** Shells end with 127 for what they are told to run, too. */
const SHELLS = new Set(["sh", "ash", "hush", "env", "busybox"]);

/** A pod on its node: from its sandbox to its last process. */
export class PodWorker {
  readonly #options: WorkerOptions;
  /** As it was when it came: a pod's containers do not change. */
  readonly pod: LabPod;
  readonly #startTime: string;
  readonly #runners = new Map<string, ContainerRunner>();
  readonly #startOptions = new Map<string, StartOptions>();
  readonly #impossible = new Map<string, ContainerView>();
  #failure: { readonly reason: string; readonly message: string } | undefined;
  #creating: string | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(pod: LabPod, options: WorkerOptions) {
    this.pod = pod;
    this.#options = options;
    this.#startTime = timestamp(options.clock.now());
  }

  get sandbox(): string {
    return this.#options.sandbox;
  }

  get addresses(): readonly string[] {
    return this.#options.addresses;
  }

  /** Undefined where no container of the name has run. */
  runner(container: string): ContainerRunner | undefined {
    return this.#runners.get(container);
  }

  /** Runs a command beside a container's own, with its environment; undefined where the container has not run. */
  exec(container: string, command: readonly string[]): LabProcess | undefined {
    if (!this.#runners.has(container)) return undefined;
    const { processes, sandbox } = this.#options;
    return processes.start(sandbox, command, this.#startOptions.get(container));
  }

  /** Every container has ended for good. */
  get isOver(): boolean {
    const phase = phaseOf(this.pod, this.#views());
    return this.#failure !== undefined || phase === "Succeeded" || phase === "Failed";
  }

  /** Its sandbox is there: starts the containers. */
  start(): void {
    const { clock } = this.#options;
    this.#creating = undefined;
    for (const container of runningContainers(this.pod)) this.#startContainer(container);
    const { activeDeadlineSeconds } = this.pod.spec;
    if (activeDeadlineSeconds !== undefined) {
      this.#cancelDeadline = clock.after(activeDeadlineSeconds * 1000, () => {
        this.fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
      });
    }
    this.#options.onChange();
  }

  /** A ConfigMap or Secret came: containers that could not start for the lack of it may now. */
  retry(namespace: string | undefined): void {
    if (namespace !== this.pod.metadata.namespace || this.#impossible.size === 0) return;
    const waiting = runningContainers(this.pod).filter(({ name }) => this.#impossible.delete(name));
    for (const container of waiting) this.#startContainer(container);
    this.#options.onChange();
  }

  /** Its sandbox could not be made; it is tried again. */
  hold(message: string): void {
    this.#creating = message;
    this.#options.onChange();
  }

  /** Ends it for a reason that its containers did not give: a deadline, an eviction. */
  fail(reason: string, message: string): void {
    if (this.isOver) return;
    this.#failure = { reason, message };
    this.kill("SIGKILL");
    this.#options.onChange();
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#cancelDeadline?.();
    for (const runner of this.#runners.values()) runner.stop(signal);
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.ended()));
  }

  /** `current`: the pod as it is stored now. */
  status(current: LabPod): PodStatus {
    const { addresses, hostAddresses, clock } = this.#options;
    return podStatus(
      current,
      {
        containers: this.#views(),
        addresses,
        hostAddresses,
        startTime: this.#startTime,
        ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      },
      timestamp(clock.now()),
    );
  }

  #views(): ReadonlyMap<string, ContainerView> {
    if (this.#creating !== undefined) {
      const view = waitingView("CreatePodSandboxError", this.#creating);
      return new Map(this.pod.spec.containers.map(({ name }) => [name, view]));
    }
    return new Map<string, ContainerView>([...this.#impossible, ...this.#runners]);
  }

  async #ask(container: string, { question, timeoutMs }: ReadinessCheck): Promise<boolean> {
    const { clock, prober } = this.#options;
    if (question.kind === "hopeless") return false;
    if (question.kind !== "exec") return prober.check(question, timeoutMs);
    const process = this.exec(container, question.command);
    if (process === undefined) return false;
    return exitOf(
      process,
      clock.after(timeoutMs, () => process.kill("SIGKILL")),
    );
  }

  #startContainer(container: Container): void {
    const { store, clock, processes, names, sandbox, addresses, hostAddresses, busyboxImages, onChange } =
      this.#options;
    const program = containerProgram(this.pod, container, { store, addresses, hostAddresses, busyboxImages });
    if (program.kind === "impossible") {
      this.#impossible.set(container.name, waitingView(program.reason, program.message));
      return;
    }
    const isDns = container.image === DNS_IMAGE;
    if (program.kind === "command") this.#startOptions.set(container.name, program.options);
    const runner = new ContainerRunner({
      clock,
      restartPolicy: isSidecar(container) ? "Always" : restartPolicyOf(this.pod),
      start: () => {
        if (isDns) return processes.serveDns(sandbox, names);
        if (program.kind === "servers") return processes.serve(sandbox, program.servers);
        return processes.start(sandbox, program.command, program.options);
      },
      readiness: readinessCheck(this.pod, container, {
        address: addresses[0] ?? "127.0.0.1",
        runsImage: program.kind === "command",
      }),
      ask: (check) => this.#ask(container.name, check),
      onChange,
      missing: program.kind === "command" ? missingCommand(program.command) : undefined,
    });
    this.#runners.set(container.name, runner);
    runner.start();
  }
}

async function exitOf(process: LabProcess, cancel: () => void): Promise<boolean> {
  process.stdin.on("error", () => undefined);
  process.stdin.end();
  process.stdout.resume();
  process.stderr.resume();
  const code = await process.exit;
  cancel();
  return code === 0;
}

function restartPolicyOf({ spec }: LabPod): RestartPolicy {
  return spec.restartPolicy ?? "Always";
}

function waitingView(reason: string, message: string): ContainerView {
  return {
    state: { waiting: { reason, message } },
    lastState: {},
    restartCount: 0,
    ready: false,
    restarts: true,
  };
}

/** What to say where the command itself can't be started. */
function missingCommand(command: readonly string[]): string | undefined {
  const [first = ""] = command;
  if (SHELLS.has(first.split("/").at(-1) ?? "")) return undefined;
  return `"${first}" could not be started: in a lab, containers of busybox images run busybox's own commands`;
}
