import type {
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
  Workload,
} from "../src/model/kubernetes.ts";
import type { EndpointPort, Flow, LabelsEndpoint } from "../src/model/scenario.ts";
import { NO_ADMIN_POLICIES, type Snapshot } from "../src/model/snapshot.ts";

export function snapshot(parts: Partial<Snapshot>): Snapshot {
  return {
    origin: "cluster",
    namespaces: [],
    pods: [],
    services: [],
    endpointSlices: [],
    networkPolicies: [],
    adminPolicies: NO_ADMIN_POLICIES,
    nodes: [],
    workloads: [],
    unread: [],
    foreignPolicies: [],
    locate: () => undefined,
    ...parts,
  };
}

export function namespace(name: string, labels: Labels = {}): Namespace {
  return { metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } } };
}

export function node(name: string, ip: string, ready = "True"): Node {
  return {
    metadata: { name },
    status: {
      addresses: [{ type: "InternalIP", address: ip }],
      conditions: [{ type: "Ready", status: ready }],
    },
  };
}

export interface PodOptions {
  readonly labels?: Labels;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly ip?: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly readinessPort?: number | string;
  readonly hostNetwork?: boolean;
  readonly terminating?: boolean;
}

/** A pod `namespace/name` that runs and is Ready unless said otherwise. */
export function pod(fullName: string, options: PodOptions = {}): Pod {
  const [ns = "default", name = ""] = fullName.split("/");
  return {
    metadata: {
      name,
      namespace: ns,
      labels: options.labels ?? {},
      ...(options.terminating === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      nodeName: options.node ?? "node1",
      hostNetwork: options.hostNetwork ?? false,
      containers: [
        {
          name: "c",
          ports: options.ports ?? [],
          ...(options.readinessPort === undefined
            ? {}
            : { readinessProbe: { tcpSocket: { port: options.readinessPort } } }),
        },
      ],
    },
    status: {
      phase: options.phase ?? "Running",
      podIP: options.ip ?? "10.0.0.1",
      podIPs: [{ ip: options.ip ?? "10.0.0.1" }],
      conditions: [{ type: "Ready", status: options.ready === false ? "False" : "True" }],
    },
  };
}

export function deployment(fullName: string, labels: Labels, more: Partial<Workload> = {}): Workload {
  const [ns = "default", name = ""] = fullName.split("/");
  return {
    kind: "Deployment",
    metadata: { name, namespace: ns },
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "c" }] } },
    ...more,
  };
}

export function service(fullName: string, spec: Service["spec"]): Service {
  const [ns = "default", name = ""] = fullName.split("/");
  return { metadata: { name, namespace: ns }, spec };
}

export function policy(fullName: string, spec: NetworkPolicy["spec"]): NetworkPolicy {
  const [ns = "default", name = ""] = fullName.split("/");
  return { metadata: { name, namespace: ns }, spec };
}

const RANGE = { file: "s.yaml", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };

export function labelsEndpoint(name: string, ns: string, more: Partial<LabelsEndpoint> = {}): LabelsEndpoint {
  return {
    kind: "labels",
    name,
    range: RANGE,
    namespace: ns,
    labels: { app: name },
    ports: [],
    standIn: false,
    hypothetical: true,
    ...more,
  };
}

export function tcp(port: number, name?: string): EndpointPort {
  return { port, protocol: "TCP", serve: "tcp", ...(name === undefined ? {} : { name }) };
}

export function flow(from: Flow["from"], to: Flow["to"], more: Partial<Flow> = {}): Flow {
  return {
    id: `${from.name} -> ${to.name}:${String(more.port ?? 80)}/${more.protocol ?? "TCP"}`,
    scenario: "s",
    from,
    to,
    port: 80,
    protocol: "TCP",
    application: { kind: "connect" },
    expect: "allow",
    timeoutMs: 2000,
    unreachableIsFine: false,
    observe: true,
    range: RANGE,
    ...more,
  };
}

export const DENY_ALL: NetworkPolicy["spec"] = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
