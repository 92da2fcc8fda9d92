import type { Protocol, Service, ServicePort } from "../model/kubernetes.ts";
import type { Backend, ResolvedTarget } from "../model/resolved.ts";
import type { Flow, ServiceEndpoint as ServiceEndpointOfScenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { ServiceHop } from "../model/traffic.ts";
import {
  type ServiceBackend,
  type ServiceEndpoint,
  type ServicePortEndpoints,
  serviceEndpoints,
} from "../selectors/service-endpoints.ts";
import { ipEnd } from "./address.ts";
import type { Findings } from "./findings.ts";
import { isStandIn, namespaceOf, podEnd } from "./pods.ts";
import type { TargetResult } from "./target.ts";

/** S40-S43: the ClusterIP, and every endpoint directly; headless: every endpoint on the port that was asked for. */
export function resolveService(
  flow: Flow,
  endpoint: ServiceEndpointOfScenario,
  snapshot: Snapshot,
  findings: Findings,
): TargetResult {
  const service = snapshot.services.find(
    (candidate) =>
      candidate.metadata.name === endpoint.service &&
      (candidate.metadata.namespace ?? "default") === endpoint.namespace,
  );
  if (service === undefined) {
    findings.noSuch(endpoint, "Service", endpoint.service, snapshot);
    return { targets: [] };
  }
  const name = `${endpoint.namespace}/${endpoint.service}`;
  const pods = snapshot.pods.filter((pod) => !isStandIn(pod));
  const slices = snapshot.origin === "cluster" ? snapshot.endpointSlices : manualSlices(snapshot, endpoint);
  const found = serviceEndpoints(service, pods, slices);
  if (found.kind === "external-name") {
    return { targets: aliasTargets(flow, service, name, findings) };
  }
  const ports = portsAsked(flow, found.ports, found.kind === "headless" ? found.backends : []);
  if (ports.length === 0) {
    const known = found.ports.map(({ port }) => `${port.name ?? port.port}/${port.protocol ?? "TCP"}`);
    findings.error(
      flow.range,
      `Service ${name} has no ${flow.protocol} port ${flow.port ?? ""}`.trimEnd(),
      known.length === 0 ? "it has no ports at all" : `it has: ${known.join(", ")}`,
    );
    return { targets: [] };
  }
  if (ports.every((port) => port.endpoints.length === 0)) {
    return {
      targets: [],
      problem: {
        reason: `no endpoints: Service ${name} has no ready pod behind port ${ports.map((p) => p.port.port).join(", ")}`,
        advice: "compare the Service's selector and targetPort with its pods, and look at their readiness",
      },
    };
  }
  if (service.spec?.internalTrafficPolicy === "Local") {
    findings.warn(
      flow.range,
      `Service ${name} has internalTrafficPolicy: Local: from a node without an endpoint of its own it leads nowhere (S45)`,
      "the answers are about the endpoints there are, wherever the source runs",
    );
  }
  const limit = endpoint.replicas ?? Number.POSITIVE_INFINITY;
  const targets: ResolvedTarget[] = [];
  for (const { port, endpoints } of ports) {
    const clusterIps = service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ""];
    for (const address of found.kind === "proxied" ? clusterIps.filter((ip) => ip !== "") : []) {
      const via = hopOf(service, address, port.port);
      const backends = endpoints.map((backend) => ({ ...backendOf(backend, snapshot), via }));
      targets.push({
        kind: "cluster-ip",
        display: `ClusterIP ${address} of Service ${name}`,
        address,
        port: port.port,
        backends,
      });
    }
    for (const backend of endpoints.slice(0, limit)) {
      targets.push(directTarget(backend, name, snapshot));
    }
  }
  return { targets };
}

