import { DNS_ADDRESSES } from "./addresses.ts";
import type { LabPod } from "./pod.ts";

/** The cluster's domain, as kubeadm has it. */
export const CLUSTER_DOMAIN = "cluster.local";

/** Content of a pod's resolv.conf, as its dnsPolicy and dnsConfig ask. There is no other server than the cluster's. */
export function resolvConf({ metadata, spec }: LabPod): string {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork } = spec;
  const isOwn = dnsPolicy === "None";
  const isNodes = dnsPolicy === "Default" || (dnsPolicy === "ClusterFirst" && hostNetwork === true);
  const searches =
    isOwn || isNodes
      ? []
      : [`${metadata.namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];
  const allSearches = [...new Set([...searches, ...(dnsConfig?.searches ?? [])])];
  const options = [
    ...(isOwn || isNodes ? [] : ["ndots:5"]),
    ...(dnsConfig?.options ?? []).map(({ name, value }) => (value === undefined ? name : `${name}:${value}`)),
  ];
  return [
    ...(allSearches.length === 0 ? [] : [`search ${allSearches.join(" ")}`]),
    ...[...(isOwn ? [] : [DNS_ADDRESSES[0]]), ...(dnsConfig?.nameservers ?? [])].map(
      (ip) => `nameserver ${ip}`,
    ),
    ...(options.length === 0 ? [] : [`options ${options.join(" ")}`]),
    "",
  ].join("\n");
}

/** Lines of a pod's /etc/hosts beside its own name: the full name that its subdomain gives it, and its hostAliases. */
export function hostsLines({ metadata, spec }: LabPod, addresses: readonly string[]): readonly string[] {
  const { hostname = metadata.name, subdomain, hostAliases = [] } = spec;
  const full =
    subdomain === undefined ? [] : [`${hostname}.${subdomain}.${metadata.namespace}.svc.${CLUSTER_DOMAIN}`];
  return [
    ...full.flatMap((name) => addresses.map((address) => `${address} ${name}`)),
    ...hostAliases.map(({ ip, hostnames }) => `${ip} ${(hostnames ?? []).join(" ")}`),
  ];
}
