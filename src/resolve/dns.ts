import type { Service } from "../model/kubernetes.ts";
import type { DnsTarget } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { parseAddress } from "../selectors/ip-address.ts";
import { serviceEndpoints } from "../selectors/service-endpoints.ts";
import { isStandIn } from "./pods.ts";
import { backendOf, hopOf } from "./service.ts";

const DNS_PORT = 53;

/** The cluster's DNS Service: kubeadm, kind, EKS, GKE and AKS call it kube-dns; RKE2 and OpenShift do not. */
function isClusterDns(service: Service): boolean {
  const namespace = service.metadata.namespace;
  const name = service.metadata.name;
  return (
    (namespace === "kube-system" &&
      (name === "kube-dns" || service.metadata.labels?.["k8s-app"] === "kube-dns")) ||
    (namespace === "openshift-dns" && name === "dns-default")
  );
}

/** Manifests of an application seldom hold the cluster's DNS; this is how nearly every cluster labels it. */
const CONVENTIONAL_DNS: PodEnd = {
  kind: "pod",
  key: "kube-system/kube-dns",
  display: "kube-system/{k8s-app: kube-dns}",
  namespace: "kube-system",
  labels: { "k8s-app": "kube-dns" },
  spec: {
    containers: [
      {
        name: "dns",
        ports: [
          { name: "dns", containerPort: DNS_PORT, protocol: "UDP" },
          { name: "dns-tcp", containerPort: DNS_PORT, protocol: "TCP" },
        ],
      },
    ],
  },
  ips: undefined,
};

/** Where a DNS query ends, for the prediction; the probe itself asks the name server of the pod's own resolv.conf. */
export function dnsTarget(snapshot: Snapshot, protocol: "UDP" | "TCP" = "UDP"): DnsTarget {
  const service = snapshot.services.find(isClusterDns);
  const display =
    service === undefined
      ? "the cluster's DNS"
      : `DNS ${service.metadata.namespace}/${service.metadata.name}`;
  if (service === undefined) {
    const backends = snapshot.origin === "manifests" ? [{ end: CONVENTIONAL_DNS, port: DNS_PORT }] : [];
    return { kind: "dns", display, port: DNS_PORT, backends };
  }
  const slices = snapshot.origin === "cluster" ? snapshot.endpointSlices : undefined;
  const pods = snapshot.pods.filter((pod) => !isStandIn(pod));
  const port = serviceEndpoints(service, pods, slices).ports.find(
    (candidate) => candidate.port.port === DNS_PORT && (candidate.port.protocol ?? "TCP") === protocol,
  );
  const address = service.spec?.clusterIP ?? "";
  // A headless one, and one without an address yet, is asked at its pods.
  const via = parseAddress(address) === undefined ? {} : { via: hopOf(service, address, DNS_PORT) };
  const backends = (port?.endpoints ?? []).map((backend) => ({ ...backendOf(backend, snapshot), ...via }));
  return { kind: "dns", display, port: DNS_PORT, backends };
}
