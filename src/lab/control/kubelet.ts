import type { DnsLookup } from "../kernel/dns-answer.ts";
import type { SandboxSpec, StoreEvent } from "../model.ts";
import { type Families, PodAddresses } from "./addresses.ts";
import { type Control, type Controller, newest } from "./control.ts";
import { NodeProber } from "./node-prober.ts";
import type { LabNode } from "./nodes.ts";
import { isDeleting, isFinished, keyOf, type LabPod } from "./pod.ts";
import { PodWorker, type ProcessPort } from "./pod-worker.ts";
import { hostsLines, resolvConf } from "./resolver.ts";

/** What a kubelet needs of the kernel's side. */
export interface SandboxPort extends ProcessPort {
  createSandboxes(specs: readonly SandboxSpec[]): Promise<void>;
  removeSandboxes(keys: readonly string[]): Promise<void>;
}

export interface KubeletOptions {
  readonly control: Control;
  readonly nodes: readonly LabNode[];
  readonly families: Families;
  readonly sandboxes: SandboxPort;
  /** What the cluster's DNS answers. */
  readonly names: DnsLookup;
  /** Resolves when the rules for all pods that have their addresses are in the kernel. */
  readonly rulesLoaded: () => Promise<void>;
  readonly busyboxImages: readonly string[];
  readonly onBug: (error: unknown) => void;
}

interface Host {
  readonly node: LabNode;
  readonly addresses: PodAddresses;
  readonly prober: NodeProber;
}

const RETRY_MS = 1_000;

/**
 * Runs the pods of all nodes: addresses, sandbox, containers, status; and ends them. Pods that come in one turn of the
 * event loop get their sandboxes together. No process of a pod starts before its rules are in the kernel.
 */
export class Kubelet implements Controller {
  readonly #options: KubeletOptions;
  readonly #nodes: ReadonlyMap<string, Host>;
  readonly #workers = new Map<string, PodWorker>();
  /** Sandboxes that are being removed, by pod: one of the same name has to wait. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #deleted = new WeakSet<PodWorker>();
  readonly #released = new WeakMap<PodWorker, Promise<void>>();
  #starting = new Map<string, LabPod>();
  #isClosed = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#nodes = new Map(
      options.nodes.map((node) => [
        node.name,
        {
          node,
          addresses: new PodAddresses(node.number, options.families),
          prober: new NodeProber((command) => options.sandboxes.start(`node/${node.name}`, command)),
        },
      ]),
    );
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource === "configmaps" || resource.resource === "secrets") {
      for (const worker of this.#workers.values()) worker.retry(object.metadata.namespace);
    }
    if (resource.resource !== "pods" || this.#isClosed) return;
    const pod = object as LabPod;
    const key = keyOf(pod);
    const worker = this.#workers.get(key);
    const isSame = worker?.pod.metadata.uid === pod.metadata.uid;
    if (type === "DELETED") {
      if (isSame) this.#leave(worker, 0);
    } else if (isSame) {
      if (isDeleting(pod)) this.#leave(worker, pod.metadata.deletionGracePeriodSeconds ?? 0);
      // Somebody may have set the condition of a readiness gate.
      else this.#report(worker);
    } else if (pod.spec.nodeName !== undefined && !isFinished(pod)) {
      if (isDeleting(pod)) this.#remove(pod);
      else this.#enqueue(pod);
    }
  }

  /** The pod's worker; undefined: it does not run here (yet, or any more). */
  worker(namespace: string, name: string): PodWorker | undefined {
    return this.#workers.get(`${namespace}/${name}`);
  }

  /** As a node does that is short of memory: the pod fails and stays as an object. */
  evict(namespace: string, name: string): boolean {
    const worker = this.worker(namespace, name);
    worker?.fail("Evicted", "The node was low on resource: memory.");
    return worker !== undefined;
  }