/** S44: a DNS alias; the client dials the port that it chose at whatever address the name resolves to. */
function aliasTargets(flow: Flow, service: Service, name: string, findings: Findings): ResolvedTarget[] {
  const host = service.spec?.externalName ?? "";
  const declared = service.spec?.ports ?? [];
  const ports =
    typeof flow.port === "number"
      ? [flow.port]
      : declared
          .filter((port) => flow.port === undefined || port.name === flow.port)
          .filter((port) => protocolOf(port) === flow.protocol)
          .map(({ port }) => port);
  if (ports.length === 0 || host === "") {
    findings.error(
      flow.range,
      host === ""
        ? `Service ${name} is an alias without an externalName`
        : `Service ${name} is an alias for ${host} and declares no ${flow.protocol} port ${flow.port ?? ""}`.trimEnd(),
      host === "" ? "say what it stands for" : "give the port's number",
    );
    return [];
  }
  return ports.map((port) => ({
    kind: "host",
    display: `${host} (alias by Service ${name})`,
    host,
    port,
    end: { kind: "unknown-address", display: host, host },
  }));
}

/** What policies may see of a Service on the way to its endpoints (S17, S45). */
export function hopOf(service: Service, address: string, port: number): ServiceHop {
  const namespace = service.metadata.namespace ?? "default";
  return {
    name: `${namespace}/${service.metadata.name}`,
    namespace,
    address,
    port,
    selector: service.spec?.selector ?? {},
    keepsClient: service.spec?.externalTrafficPolicy === "Local",
  };
}

/** In manifests only hand-written slices count: a Service with a selector has none yet. */
function manualSlices(
  snapshot: Snapshot,
  endpoint: ServiceEndpointOfScenario,
): Snapshot["endpointSlices"] | undefined {
  const own = snapshot.endpointSlices.filter(
    (slice) =>
      (slice.metadata.namespace ?? "default") === endpoint.namespace &&
      slice.metadata.labels?.["kubernetes.io/service-name"] === endpoint.service,
  );
  return own.length === 0 ? undefined : own;
}

/** The Service's ports that the flow means: by number, by name, or all of them. */
function portsAsked(
  flow: Flow,
  ports: readonly ServicePortEndpoints[],
  headless: readonly ServiceBackend[],
): readonly ServicePortEndpoints[] {
  const asked = ports.filter(({ port }) => {
    if (flow.port === undefined) return true;
    return protocolOf(port) === flow.protocol && (port.port === flow.port || port.name === flow.port);
  });
  if (asked.length > 0 || typeof flow.port !== "number" || headless.length === 0) return asked;
  // S43: nothing maps the ports of a headless Service, so any number may be dialled.
  const number = flow.port;
  return [
    {
      port: { port: number, protocol: flow.protocol },
      endpoints: headless.map(({ pod, address }) => ({
        ...(pod === undefined ? {} : { pod }),
        ...(address === undefined ? {} : { address }),
        targetPort: number,
      })),
    },
  ];
}

function protocolOf(port: ServicePort): Protocol {
  return port.protocol ?? "TCP";
}

export function backendOf(backend: ServiceEndpoint, snapshot: Snapshot): Backend {
  if (backend.pod !== undefined) {
    return { end: podEnd(backend.pod, snapshot.nodes), port: backend.targetPort };
  }
  return { end: ipEnd(backend.address ?? "0.0.0.0"), port: backend.targetPort };
}

function directTarget(backend: ServiceEndpoint, service: string, snapshot: Snapshot): ResolvedTarget {
  const via = `behind Service ${service}`;
  if (backend.pod !== undefined) {
    const name = `${namespaceOf(backend.pod)}/${backend.pod.metadata.name}`;
    const end = podEnd(backend.pod, snapshot.nodes);
    return { kind: "pod", display: `pod ${name} ${via}`, pod: backend.pod, port: backend.targetPort, end };
  }
  const address = backend.address ?? "0.0.0.0";
  return {
    kind: "address",
    display: `${address} ${via}`,
    address,
    port: backend.targetPort,
    end: ipEnd(address),
  };
}
