import type { DnsLookup, DnsRecord } from "../kernel/dns-answer.ts";
import type { LabStore, StoreEvent } from "../model.ts";
import type { Controller } from "./control.ts";
import { type LabPod, podAddresses } from "./pod.ts";
import { CLUSTER_DOMAIN } from "./resolver.ts";
import { clusterIps, familyOf, isExternalName, isHeadless, type LabService } from "./service.ts";

interface Slice {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
}

const TOUCHING = new Set(["services", "endpointslices", "namespaces", "pods"]);

/**
 * The names that the cluster's DNS knows (Kubernetes DNS-Based Service Discovery 1.1.0), and hosts outside. They are
 * put together when one is first asked for after a change.
 */
export class DnsZone implements Controller {
  readonly #store: LabStore;
  readonly #hosts: ReadonlyMap<string, readonly string[]>;
  #names: ReadonlyMap<string, readonly DnsRecord[]> | undefined;

  /** `hosts`: addresses of names outside of the cluster, in lower case. */
  constructor(store: LabStore, hosts: ReadonlyMap<string, readonly string[]>) {
    this.#store = store;
    this.#hosts = hosts;
  }

  onEvent({ resource }: StoreEvent): void {
    if (TOUCHING.has(resource.resource)) this.#names = undefined;
  }

  readonly lookup: DnsLookup = (name) => {
    this.#names ??= this.#build();
    return this.#names.get(name);
  };

  #build(): ReadonlyMap<string, readonly DnsRecord[]> {
    const names = new Map<string, DnsRecord[]>();
    const add = (name: string, ...records: readonly DnsRecord[]): void => {
      const known = names.get(name);
      if (known === undefined) names.set(name, [...records]);
      else known.push(...records);
    };
    add(CLUSTER_DOMAIN);
    add(`svc.${CLUSTER_DOMAIN}`);
    for (const { metadata } of this.#store.list("namespaces")) add(`${metadata.name}.svc.${CLUSTER_DOMAIN}`);
    for (const [host, addresses] of this.#hosts) add(host, ...addresses.map(addressRecord));
    for (const pod of this.#store.list("pods") as readonly LabPod[]) {
      for (const address of podAddresses(pod)) {
        add(`${dashed(address)}.${pod.metadata.namespace}.pod.${CLUSTER_DOMAIN}`, addressRecord(address));
      }
    }
    const slices = Map.groupBy(
      this.#store.list("endpointslices"),
      ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
    );
    for (const service of this.#store.list("services") as readonly LabService[]) {
      const key = `${service.metadata.namespace}/${service.metadata.name}`;
      addService(service, (slices.get(key) ?? []) as unknown as readonly Slice[], add);
    }
    return names;
  }
}

type Add = (name: string, ...records: readonly DnsRecord[]) => void;

function addService(service: LabService, slices: readonly Slice[], add: Add): void {
  const name = `${service.metadata.name}.${service.metadata.namespace}.svc.${CLUSTER_DOMAIN}`;
  if (isExternalName(service)) {
    add(name, { type: "CNAME", target: (service.spec.externalName ?? "").replace(/\.$/, "").toLowerCase() });
  } else if (isHeadless(service)) {
    add(name);
    addEndpoints(name, slices, add);
  } else {
    add(name, ...clusterIps(service).map(addressRecord));
    for (const { name: port = "", protocol = "TCP", port: number } of service.spec.ports ?? []) {
      if (port !== "") add(serviceName(port, protocol, name), { type: "SRV", port: number, target: name });
    }
  }
}

function addEndpoints(name: string, slices: readonly Slice[], add: Add): void {
  for (const { endpoints, ports } of slices) {
    for (const { addresses, hostname, conditions } of endpoints ?? []) {
      if (conditions?.ready === false) continue;
      for (const address of addresses) {
        const own = `${hostname ?? dashed(address)}.${name}`;
        add(name, addressRecord(address));
        add(own, addressRecord(address));
        for (const { name: port = "", protocol = "TCP", port: number } of ports ?? []) {
          if (port === "" || number === undefined) continue;
          add(serviceName(port, protocol, name), { type: "SRV", port: number, target: own });
        }
      }
    }
  }
}

function serviceName(port: string, protocol: string, name: string): string {
  return `_${port}._${protocol.toLowerCase()}.${name}`;
}

function addressRecord(address: string): DnsRecord {
  return { type: familyOf(address) === "IPv4" ? "A" : "AAAA", address };
}

function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, "-");
}
