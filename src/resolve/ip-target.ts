import type { Protocol } from "../model/kubernetes.ts";
import type { ResolvedTarget } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { parseAddress } from "../selectors/ip-address.ts";
import { serviceEndpoints } from "../selectors/service-endpoints.ts";
import { ipEnd } from "./address.ts";
import { isProbeable, podEnd, podIps } from "./pods.ts";
import { backendOf, hopOf } from "./service.ts";

/** What an address really is: a pod, a Service, or something that the cluster does not know. */
export function ipTarget(ip: string, port: number, protocol: Protocol, snapshot: Snapshot): ResolvedTarget {
  const address = parseAddress(ip);
  const same = (other: string): boolean => {
    const parsed = parseAddress(other);
    return parsed !== undefined && parsed.family === address?.family && parsed.value === address.value;
  };
  const pod = snapshot.pods.find(
    (candidate) => isProbeable(candidate) && (podIps(candidate) ?? []).some(same),
  );
  if (pod !== undefined && pod.spec.hostNetwork !== true) {
    const end = podEnd(pod, snapshot.nodes);
    return { kind: "pod", display: `${ip} (pod ${end.display})`, pod, port, end };
  }
  const service = snapshot.services.find(({ spec }) =>
    (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).some(same),
  );
  if (service !== undefined) {
    const slices = snapshot.origin === "cluster" ? snapshot.endpointSlices : undefined;
    const asked = serviceEndpoints(service, snapshot.pods, slices).ports.find(
      (candidate) => candidate.port.port === port && (candidate.port.protocol ?? "TCP") === protocol,
    );
    const via = hopOf(service, ip, port);
    const backends = (asked?.endpoints ?? []).map((backend) => ({ ...backendOf(backend, snapshot), via }));
    const name = `${service.metadata.namespace ?? "default"}/${service.metadata.name}`;
    return {
      kind: "cluster-ip",
      display: `${ip} (ClusterIP of Service ${name})`,
      address: ip,
      port,
      backends,
    };
  }
  return { kind: "address", display: ip, address: ip, port, end: ipEnd(ip) };
}
