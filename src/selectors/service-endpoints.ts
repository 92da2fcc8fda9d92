import type { EndpointSlice, Pod, Service, ServicePort } from "../model/kubernetes.ts";
import { findTargetPort } from "./container-ports.ts";
import { type AddressFamily, parseAddress } from "./ip-address.ts";
import { matchesSelector } from "./label-selector.ts";

/** Where a connection to a Service may end. */
export interface ServiceBackend {
  /** The pod, where the backend is one and is among those given. */
  readonly pod?: Pod;
  /** One address of the backend; a dual-stack backend is listed once per address. Absent: not known yet. */
  readonly address?: string;
}

/** One backend of one Service port. */
export interface ServiceEndpoint extends ServiceBackend {
  /** The port that the connection arrives at; for a headless Service the Service's own port number (S43). */
  readonly targetPort: number;
}

export interface ServicePortEndpoints {
  readonly port: ServicePort;
  readonly endpoints: readonly ServiceEndpoint[];
}

export interface ServiceEndpoints {
  /**
   * - `proxied` a ClusterIP, NodePort or LoadBalancer: the network leads each port to its endpoints
   * - `headless` DNS gives `backends`; the client dials any port of them, with no mapping (S43)
   * - `external-name` a DNS alias: no endpoints (S44)
   */
  readonly kind: "proxied" | "headless" | "external-name";
  /** One entry per Service port, in the Service's order; empty for a headless Service without ports. */
  readonly ports: readonly ServicePortEndpoints[];
  /** Every backend once per address, whatever its ports. */
  readonly backends: readonly ServiceBackend[];
}

const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** A backend before the Service's ports are looked at. */
interface Candidate extends ServiceBackend {
  readonly ready: boolean;
  /** Still answers though its pod is being deleted: used when nothing is ready (kube-proxy, since 1.28). */
  readonly servingTerminating: boolean;
  /** The number that the Service port leads to on this backend; undefined: it has none. */
  readonly targetPort: (port: ServicePort) => number | undefined;
}

/**
 * The endpoints of a Service, port by port (S40-S43).
 * @param pods all pods of the Service's namespace; others are passed over
 * @param slices EndpointSlices of a live cluster, which then decide; undefined: worked out from the selector as the
 *   EndpointSlice controller does. A pod without status (from a manifest) counts as ready.
 */
export function serviceEndpoints(
  service: Service,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[] | undefined,
): ServiceEndpoints {
  const spec = service.spec ?? {};
  if (spec.type === "ExternalName") {
    return { kind: "external-name", ports: [], backends: [] };
  }
  const local = pods.filter((pod) => namespaceOf(pod) === namespaceOf(service));
  const candidates = slices === undefined ? selected(service, local) : sliced(service, local, slices);
  const headless = spec.clusterIP === "None";
  const inUse = (usable: readonly Candidate[]): readonly Candidate[] => {
    const ready = usable.filter((candidate) => candidate.ready);
    return ready.length > 0 || headless ? ready : usable.filter((candidate) => candidate.servingTerminating);
  };
  const ports = (spec.ports ?? []).map((port): ServicePortEndpoints => {
    const usable = headless
      ? candidates
      : candidates.filter((candidate) => candidate.targetPort(port) !== undefined);
    const endpoints = inUse(usable).map((candidate) => ({
      ...backendOf(candidate),
      targetPort: (headless ? undefined : candidate.targetPort(port)) ?? port.port,
    }));
    return { port, endpoints: unique(endpoints) };
  });
  return {
    kind: headless ? "headless" : "proxied",
    ports,
    backends: unique(inUse(candidates).map(backendOf)),
  };
}

