import type { Knobs } from "../model/profile.ts";
import type { PodEnd, ServiceHop } from "../model/traffic.ts";
import { ANYWHERE, type EndView, familiesOf, singles } from "./end-view.ts";

/** What egress policies see of a connection to a Service, of which `endpoint` is one (S17). */
export function seenAsService(
  endpoint: EndView,
  port: number,
  service: ServiceHop,
  seenAs: Knobs["serviceSeenAs"],
): { readonly other: EndView; readonly port: number } {
  if (seenAs === "endpoint") {
    return { other: endpoint, port };
  }
  // A Service has addresses of the families that its endpoints have.
  const families = familiesOf(endpoint.ranges);
  const ranges = singles(service.address === undefined ? [] : [service.address]);
  const address: Pick<EndView, "ranges" | "address"> =
    ranges.length > 0
      ? { ranges, address: "exact" }
      : { ranges: ANYWHERE.filter(({ family }) => families.includes(family)), address: "unknown" };
  if (seenAs === "address") {
    return { other: { ...endpoint, ...address }, port };
  }
  const labelled = Object.keys(service.selector).length > 0 ? asPod(service, endpoint.pod) : undefined;
  const display = `Service ${service.name}`;
  return { other: { display, pod: labelled, ...address, asNode: false }, port: service.port };
}

/** A plugin that knows no endpoints compares a peer's selector with the Service's own one. */
function asPod({ name, namespace, selector, address }: ServiceHop, endpoint: PodEnd | undefined): PodEnd {
  const { containers = [], initContainers } = endpoint?.spec ?? {};
  return {
    kind: "pod",
    key: `Service ${name}`,
    display: `Service ${name}`,
    namespace,
    labels: selector,
    spec: { containers, initContainers },
    ips: address === undefined ? undefined : [address],
  };
}
