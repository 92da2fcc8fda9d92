import type { EndpointSlice, Protocol, Service, ServicePort } from "../../model/kubernetes.ts";
import { FAMILIES, type Family } from "./address.ts";
import { sortAddresses } from "./lab-pod.ts";
import { HEADER } from "./rule-lines.ts";
import { serviceChain } from "./rule-names.ts";
import type { RulesetDraft } from "./ruleset.ts";

const SERVICE_LABEL = "kubernetes.io/service-name";

/**
 * ClusterIPs as kube-proxy makes them: the destination becomes a random endpoint's before any policy sees the
 * connection; what no endpoint serves is refused, whatever the policies say.
 */
export function addServiceRules(
  draft: RulesetDraft,
  services: Iterable<Service>,
  slices: Iterable<EndpointSlice>,
): void {
  draft.chains.set("services", {
    hook: "type nat hook prerouting priority -100",
    rules: FAMILIES.map(
      (family) => `${HEADER[family]} daddr . meta l4proto . th dport vmap @services/${family}`,
    ),
  });
  draft.chains.set("unserved", {
    hook: "type filter hook prerouting priority -90",
    rules: FAMILIES.map((family) => `${HEADER[family]} daddr @cluster-ips/${family} goto refused`),
  });
  draft.chains.set("refused", { rules: ["meta l4proto tcp reject with tcp reset", "reject"] });
  for (const family of FAMILIES) {
    draft.addCollection("set", `cluster-ips/${family}`, `${family}_addr`);
    draft.addCollection("map", `services/${family}`, `${family}_addr . inet_proto . inet_service : verdict`);
  }
  const slicesOf = groupByService(slices);
  for (const service of services) {
    addService(draft, service, slicesOf.get(keyOf(service.metadata.namespace, service.metadata.name)) ?? []);
  }
}

function addService(draft: RulesetDraft, service: Service, slices: readonly EndpointSlice[]): void {
  const { spec } = service;
  const clusterIps = sortAddresses(spec?.clusterIPs ?? (spec?.clusterIP == null ? [] : [spec.clusterIP]));
  const key = keyOf(service.metadata.namespace, service.metadata.name);
  for (const family of FAMILIES) {
    for (const address of clusterIps[family]) {
      draft.addElement(`cluster-ips/${family}`, address);
      for (const port of spec?.ports ?? []) {
        const targets = endpointsOf(port, family, slices);
        if (targets.length > 0) {
          const protocol = port.protocol ?? "TCP";
          const chain = serviceChain(key, protocol, port.port, family);
          draft.chains.set(chain, { rules: [translate(family, protocol, targets)] });
          draft.addElement(
            `services/${family}`,
            `${address} . ${protocol.toLowerCase()} . ${port.port}`,
            `goto ${chain}`,
          );
        }
      }
    }
  }
}

/** `address . port` of the ready endpoints, each once. */
function endpointsOf(servicePort: ServicePort, family: Family, slices: readonly EndpointSlice[]): string[] {
  const targets = slices
    .filter(({ addressType }) => addressType.toLowerCase() === family)
    .flatMap(({ endpoints, ports }) => {
      const numbers = (ports ?? [])
        .filter(
          ({ name, protocol }) =>
            (name ?? "") === (servicePort.name ?? "") &&
            (protocol ?? "TCP") === (servicePort.protocol ?? "TCP"),
        )
        .flatMap(({ port }) => port ?? []);
      const addresses = (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap((endpoint) => sortAddresses(endpoint.addresses)[family]);
      return addresses.flatMap((address) => numbers.map((number) => `${address} . ${number}`));
    });
  return [...new Set(targets)].sort();
}

function translate(family: Family, protocol: Protocol, targets: readonly string[]): string {
  const choices = targets.map((target, i) => `${i} : ${target}`).join(", ");
  return (
    `meta l4proto ${protocol.toLowerCase()} ` +
    `dnat ${HEADER[family]} to numgen random mod ${targets.length} map { ${choices} }`
  );
}

function groupByService(slices: Iterable<EndpointSlice>): Map<string, EndpointSlice[]> {
  const groups = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = keyOf(slice.metadata.namespace, slice.metadata.labels?.[SERVICE_LABEL] ?? "");
    groups.set(key, [...(groups.get(key) ?? []), slice]);
  }
  return groups;
}

function keyOf(namespace: string | null | undefined, name: string): string {
  return `${namespace ?? "default"}/${name}`;
}
