import { spawn } from "node:child_process";
import { constants } from "node:os";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../../src/lab/api/api-server.ts";
import { type Certificate, makeCertificate } from "../../../src/lab/api/certificate.ts";
import { ContainerLog } from "../../../src/lab/api/container-log.ts";
import { MemoryStore } from "../../../src/lab/api/store.ts";
import { noFaults } from "../../../src/lab/api/switches.ts";
import type { LabFaults, LabObject, LabProcess, StoreEvent } from "../../../src/lab/model.ts";

export interface TestLab {
  readonly store: MemoryStore;
  readonly faults: LabFaults;
  readonly server: ApiServer;
  /** By `namespace/pod/container`. */
  readonly logs: Map<string, ContainerLog>;
  /** Commands that were run, in order. */
  readonly commands: (readonly string[])[];
  close(): Promise<void>;
}

let shared: Promise<Certificate> | undefined;

/** An API server with one node, on which every pod runs at once; commands run on this machine. */
export async function testLab(options: Partial<ApiServerOptions> = {}): Promise<TestLab> {
  shared ??= makeCertificate();
  const store = new MemoryStore();
  const faults = noFaults();
  const logs = new Map<string, ContainerLog>();
  const commands: (readonly string[])[] = [];
  for (const name of ["default", "kube-system"]) store.create("namespaces", { metadata: { name } });
  store.create("nodes", {
    metadata: { name: "node-1" },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
  const stop = store.subscribe((event) => {
    if (event.type !== "DELETED") react(store, event, logs);
  });
  const server = await startApiServer({
    store,
    faults,
    exec: ({ command }) => {
      commands.push(command);
      return hostProcess(command);
    },
    findLog: (pod, container) =>
      logs.get(`${pod.metadata.namespace ?? ""}/${pod.metadata.name}/${container}`),
    certificate: shared,
    ...options,
  });
  return {
    store,
    faults,
    server,
    logs,
    commands,
    async close() {
      stop();
      await server.close();
    },
  };
}

/** Scheduler, kubelet and namespace controller in ten lines. */
function react(store: MemoryStore, { resource, object }: StoreEvent, logs: Map<string, ContainerLog>): void {
  const { namespace, name, deletionTimestamp } = object.metadata;
  if (resource.resource === "namespaces" && deletionTimestamp !== undefined) {
    const spec = object.spec as { readonly finalizers?: readonly string[] };
    if (spec.finalizers?.length)
      store.replace("namespaces", { ...object, spec: { ...spec, finalizers: [] } });
  }
  if (resource.resource !== "pods") return;
  if (deletionTimestamp !== undefined) {
    store.delete("pods", namespace, name, { gracePeriodSeconds: 0 });
    return;
  }
  const { phase } = object.status as { readonly phase: string };
  if (phase === "Pending" && object.metadata.labels?.stays !== "pending")
    store.replace("pods", running(object, logs));
}

function running(pod: LabObject, logs: Map<string, ContainerLog>): LabObject {
  const { namespace = "", name } = pod.metadata;
  const spec = pod.spec as { readonly containers: readonly { readonly name: string }[] };
  for (const container of spec.containers) {
    const log = new ContainerLog(() => new Date("2026-01-01T00:00:00Z"));
    log.append(`${container.name} listens\n`);
    logs.set(`${namespace}/${name}/${container.name}`, log);
  }
  return {
    ...pod,
    spec: { ...spec, nodeName: "node-1" },
    status: {
      phase: "Running",
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: spec.containers.map((container) => ({
        name: container.name,
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      })),
    },
  };
}

function hostProcess(command: readonly string[]): LabProcess {
  const [file = "", ...rest] = command;
  const child = spawn(file, rest, { stdio: "pipe" });
  const exit = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit,
    kill: (signal) => void child.kill(signal),
  };
}
