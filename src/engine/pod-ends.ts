import type { Pod } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";

/** A pod that has ended is no end of traffic: its address may be another pod's by now (S37). */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** All pods of a snapshot that may send or receive, as the evaluator sees them. */
export function podEnds(snapshot: Pick<Snapshot, "pods" | "nodes">): readonly PodEnd[] {
  const addressesOf = new Map<string, readonly string[]>();
  for (const { metadata, status } of snapshot.nodes) {
    const addresses = (status?.addresses ?? [])
      .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
      .map(({ address }) => address);
    if (addresses.length > 0) addressesOf.set(metadata.name, addresses);
  }
  return snapshot.pods.filter((pod) => !hasEnded(pod)).map((pod) => podEnd(pod, addressesOf));
}

function podEnd(pod: Pod, addressesOf: ReadonlyMap<string, readonly string[]>): PodEnd {
  const namespace = pod.metadata.namespace ?? "default";
  const name = `${namespace}/${pod.metadata.name}`;
  const nodeIps = pod.spec.nodeName ? addressesOf.get(pod.spec.nodeName) : undefined;
  return {
    kind: "pod",
    key: name,
    display: name,
    namespace,
    labels: pod.metadata.labels ?? {},
    spec: pod.spec,
    ips: podIps(pod),
    ...(nodeIps === undefined ? {} : { nodeIps }),
  };
}

function podIps({ status }: Pod): readonly string[] | undefined {
  if (status?.podIPs?.length) return status.podIPs.map(({ ip }) => ip);
  return status?.podIP ? [status.podIP] : undefined;
}
