import type { Labels, Pod } from "../model/kubernetes.ts";
import type { ResolvedSource } from "../model/resolved.ts";
import type { Endpoint, EndpointPort } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { addressEnd } from "./address.ts";
import type { Findings } from "./findings.ts";
import { namespaceOf, podEnd, podsMatching, podsOfWorkload } from "./pods.ts";
import { containerPortsOf } from "./ports.ts";

/** What stands for a flow's source. Undefined after a finding: the endpoint matches nothing. */
export function resolveSource(
  endpoint: Endpoint,
  snapshot: Snapshot,
  findings: Findings,
): ResolvedSource | undefined {
  switch (endpoint.kind) {
    case "labels": {
      const pods = podsMatching(snapshot, endpoint.namespace, { matchLabels: endpoint.labels });
      if (
        !endpoint.hypothetical &&
        !endpoint.standIn &&
        pods.length === 0 &&
        !someTemplateMatches(snapshot, endpoint)
      ) {
        findings.warn(
          endpoint.range,
          `no pod or workload in namespace ${endpoint.namespace} carries the labels of ${endpoint.name}`,
          "is a label misspelt? Say hypothetical: true where it is meant",
        );
      }
      return standIn(endpoint, endpoint.labels, endpoint.ports, pods);
    }
    case "workload": {
      const { kind, name } = endpoint.workload;
      const workload = snapshot.workloads.find(
        (candidate) =>
          candidate.kind === kind &&
          candidate.metadata.name === name &&
          (candidate.metadata.namespace ?? "default") === endpoint.namespace,
      );
      if (workload === undefined) {
        findings.noSuch(endpoint, kind, name, snapshot);
        return undefined;
      }
      const pods = podsOfWorkload(snapshot, workload);
      const labels = workload.template.metadata?.labels ?? {};
      if (workload.template.spec.hostNetwork === true) {
        const name = `${endpoint.namespace}/${workload.metadata.name}`;
        const spec = workload.template.spec;
        const end = {
          kind: "pod",
          key: name,
          display: name,
          namespace: endpoint.namespace,
          labels,
          spec,
          ips: undefined,
        } as const;
        return { kind: "host-network", end: pods[0] === undefined ? end : podEnd(pods[0], snapshot.nodes) };
      }
      return standIn(endpoint, labels, containerPortsOf(workload.template.spec), pods);
    }
    case "pod": {
      const pod = snapshot.pods.find(
        (candidate) =>
          candidate.metadata.name === endpoint.pod && namespaceOf(candidate) === endpoint.namespace,
      );
      if (pod === undefined) {
        findings.noSuch(endpoint, "Pod", endpoint.pod, snapshot);
        return undefined;
      }
      if (pod.spec.hostNetwork === true) return { kind: "host-network", end: podEnd(pod, snapshot.nodes) };
      return standIn(endpoint, pod.metadata.labels ?? {}, containerPortsOf(pod.spec), [pod]);
    }
    case "ip":
    case "cidr":
    case "host":
      return { kind: "address", end: addressEnd(endpoint) };
    case "service":
    case "dns":
      // The scenario loader refuses these as sources.
      throw new Error(`a ${endpoint.kind} is no source`);
    default: {
      const never: never = endpoint;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

function standIn(
  endpoint: { readonly name: string; readonly namespace: string },
  labels: Labels,
  ports: readonly EndpointPort[],
  realPods: readonly Pod[],
): ResolvedSource {
  const template = { namespace: endpoint.namespace, labels, ports, display: endpoint.name };
  return { kind: "stand-in", template, realPods };
}

function someTemplateMatches(
  snapshot: Snapshot,
  endpoint: { readonly namespace: string; readonly labels: Labels },
): boolean {
  return snapshot.workloads.some(
    (workload) =>
      (workload.metadata.namespace ?? "default") === endpoint.namespace &&
      Object.entries(endpoint.labels).every(
        ([key, value]) => workload.template.metadata?.labels?.[key] === value,
      ),
  );
}