  close(): void {
    this.#isClosed = true;
    for (const worker of this.#workers.values()) worker.kill("SIGKILL");
    for (const { prober } of this.#nodes.values()) prober.close();
  }

  #enqueue(pod: LabPod): void {
    this.#starting.set(pod.metadata.uid, pod);
    if (this.#starting.size > 1) return;
    setImmediate(() => {
      const pods = [...this.#starting.values()];
      this.#starting = new Map();
      this.#startAll(pods).catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onBug(error);
      });
    });
  }

  async #startAll(pods: readonly LabPod[]): Promise<void> {
    const workers: PodWorker[] = [];
    for (const pod of pods) {
      const left = this.#leaving.get(keyOf(pod));
      const worker = left === undefined ? this.#admit(pod) : undefined;
      if (worker !== undefined) workers.push(worker);
      // The next turn, when its predecessor is out of the books, too.
      void left?.then(() => this.#enqueue(pod));
    }
    await this.#createSandboxes(workers);
  }

  /** Gives a pod its addresses; undefined: it is gone, or there is none for it. */
  #admit(event: LabPod): PodWorker | undefined {
    const { control, sandboxes, names, busyboxImages } = this.#options;
    const pod = newest(control.store, "pods", event);
    const host = this.#nodes.get(pod?.spec.nodeName ?? "");
    if (pod === undefined || isDeleting(pod) || this.#workers.has(keyOf(pod))) return undefined;
    if (host === undefined) return undefined; // a node that nobody plays: as a cluster's, it waits for ever
    const isHost = pod.spec.hostNetwork === true;
    const addresses = isHost ? host.node.addresses : host.addresses.take();
    if (addresses === undefined) {
      const status = {
        ...pod.status,
        phase: "Failed",
        reason: "OutOfpods",
        message: "Node didn't have enough resource: pods",
      };
      control.store.replace("pods", { ...pod, status });
      return undefined;
    }
    const worker: PodWorker = new PodWorker(pod, {
      store: control.store,
      clock: control.clock,
      processes: sandboxes,
      names,
      prober: host.prober,
      busyboxImages,
      sandbox: isHost ? `node/${host.node.name}` : `pod/${keyOf(pod)}`,
      addresses,
      hostAddresses: host.node.addresses,
      onChange: () => this.#report(worker),
    });
    this.#workers.set(keyOf(pod), worker);
    this.#report(worker);
    return worker;
  }

  async #createSandboxes(workers: readonly PodWorker[]): Promise<void> {
    const own = workers.filter((worker) => worker.sandbox.startsWith("pod/"));
    if (own.length > 0) {
      try {
        await this.#options.sandboxes.createSandboxes(own.map(sandboxSpec));
      } catch (error) {
        if (this.#isClosed) return;
        await this.#retry(own, error instanceof Error ? error.message : String(error));
        return this.#start(workers.filter((worker) => !own.includes(worker)));
      }
    }
    await this.#start(workers);
  }

  /** One of several may be the only one that can't be made: each for itself, the next time. */
  async #retry(workers: readonly PodWorker[], message: string): Promise<void> {
    if (workers.length > 1) {
      for (const worker of workers) await this.#createSandboxes([worker]);
      return;
    }
    for (const worker of workers) {
      worker.hold(message);
      this.#options.control.clock.after(RETRY_MS, () => {
        if (!this.#isCurrent(worker)) return;
        this.#createSandboxes([worker]).catch(this.#options.onBug);
      });
    }
  }

  async #start(workers: readonly PodWorker[]): Promise<void> {
    if (workers.length === 0) return;
    await this.#options.rulesLoaded();
    for (const worker of workers) {
      if (this.#isCurrent(worker)) worker.start();
    }
  }

  #isCurrent(worker: PodWorker): boolean {
    return !this.#isClosed && this.#workers.get(keyOf(worker.pod)) === worker;
  }

  #report(worker: PodWorker): void {
    const { control } = this.#options;
    control.queue.add(`pod status ${worker.pod.metadata.uid}`, () => {
      const current = newest(control.store, "pods", worker.pod);
      if (current === undefined) return;
      const status = worker.status(current);
      control.store.replace("pods", { ...current, status });
      if (status.phase === "Succeeded" || status.phase === "Failed") void this.#release(worker);
    });
  }

  /** The pod is deleted, or was by force. May come again with a shorter grace period. */
  #leave(worker: PodWorker, graceSeconds: number): void {
    worker.kill(graceSeconds > 0 ? "SIGTERM" : "SIGKILL");
    if (graceSeconds > 0) {
      const cancel = this.#options.control.clock.after(graceSeconds * 1000, () => worker.kill("SIGKILL"));
      void worker.ended().then(cancel);
    }
    if (this.#deleted.has(worker)) return;
    this.#deleted.add(worker);
    const key = keyOf(worker.pod);
    void this.#release(worker).then(() => {
      this.#workers.delete(key);
      this.#remove(worker.pod);
    });
  }

  /** Nothing of it runs any more, or is about to: frees sandbox and addresses, once. The logs stay with the worker. */
  #release(worker: PodWorker): Promise<void> {
    const known = this.#released.get(worker);
    if (known !== undefined) return known;
    const key = keyOf(worker.pod);
    const released = this.#free(worker)
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onBug(error);
      })
      .finally(() => this.#leaving.delete(key));
    this.#released.set(worker, released);
    this.#leaving.set(key, released);
    return released;
  }

  async #free(worker: PodWorker): Promise<void> {
    await worker.ended();
    if (!worker.sandbox.startsWith("pod/") || this.#isClosed) return;
    await this.#options.sandboxes.removeSandboxes([worker.sandbox]);
    this.#nodes.get(worker.pod.spec.nodeName ?? "")?.addresses.giveBack(worker.addresses);
  }

  /** The object, once nothing of it runs; finalizers still hold it. */
  #remove(pod: LabPod): void {
    const { store } = this.#options.control;
    const current = newest(store, "pods", pod);
    if (current === undefined || this.#isClosed) return;
    const { namespace, name } = current.metadata;
    store.delete("pods", namespace, name, { gracePeriodSeconds: 0 });
  }
}

function sandboxSpec(worker: PodWorker): SandboxSpec {
  const { pod, sandbox, addresses } = worker;
  return {
    key: sandbox,
    hostname: pod.spec.hostname ?? pod.metadata.name,
    addresses,
    resolvConf: resolvConf(pod),
    hosts: hostsLines(pod, addresses),
  };
}
