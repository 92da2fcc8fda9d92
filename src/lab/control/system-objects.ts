import type { LabStore } from "../model.ts";
import { DNS_ADDRESSES, type Families } from "./addresses.ts";
import { DNS_IMAGE } from "./pod-worker.ts";

const DNS_LABELS = { "k8s-app": "kube-dns" };

/** What every cluster has: its namespaces and its DNS, a pod behind a Service, so that policies apply to both. */
export function createSystemObjects(store: LabStore, families: Families): void {
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    store.create("namespaces", { metadata: { name } });
  }
  store.create("services", {
    metadata: { name: "kube-dns", namespace: "kube-system", labels: DNS_LABELS },
    spec: {
      selector: DNS_LABELS,
      clusterIP: DNS_ADDRESSES[0],
      clusterIPs: DNS_ADDRESSES.slice(0, families.length),
      ipFamilies: families,
      ipFamilyPolicy: "PreferDualStack",
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: "dns" },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: "dns-tcp" },
      ],
    },
  });
  store.create("deployments", {
    metadata: { name: "coredns", namespace: "kube-system", labels: DNS_LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: DNS_LABELS },
      template: {
        metadata: { labels: DNS_LABELS },
        spec: {
          dnsPolicy: "Default",
          containers: [
            {
              name: "coredns",
              image: DNS_IMAGE,
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
              ],
              // A name that is asked for too early would look like a policy.
              readinessProbe: { tcpSocket: { port: "dns-tcp" }, periodSeconds: 10 },
            },
          ],
        },
      },
    },
  });
}
