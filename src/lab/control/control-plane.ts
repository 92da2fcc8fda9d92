import type { LabFaults, LabStore, StoreEvent } from "../model.ts";
import { RuleCompiler } from "../rules/rule-compiler.ts";
import type { Families } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import type { Control, Controller } from "./control.ts";
import { DnsZone } from "./dns-zone.ts";
import { EndpointSlices } from "./endpoint-slices.ts";
import { GarbageCollector } from "./garbage-collector.ts";
import { Kubelet, type SandboxPort } from "./kubelet.ts";
import { Namespaces } from "./namespaces.ts";
import { NetworkProgrammer } from "./network-programmer.ts";
import { createNodes, type LabNode } from "./nodes.ts";
import { PodIndex } from "./pod-index.ts";
import { Scheduler } from "./scheduler.ts";
import { Services } from "./services.ts";
import { createSystemObjects } from "./system-objects.ts";
import { WorkQueue } from "./work-queue.ts";
import { DaemonSets } from "./workloads/daemon-sets.ts";
import { Deployments } from "./workloads/deployments.ts";
import { Jobs } from "./workloads/jobs.ts";
import { ReplicaSets } from "./workloads/replica-sets.ts";
import { StatefulSets } from "./workloads/stateful-sets.ts";

export interface ControlPlaneOptions {
  readonly store: LabStore;
  readonly clock: Clock;
  readonly nodes: readonly LabNode[];
  readonly families: Families;
  readonly sandboxes: SandboxPort;
  readonly loadRules: (rules: string) => Promise<void>;
  readonly faults: LabFaults;
  readonly busyboxImages: readonly string[];
  /** Names outside of the cluster, with their addresses. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly kernelVersion: string;
  /** Something happened that must not: the lab can't go on. */
  readonly onBug: (error: unknown) => void;
}

export interface ControlPlane {
  readonly kubelet: Kubelet;
  readonly network: NetworkProgrammer;
  readonly compiler: RuleCompiler;
  close(): void;
}

/** Starts all controllers over an empty store, and makes what every cluster has. The nodes' sandboxes must be there. */
export function startControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { store, clock, nodes, sandboxes, loadRules, faults, busyboxImages, hosts, onBug } = options;
  const queue = new WorkQueue(onBug);
  const pods = new PodIndex();
  const control: Control = { store, queue, clock, pods };
  const compiler = new RuleCompiler();
  const zone = new DnsZone(store, hosts);
  const network = new NetworkProgrammer({ control, clock, compiler, faults, loadRules, onBug });
  const kubelet = new Kubelet({
    control,
    nodes,
    families: options.families,
    sandboxes,
    names: zone.lookup,
    rulesLoaded: () => network.settled(),
    busyboxImages,
    onBug,
  });
  // The index first: the others read it.
  const controllers: readonly Controller[] = [
    pods,
    network,
    zone,
    new Namespaces(control),
    new Services(control, options.families),
    new GarbageCollector(control),
    new Deployments(control),
    new ReplicaSets(control),
    new StatefulSets(control),
    new DaemonSets(control),
    new Jobs(control),
    new Scheduler(control),
    kubelet,
    new EndpointSlices(control),
  ];
  const unsubscribe = store.subscribe((event: StoreEvent) => {
    for (const controller of controllers) controller.onEvent(event);
  });
  const stopHeartbeat = createNodes(store, nodes, clock, options.kernelVersion);
  createSystemObjects(store, options.families);
  return {
    kubelet,
    network,
    compiler,
    close() {
      unsubscribe();
      stopHeartbeat();
      queue.close();
      network.close();
      kubelet.close();
    },
  };
}
