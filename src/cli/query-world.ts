import type { EngineEnd } from "../engine/ends.ts";
import type { Engine } from "../engine/engine.ts";
import { hasEnded } from "../engine/pod-ends.ts";
import type { Pod, Protocol, Service } from "../model/kubernetes.ts";
import { type Snapshot, type SnapshotResource, unreadIn } from "../model/snapshot.ts";
import type { ServiceHop } from "../model/traffic.ts";
import { podsOfWorkload } from "../resolve/pods.ts";
import { hopOf } from "../resolve/service.ts";
import { formatAddress, parseAddress } from "../selectors/ip-address.ts";
import { type ServiceEndpoints, serviceEndpoints } from "../selectors/service-endpoints.ts";

/** A place where a connection begins or ends. */
export interface Place {
  readonly end: EngineEnd;
  /** `shop/db-0`, or an address. */
  readonly display: string;
}

/** What a name of a query stands for. */
export type Named =
  | { readonly kind: "places"; readonly places: readonly Place[] }
  | { readonly kind: "service"; readonly service: Service }
  /** It is there, but nothing can be said of it. */
  | { readonly kind: "ended"; readonly reason: string }
  | { readonly kind: "unknown"; readonly error: string };

/** Where a connection to a port of a Service ends. */
export type ServiceTargets =
  | { readonly kind: "endpoints"; readonly endpoints: readonly ServiceTarget[] }
  | { readonly kind: "alias"; readonly host: string }
  | { readonly kind: "unknown-port"; readonly error: string };

export interface ServiceTarget extends Place {
  readonly port: number;
  /** Absent: the client dials the endpoint itself (S43). */
  readonly via?: ServiceHop;
}

/** Finds by name what queries are about; everything is looked up once. */
export class QueryWorld {
  readonly #snapshot: Snapshot;
  readonly #engine: Engine;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #podsIn: ReadonlyMap<string, readonly Pod[]>;
  readonly #named = new Map<string, Named>();
  readonly #endpoints = new Map<Service, ServiceEndpoints>();
  #byAddress: { readonly pods: Map<string, string>; readonly services: Map<string, Service> } | undefined;

  constructor(snapshot: Snapshot, engine: Engine) {
    this.#snapshot = snapshot;
    this.#engine = engine;
    this.#services = new Map(snapshot.services.map((service) => [nameOf(service), service]));
    this.#podsIn = Map.groupBy(snapshot.pods, (pod) => pod.metadata.namespace ?? "default");
  }

  find(text: string): Named {
    let named = this.#named.get(text);
    if (named === undefined) {
      named = this.#find(text);
      this.#named.set(text, named);
    }
    return named;
  }

