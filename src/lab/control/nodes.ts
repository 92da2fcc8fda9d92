import type { LabStore } from "../model.ts";
import { type Families, nodeAddresses, PODS_PER_NODE, podSubnets } from "./addresses.ts";
import { type Clock, timestamp } from "./clock.ts";

/** As kubelets beat, more often than the 40 s after which a node counts as lost. */
const HEARTBEAT_MS = 10_000;

export interface LabNode {
  readonly name: string;
  /** From 1 on. */
  readonly number: number;
  readonly addresses: readonly string[];
  readonly podSubnets: readonly string[];
}

export function labNodes(count: number, families: Families): readonly LabNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    number: index + 1,
    addresses: nodeAddresses(index + 1, families),
    podSubnets: podSubnets(index + 1, families),
  }));
}

/** Makes the node objects; returns the way to stop their heartbeat. */
export function createNodes(
  store: LabStore,
  nodes: readonly LabNode[],
  clock: Clock,
  kernelVersion: string,
): () => void {
  for (const node of nodes) store.create("nodes", nodeObject(node, timestamp(clock.now()), kernelVersion));
  let stop = clock.after(HEARTBEAT_MS, beat);
  function beat(): void {
    const now = timestamp(clock.now());
    for (const node of store.list("nodes")) {
      const status = node.status as { readonly conditions?: readonly object[] } | undefined;
      const conditions = (status?.conditions ?? []).map((one) => ({ ...one, lastHeartbeatTime: now }));
      store.replace("nodes", { ...node, status: { ...status, conditions } });
    }
    stop = clock.after(HEARTBEAT_MS, beat);
  }
  return () => stop();
}

function nodeObject(node: LabNode, now: string, kernelVersion: string): object {
  const { name, addresses, podSubnets: podCIDRs } = node;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const capacity = { pods: String(PODS_PER_NODE), cpu: "2", memory: "8Gi" };
  return {
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
      },
    },
    spec: { podCIDR: podCIDRs[0], podCIDRs },
    status: {
      addresses: [
        ...addresses.map((address) => ({ type: "InternalIP", address })),
        { type: "Hostname", address: name },
      ],
      capacity,
      allocatable: capacity,
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          message: "the lab is up",
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
      nodeInfo: {
        architecture,
        operatingSystem: "linux",
        kernelVersion,
        osImage: "Netverdict lab",
        containerRuntimeVersion: "netverdict-lab://1",
        kubeletVersion: "v0.0.0-netverdict-lab",
      },
    },
  };
}
