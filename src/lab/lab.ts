import { release } from "node:os";
import { type ApiServer, startApiServer } from "./api/api-server.ts";
import { makeCertificate } from "./api/certificate.ts";
import { StatusError } from "./api/status-error.ts";
import { MemoryStore } from "./api/store.ts";
import { noFaults } from "./api/switches.ts";
import type { Families } from "./control/addresses.ts";
import { systemClock } from "./control/clock.ts";
import { type ControlPlane, startControlPlane } from "./control/control-plane.ts";
import { type LabNode, labNodes } from "./control/nodes.ts";
import { type Kernel, startKernel } from "./kernel/start-kernel.ts";
import type { Enforcement, LabFaults, LabStore, SandboxSpec } from "./model.ts";
import type { OutsideHost } from "./outside-hosts.ts";

export interface LabOptions {
  readonly nodes: number;
  /** IPv6 is left out as well where the machine has none. */
  readonly ipv6: boolean;
  readonly enforcement: Enforcement;
  readonly outside: readonly OutsideHost[];
  /** Image names that are a busybox whatever they are called: the stand-ins'. */
  readonly busyboxImages: readonly string[];
  /** More that `GET /lab/status` says. */
  readonly status?: () => object;
  readonly signal?: AbortSignal;
}

/** A running lab. */
export interface Lab {
  readonly api: ApiServer;
  readonly store: LabStore;
  readonly kernel: Kernel;
  readonly control: ControlPlane;
  /** Settles when the lab has ended, with the reason if that was not asked for. */
  readonly ended: Promise<Error | undefined>;
  /** Resolves when it holds for packets. */
  setFaults(faults: Partial<LabFaults>): Promise<void>;
  close(): Promise<void>;
}

/** Starts a lab with its nodes, its DNS and its hosts outside. Rejects with a `UserError` where this machine can't. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { signal } = options;
  const certificate = makeCertificate();
  certificate.catch(() => undefined); // whoever waits for it hears of it
  const kernel = await startKernel(signal === undefined ? {} : { signal });
  try {
    return await startOn(kernel, { ...options, certificate });
  } catch (error) {
    await kernel.close();
    throw error;
  }
}

async function startOn(
  kernel: Kernel,
  options: LabOptions & { readonly certificate: ReturnType<typeof makeCertificate> },
): Promise<Lab> {
  const { outside, busyboxImages, status, certificate } = options;
  const families: Families = options.ipv6 && kernel.ipv6 ? ["IPv4", "IPv6"] : ["IPv4"];
  const nodes = labNodes(options.nodes, families);
  await kernel.createSandboxes([...nodes.map(nodeSandbox), ...outside.map(outsideSandbox)]);
  for (const { address, servers } of outside) {
    const server = kernel.serve(`outside/${address}`, servers);
    server.stdin.end();
    server.stdout.resume();
    server.stderr.resume();
  }
  const bug = Promise.withResolvers<Error>();
  const faults: LabFaults = { ...noFaults(), enforcement: options.enforcement };
  const store = new MemoryStore();
  const control = startControlPlane({
    store,
    clock: systemClock,
    nodes,
    families,
    sandboxes: kernel,
    loadRules: (rules) => kernel.loadRules(rules),
    faults,
    busyboxImages,
    hosts: namesOf(outside),
    kernelVersion: release(),
    onBug: (error) => bug.resolve(error instanceof Error ? error : new Error(String(error))),
  });
  const applyFaults = (): Promise<void> => {
    control.network.onFaultsChanged();
    return control.network.settled();
  };
  const api = await startApiServer({
    store,
    faults,
    certificate,
    exec: ({ pod: { metadata }, container, command }) => {
      const worker = control.kubelet.worker(metadata.namespace ?? "", metadata.name);
      const started = worker?.exec(container, command);
      if (started !== undefined) return started;
      throw new StatusError(500, "InternalError", `container ${container} of ${metadata.name} does not run`);
    },
    findLog: ({ metadata }, container) =>
      control.kubelet.worker(metadata.namespace ?? "", metadata.name)?.runner(container)?.log,
    onFaults: applyFaults,
    ...(status === undefined ? {} : { status }),
  }).catch((error: unknown) => {
    control.close();
    throw error;
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    control.close();
    closing ??= Promise.all([api.close(), kernel.close()]).then(() => undefined);
    return closing;
  };
  return {
    api,
    store,
    kernel,
    control,
    ended: Promise.race([kernel.ended, bug.promise.then((error) => close().then(() => error))]),
    setFaults: (changed) => {
      Object.assign(faults, changed);
      return applyFaults();
    },
    close,
  };
}

function nodeSandbox({ name, addresses }: LabNode): SandboxSpec {
  return { key: `node/${name}`, hostname: name, addresses };
}

function outsideSandbox({ address, names }: OutsideHost): SandboxSpec {
  const hostname = names[0] ?? `outside-${address.replaceAll(/[.:]+/g, "-")}`;
  return { key: `outside/${address}`, hostname, addresses: [address] };
}

function namesOf(outside: readonly OutsideHost[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { address, names: own } of outside) {
    for (const name of own) names.set(name, [...(names.get(name) ?? []), address]);
  }
  return names;
}