  #find(text: string): Named {
    const parts = text.split("/");
    if (parts.length === 1) return this.#findAddress(text);
    const [namespace = "", second = "", third] = parts;
    if (parts.length === 3 && second === "service") {
      const service = this.#services.get(`${namespace}/${third}`);
      return service === undefined
        ? this.#unknown("Service", "services", namespace, `${third}`)
        : { kind: "service", service };
    }
    return parts.length === 2
      ? this.#findPod(namespace, second)
      : {
          kind: "unknown",
          error: `${text} is neither namespace/pod nor namespace/service/name nor an address`,
        };
  }

  #findPod(namespace: string, name: string): Named {
    const key = `${namespace}/${name}`;
    const end = this.#engine.pod(key);
    if (end !== undefined) return { kind: "places", places: [{ end, display: key }] };
    const neighbours = this.#podsIn.get(namespace) ?? [];
    const ended = neighbours.find((pod) => pod.metadata.name === name);
    if (ended !== undefined) {
      const reason = `pod ${key} has ended (${ended.status?.phase}): nothing connects from or to it (S37)`;
      return { kind: "ended", reason };
    }
    return this.#findWorkload(namespace, name) ?? this.#unknown("pod", "pods", namespace, name);
  }

  /** It is not there; or nobody knows, since it may not be read. */
  #unknown(kind: string, resource: SnapshotResource, namespace: string, name: string): Named {
    const unread = unreadIn(this.#snapshot.unread, resource, namespace);
    return {
      kind: "unknown",
      error:
        unread === undefined
          ? `there is no ${kind} ${namespace}/${name}`
          : `${kind} ${namespace}/${name} cannot be read: ${unread.reason}`,
    };
  }

  /** The name of a Deployment, StatefulSet, … stands for its pods. */
  #findWorkload(namespace: string, name: string): Named | undefined {
    const workloads = this.#snapshot.workloads.filter(
      ({ metadata }) => metadata.name === name && (metadata.namespace ?? "default") === namespace,
    );
    const [first] = workloads;
    if (first === undefined) return undefined;
    const pods = new Set(workloads.flatMap((workload) => podsOfWorkload(this.#snapshot, workload)));
    const places = [...pods].filter((pod) => !hasEnded(pod)).map((pod) => this.#placeOf(pod));
    return places.length === 0
      ? { kind: "unknown", error: `${first.kind} ${namespace}/${name} has no pods` }
      : { kind: "places", places };
  }

  #placeOf(pod: Pod): Place {
    const key = `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
    const end = this.#engine.pod(key);
    if (end === undefined) throw new Error(`the engine does not know pod ${key}`);
    return { end, display: key };
  }

  #findAddress(text: string): Named {
    const parsed = parseAddress(text);
    const end = this.#engine.address(text);
    if (parsed === undefined || end === undefined) {
      return { kind: "unknown", error: `${text} is neither an address nor namespace/pod` };
    }
    this.#byAddress ??= this.#addresses();
    const address = formatAddress(parsed);
    const pod = this.#engine.pod(this.#byAddress.pods.get(address) ?? "");
    if (pod !== undefined)
      return { kind: "places", places: [{ end: pod, display: pod.pod?.display ?? text }] };
    const service = this.#byAddress.services.get(address);
    return service === undefined
      ? { kind: "places", places: [{ end, display: address }] }
      : { kind: "service", service };
  }

  /** Addresses that are a pod's own or a Service's; those of host-network pods are their nodes'. */
  #addresses() {
    const pods = new Map<string, string>();
    for (const { key, ips, spec } of this.#engine.pods) {
      if (spec.hostNetwork === true) continue;
      for (const ip of ips ?? []) pods.set(canonical(ip), key);
    }
    const services = new Map<string, Service>();
    for (const service of this.#snapshot.services) {
      const addresses = service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ""];
      for (const address of addresses) {
        if (parseAddress(address) !== undefined) services.set(canonical(address), service);
      }
    }
    return { pods, services };
  }

  targetsOf(service: Service, port: number, protocol: Protocol): ServiceTargets {
    const name = nameOf(service);
    const found = this.#endpointsOf(service);
    if (found.kind === "external-name") {
      return { kind: "alias", host: service.spec?.externalName ?? "a name outside" };
    }
    const asked = found.ports.filter(
      (candidate) => candidate.port.port === port && (candidate.port.protocol ?? "TCP") === protocol,
    );
    if (asked.length === 0 && found.kind === "proxied") {
      const known = found.ports.map(
        (candidate) => `${candidate.port.port}/${candidate.port.protocol ?? "TCP"}`,
      );
      const has = known.length === 0 ? "it has no ports" : `it has ${known.join(", ")}`;
      return { kind: "unknown-port", error: `Service ${name} has no port ${port}/${protocol}: ${has}` };
    }
    // S43: nothing maps the ports of a headless Service, so any number may be dialled.
    const backends =
      asked.length > 0
        ? asked.flatMap(({ endpoints }) => endpoints)
        : found.backends.map((backend) => ({ ...backend, targetPort: port }));
    const [address] = (service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ""]).filter(
      (candidate) => parseAddress(candidate) !== undefined,
    );
    const { address: _, ...hop } = hopOf(service, "", port);
    const via: ServiceHop = address === undefined ? hop : { ...hop, address };
    const endpoints = backends.map(({ pod, address: own, targetPort }): ServiceTarget => {
      const place = pod === undefined ? this.#placeAt(own ?? "") : this.#placeOf(pod);
      return { ...place, port: targetPort, ...(found.kind === "proxied" ? { via } : {}) };
    });
    return { kind: "endpoints", endpoints: onlyOnce(endpoints) };
  }

  #endpointsOf(service: Service): ServiceEndpoints {
    let found = this.#endpoints.get(service);
    if (found === undefined) {
      const namespace = service.metadata.namespace ?? "default";
      const { endpointSlices, origin } = this.#snapshot;
      const own = endpointSlices.filter(
        (slice) =>
          (slice.metadata.namespace ?? "default") === namespace &&
          slice.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
      );
      // In manifests only hand-written slices count: a Service with a selector has none yet.
      const slices = origin === "manifests" && own.length === 0 ? undefined : own;
      found = serviceEndpoints(service, this.#podsIn.get(namespace) ?? [], slices);
      this.#endpoints.set(service, found);
    }
    return found;
  }

  #placeAt(address: string): Place {
    const named = this.#findAddress(address);
    if (named.kind === "places" && named.places[0] !== undefined) return named.places[0];
    return { end: this.#engine.unknownAddress, display: address };
  }
}

/** A dual-stack pod is one place, whatever its addresses. */
function onlyOnce(endpoints: readonly ServiceTarget[]): readonly ServiceTarget[] {
  return [
    ...new Map(endpoints.map((endpoint) => [`${endpoint.display}:${endpoint.port}`, endpoint])).values(),
  ];
}

function nameOf({ metadata }: Service): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

function canonical(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}
