import type { LabelSelector, Node, Pod, Workload } from "../model/kubernetes.ts";
import type { ListenerProofGrade, Proof } from "../model/report.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";
import { matchesSelector } from "../selectors/label-selector.ts";

/** Real pods only: no stand-ins of this or another run. */
export function isStandIn(pod: Pod): boolean {
  return pod.metadata.labels?.[STAND_IN_LABEL] !== undefined;
}

/** S37: pods that have ended are no ends of traffic any more; terminating ones are left alone as targets. */
export function isProbeable(pod: Pod): boolean {
  const phase = pod.status?.phase ?? "Running"; // manifests carry no status
  return (
    phase === "Running" && (pod.metadata.deletionTimestamp ?? undefined) === undefined && !isStandIn(pod)
  );
}

export function namespaceOf(pod: Pod): string {
  return pod.metadata.namespace ?? "default";
}

export function podIps(pod: Pod): readonly string[] | undefined {
  const ips = pod.status?.podIPs?.map((entry) => entry.ip) ?? [];
  if (ips.length > 0) return ips;
  const ip = pod.status?.podIP ?? undefined;
  return ip === undefined || ip === "" ? undefined : [ip];
}

/** The evaluator's view of a real pod. */
export function podEnd(pod: Pod, nodes: readonly Node[]): PodEnd {
  const namespace = namespaceOf(pod);
  const name = `${namespace}/${pod.metadata.name}`;
  const nodeIps = nodeAddresses(pod.spec.nodeName ?? undefined, nodes);
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

export function nodeAddresses(
  name: string | undefined,
  nodes: readonly Node[],
): readonly string[] | undefined {
  if (name === undefined) return undefined;
  const addresses = nodes
    .find((node) => node.metadata.name === name)
    ?.status?.addresses?.filter((address) => address.type === "InternalIP" || address.type === "ExternalIP")
    .map((address) => address.address);
  return addresses === undefined || addresses.length === 0 ? undefined : addresses;
}

/** Pods of a namespace that a selector matches, in the order of their names. */
export function podsMatching(snapshot: Snapshot, namespace: string, selector: LabelSelector): readonly Pod[] {
  return snapshot.pods
    .filter((pod) => namespaceOf(pod) === namespace && !isStandIn(pod))
    .filter((pod) => matchesSelector(selector, pod.metadata.labels ?? {}))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Pods that belong to a workload: by its selector where it has one, else by its template's labels. */
export function podsOfWorkload(snapshot: Snapshot, workload: Workload): readonly Pod[] {
  const namespace = workload.metadata.namespace ?? "default";
  const selector = workload.selector ?? { matchLabels: workload.template.metadata?.labels ?? {} };
  return podsMatching(snapshot, namespace, selector);
}

/** What the cluster itself says of a listener on `port` of a pod: kubelet > ready > running > none. */
export function readinessOf(pod: Pod, port: number, nodes: readonly Node[]): Proof<ListenerProofGrade> {
  const name = `${namespaceOf(pod)}/${pod.metadata.name}`;
  const status = pod.status;
  if (status === undefined || status === null) return { grade: "none", detail: `${name} has no status` };
  const node = nodes.find((candidate) => candidate.metadata.name === pod.spec.nodeName);
  const nodeReady = node?.status?.conditions?.find((condition) => condition.type === "Ready");
  if (nodeReady !== undefined && nodeReady.status !== "True") {
    return { grade: "none", detail: `node ${pod.spec.nodeName} of ${name} is not Ready` };
  }
  const ready = status.conditions?.some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
  if (ready !== true) {
    return status.phase === "Running"
      ? { grade: "running", detail: `${name} runs but is not Ready` }
      : { grade: "none", detail: `${name} is ${status.phase ?? "in no known phase"}` };
  }
  return probesPort(pod, port)
    ? { grade: "kubelet", detail: `${name} is Ready by a readinessProbe on port ${port}` }
    : { grade: "ready", detail: `${name} is Ready, without a readinessProbe on port ${port}` };
}

function probesPort(pod: Pod, port: number): boolean {
  return pod.spec.containers.some((container) => {
    const probe = container.readinessProbe;
    const probed = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port;
    if (typeof probed === "number") return probed === port;
    return (
      typeof probed === "string" &&
      (container.ports ?? []).some((declared) => declared.name === probed && declared.containerPort === port)
    );
  });
}