/** Membership by selector: S41; a Service without one has only the endpoints that somebody else writes (S44). */
function selected(service: Service, pods: readonly Pod[]): Candidate[] {
  const selector = service.spec?.selector ?? {};
  if (Object.keys(selector).length === 0) {
    return [];
  }
  const members = pods.filter(
    (pod) => matchesSelector({ matchLabels: selector }, pod.metadata.labels ?? {}) && mayBeEndpoint(pod),
  );
  return members.flatMap((pod) => {
    const serving = !hasStatus(pod) || isReady(pod);
    const terminating = typeof pod.metadata.deletionTimestamp === "string";
    const base = {
      pod,
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      servingTerminating: serving && terminating,
      targetPort: (port: ServicePort) => findTargetPort(pod.spec, port),
    };
    return podAddresses(pod).length === 0
      ? [base]
      : addressesFor(service, pod).map((address) => ({ ...base, address }));
  });
}

/** ShouldPodBeInEndpoints of the EndpointSlice controller; an address is asked for only where a status is known. */
function mayBeEndpoint(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== "Succeeded" && phase !== "Failed" && (!hasStatus(pod) || podAddresses(pod).length > 0);
}

function hasStatus({ status }: Pod): boolean {
  return typeof status?.phase === "string" || (status?.conditions ?? []).length > 0;
}

function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
}

function podAddresses({ status }: Pod): readonly string[] {
  const listed = (status?.podIPs ?? []).map(({ ip }) => ip);
  return listed.length > 0 ? listed : typeof status?.podIP === "string" ? [status.podIP] : [];
}

/** The pod's addresses in the Service's families; its first one where the Service names none. */
function addressesFor(service: Service, pod: Pod): readonly string[] {
  const clusterIps = service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ""];
  const families = new Set<AddressFamily | undefined>(clusterIps.map((ip) => parseAddress(ip)?.family));
  families.delete(undefined);
  const addresses = podAddresses(pod);
  return families.size === 0
    ? addresses.slice(0, 1)
    : addresses.filter((address) => families.has(parseAddress(address)?.family));
}

function sliced(service: Service, pods: readonly Pod[], slices: readonly EndpointSlice[]): Candidate[] {
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const own = slices.filter(
    (slice) =>
      namespaceOf(slice) === namespaceOf(service) &&
      slice.metadata.labels?.[SERVICE_NAME_LABEL] === service.metadata.name &&
      slice.addressType !== "FQDN", // kube-proxy passes over names
  );
  return own.flatMap((slice) =>
    (slice.endpoints ?? []).flatMap(({ addresses, conditions, targetRef }): Candidate[] => {
      const pod = targetRef?.kind === "Pod" && targetRef.name ? byName.get(targetRef.name) : undefined;
      // Unknown conditions are to be read as ready (discovery/v1 EndpointConditions).
      const ready = conditions?.ready ?? true;
      const base = {
        ...(pod === undefined ? {} : { pod }),
        ready,
        servingTerminating: (conditions?.serving ?? ready) && conditions?.terminating === true,
        targetPort: (port: ServicePort) => slicePort(slice, port),
      };
      return addresses.map((address) => ({ ...base, address }));
    }),
  );
}

function slicePort(slice: EndpointSlice, { name, protocol }: ServicePort): number | undefined {
  const found = (slice.ports ?? []).find(
    (port) => (port.name ?? "") === (name ?? "") && (port.protocol ?? "TCP") === (protocol ?? "TCP"),
  );
  return found?.port ?? undefined;
}

function backendOf({ pod, address }: ServiceBackend): ServiceBackend {
  return { ...(pod === undefined ? {} : { pod }), ...(address === undefined ? {} : { address }) };
}

/** Once each (an endpoint may stand in two slices while a controller moves it), by pod name and address. */
function unique<T extends ServiceBackend & { readonly targetPort?: number }>(
  endpoints: readonly T[],
): readonly T[] {
  const byKey = new Map(
    endpoints.map((endpoint) => [
      JSON.stringify([endpoint.pod?.metadata.name ?? "", endpoint.address ?? "", endpoint.targetPort]),
      endpoint,
    ]),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function namespaceOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string | null | undefined };
}): string {
  return metadata.namespace ?? "default";
}
