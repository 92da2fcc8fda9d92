import type { Pod, Protocol } from "../model/kubernetes.ts";
import type { ResolvedTarget } from "../model/resolved.ts";
import type { EndpointPort, Flow, LabelsEndpoint, PodEndpoint, WorkloadEndpoint } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { declaredPorts, resolveNamedPort } from "../selectors/container-ports.ts";
import { addressEnd } from "./address.ts";
import { dnsTarget } from "./dns.ts";
import type { Findings } from "./findings.ts";
import { ipTarget } from "./ip-target.ts";
import { isProbeable, namespaceOf, podEnd, podsMatching, podsOfWorkload } from "./pods.ts";
import { resolveService } from "./service.ts";

export interface TargetResult {
  readonly targets: readonly ResolvedTarget[];
  readonly problem?: { readonly reason: string; readonly advice: string };
}

export interface ResolveOptions {
  /** Targets by labels that no pod carries become servers of our own. */
  readonly standIns: boolean;
  /** Nothing will be probed: labels alone are enough of a target. */
  readonly predictOnly: boolean;
}

const NONE: TargetResult = { targets: [] };

/** The places that a flow leads to. Nothing there is a finding, or a problem that makes the flow inconclusive. */
export function resolveTarget(
  flow: Flow,
  snapshot: Snapshot,
  findings: Findings,
  options: ResolveOptions,
): TargetResult {
  const { to } = flow;
  switch (to.kind) {
    case "labels": {
      if (to.standIn) return standInTarget(flow, to, findings);
      const pods = podsMatching(snapshot, to.namespace, { matchLabels: to.labels }).filter(isProbeable);
      if (pods.length > 0) return podTargets(flow, to, pods, snapshot, findings);
      if (options.standIns) return standInTarget(flow, to, findings);
      if (options.predictOnly) {
        findings.warn(
          to.range,
          `no pod in namespace ${to.namespace} carries the labels of ${to.name}`,
          "predicted for a pod with exactly these labels",
        );
        return standInTarget(flow, to, findings);
      }
      findings.error(
        to.range,
        `no running pod in namespace ${to.namespace} carries the labels of ${to.name}`,
        to.ports.length > 0
          ? "standIn: true (or --stand-ins for the run) starts a server of our own with these labels"
          : "standIn: true with ports (or --stand-ins for the run) starts a server of our own with these labels",
      );
      return NONE;
    }
    case "workload": {
      const { kind, name } = to.workload;
      const workload = snapshot.workloads.find(
        (candidate) =>
          candidate.kind === kind &&
          candidate.metadata.name === name &&
          (candidate.metadata.namespace ?? "default") === to.namespace,
      );
      if (workload === undefined) {
        findings.noSuch(to, kind, name, snapshot);
        return NONE;
      }
      const pods = podsOfWorkload(snapshot, workload).filter(isProbeable);
      if (pods.length > 0) return podTargets(flow, to, pods, snapshot, findings);
      findings.error(
        to.range,
        `${kind} ${to.namespace}/${name} has no running pod`,
        "scale it up, or describe it by labels with standIn: true",
      );
      return NONE;
    }
    case "pod": {
      const pod = snapshot.pods.find(
        (candidate) => candidate.metadata.name === to.pod && namespaceOf(candidate) === to.namespace,
      );
      if (pod === undefined) {
        findings.noSuch(to, "Pod", to.pod, snapshot);
        return NONE;
      }
      if (isProbeable(pod)) return podTargets(flow, to, [pod], snapshot, findings);
      findings.error(
        to.range,
        `Pod ${to.namespace}/${to.pod} is not running`,
        "wait until it runs, or start it",
      );
      return NONE;
    }
    case "service":
      return resolveService(flow, to, snapshot, findings);
    case "ip": {
      const port = numericPort(flow, to.ports, findings);
      if (port === undefined) return NONE;
      return { targets: [ipTarget(to.ip, port, flow.protocol, snapshot)] };
    }
    case "cidr": {
      const port = numericPort(flow, to.ports, findings);
      if (port === undefined) return NONE;
      return {
        targets: [{ kind: "cidr", display: to.cidr, port, end: addressEnd(to) }],
        problem: {
          reason: "a range of addresses cannot be probed",
          advice: "name single addresses by ip:, or say observe: false",
        },
      };
    }
    case "host": {
      const port = numericPort(flow, to.ports, findings);
      if (port === undefined) return NONE;
      const end = { kind: "unknown-address", display: to.host, host: to.host } as const;
      return { targets: [{ kind: "host", display: to.host, host: to.host, port, end }] };
    }
    case "dns":
      return { targets: [dnsTarget(snapshot, flow.protocol === "TCP" ? "TCP" : "UDP")] };
    default: {
      const never: never = to;
      throw new Error(`unhandled endpoint ${String(never)}`);
    }
  }
}

