import type { Pod } from "../../src/model/kubernetes.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import type { PodEnd } from "../../src/model/traffic.ts";
import type { ArbitraryWorld } from "../policy/arbitrary-world.ts";

/** The world as commands read it: with pods in place of the evaluator's view of them. */
export function snapshotOf(world: Omit<ArbitraryWorld, "outside">): Snapshot {
  const { namespaces, pods, networkPolicies, adminPolicies, nodes, unread } = world;
  return {
    origin: "cluster",
    namespaces,
    pods: pods.map(podOf),
    services: [],
    endpointSlices: [],
    networkPolicies,
    adminPolicies,
    nodes,
    workloads: [],
    unread,
    foreignPolicies: [],
    locate: () => undefined,
  };
}

function podOf({ key, namespace, labels, spec, ips }: PodEnd): Pod {
  return {
    metadata: { name: key.slice(namespace.length + 1), namespace, labels },
    spec,
    status: { phase: "Running", podIPs: (ips ?? []).map((ip) => ({ ip })) },
  };
}