/** A server of our own on all ports of the endpoint and on the one that the flow asks for. */
function standInTarget(flow: Flow, endpoint: LabelsEndpoint, findings: Findings): TargetResult {
  const port = numericPort(flow, endpoint.ports, findings);
  if (port === undefined) return NONE;
  const known = endpoint.ports.some((p) => p.port === port && p.protocol === flow.protocol);
  const asked: EndpointPort = { port, protocol: flow.protocol, serve: serveFor(flow) };
  const ports = known
    ? endpoint.ports.map((p) => (isAsked(p, port, flow) ? { ...p, serve: serveFor(flow, p) } : p))
    : [...endpoint.ports, asked];
  const template = { namespace: endpoint.namespace, labels: endpoint.labels, ports, display: endpoint.name };
  return { targets: [{ kind: "stand-in", display: `stand-in for ${endpoint.name}`, template, port }] };
}

function isAsked(declared: EndpointPort, port: number, flow: Flow): boolean {
  return declared.port === port && declared.protocol === flow.protocol;
}

function serveFor(flow: Flow, declared?: EndpointPort): EndpointPort["serve"] {
  if (flow.application.kind === "http") return "http";
  return declared?.serve ?? (flow.protocol === "UDP" ? "udp" : "tcp");
}

/** For targets without pods: a port name stands for the number that the endpoint itself declares. */
function numericPort(flow: Flow, declared: readonly EndpointPort[], findings: Findings): number | undefined {
  if (typeof flow.port === "number") return flow.port;
  const found = declared.find((port) => port.name === flow.port && port.protocol === flow.protocol);
  if (found === undefined) {
    findings.error(
      flow.range,
      `${flow.to.name} declares no ${flow.protocol} port named ${String(flow.port)}`,
      "give the number, or declare it under ports",
    );
  }
  return found?.port;
}

function podTargets(
  flow: Flow,
  endpoint: LabelsEndpoint | WorkloadEndpoint | PodEndpoint,
  pods: readonly Pod[],
  snapshot: Snapshot,
  findings: Findings,
): TargetResult {
  const limit = endpoint.kind === "pod" ? undefined : endpoint.replicas;
  const targets: ResolvedTarget[] = [];
  const without: string[] = [];
  for (const pod of pods) {
    const name = `${namespaceOf(pod)}/${pod.metadata.name}`;
    const ports = portsOn(pod, flow.port, flow.protocol, endpoint.ports);
    if (ports.length === 0) without.push(name);
    if (limit !== undefined && targets.length >= limit) break;
    for (const port of ports) {
      targets.push({ kind: "pod", display: `pod ${name}`, pod, port, end: podEnd(pod, snapshot.nodes) });
    }
  }
  if (without.length > 0) {
    const message = `${without.join(", ")} ${without.length === 1 ? "declares" : "declare"} no ${flow.protocol} port named ${String(flow.port)}`;
    if (targets.length === 0) {
      const names = new Set(
        pods.flatMap((pod) => declaredPorts(pod.spec).map((port) => port.name ?? `${port.port}`)),
      );
      findings.error(
        flow.range,
        message,
        names.size === 0 ? "give the number" : `declared there: ${[...names].join(", ")}`,
      );
    } else {
      findings.warn(
        flow.range,
        `${message}, and is left out of this flow`,
        "declare the port there, or give the number",
      );
    }
  }
  return { targets };
}

/** S27: a port name is resolved on the pod itself; where the pod does not know it, the endpoint may. */
function portsOn(
  pod: Pod,
  port: number | string | undefined,
  protocol: Protocol,
  declared: readonly EndpointPort[],
): readonly number[] {
  if (typeof port === "number") return [port];
  if (port === undefined) return [];
  const own = resolveNamedPort(pod.spec, port, protocol);
  if (own.length > 0) return own;
  return declared.filter((p) => p.name === port && p.protocol === protocol).map((p) => p.port);
}
