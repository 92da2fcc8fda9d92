import type { Placement } from "../model/canary.ts";
import type { Pod } from "../model/kubernetes.ts";
import type { Probe } from "../model/observation.ts";
import type { Check, CheckBackend, CheckTarget } from "../model/plan.ts";
import type { Backend, ResolvedFlow, ResolvedTarget } from "../model/resolved.ts";
import type { Flow } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TrafficEnd } from "../model/traffic.ts";
import { readinessOf } from "../resolve/pods.ts";
import { spotsFor } from "./placement.ts";
import { PlanDraft } from "./plan-draft.ts";
import { templateKey } from "./template.ts";

export interface FlowPlanOptions {
  readonly placement?: Placement;
  /** A plan to add to; what is there already serves these flows, too. */
  readonly draft?: PlanDraft;
}

/** Stand-ins and checks for the flows themselves; the proofs come on top (plan-proofs.ts). */
export function planFlows(
  flows: readonly ResolvedFlow[],
  snapshot: Snapshot,
  { placement = "any", draft = new PlanDraft(snapshot.services) }: FlowPlanOptions = {},
): PlanDraft {
  flows.forEach((resolved, flow) => {
    if (resolved.source.kind !== "stand-in" || resolved.problem !== undefined || !resolved.flow.observe)
      return;
    const { template } = resolved.source;
    resolved.targets.forEach((target, index) => {
      const twin = target.kind === "stand-in" && templateKey(target.template) === templateKey(template);
      for (const spot of spotsFor(target, placement, snapshot.nodes)) {
        const source = draft.standIn(template, "source", { twin, ...onNode(spot.sourceNode) });
        const place = placeOf(target, draft, resolved.flow, snapshot, spot.targetNode);
        if (place === undefined) continue;
        draft.check({
          purpose: "flow",
          flow,
          target: index,
          expect: resolved.flow.expect,
          ...(spot.placement === undefined ? {} : { placement: spot.placement }),
          ...(spot.impossible === undefined ? {} : { impossible: spot.impossible }),
          source,
          ...place,
        });
        if (place.to.kind !== "stand-in") continue;
        const { timeoutMs } = resolved.flow;
        draft.check({ ...place, purpose: "self", source: place.to.standIn, timeoutMs });
      }
    });
  });
  return draft;
}

function onNode(node: string | undefined): { readonly node?: string } {
  return node === undefined ? {} : { node };
}

type Place = Omit<Check, "id" | "purpose" | "flow" | "target" | "expect" | "source">;

/** Undefined for what cannot be probed (a range of addresses); such flows have a problem already. */
function placeOf(
  target: ResolvedTarget,
  draft: PlanDraft,
  flow: Flow,
  snapshot: Snapshot,
  node: string | undefined,
): Place | undefined {
  const transport = flow.protocol === "UDP" ? "UDP" : "TCP";
  const common = {
    port: target.port,
    kind: probeKind(flow),
    timeoutMs: flow.timeoutMs,
    ...(flow.application.kind === "http" ? { path: flow.application.path } : {}),
    ...(flow.send === undefined ? {} : { send: flow.send }),
    answers: flow.send !== undefined,
  };
  const at = (address: string): string => `${address}:${target.port}/${transport}`;
  switch (target.kind) {
    case "stand-in": {
      const id = draft.standIn(target.template, "target", { serves: target.template.ports, ...onNode(node) });
      const to: CheckTarget = { kind: "stand-in", standIn: id };
      const readiness = {
        grade: "running",
        detail: "the stand-in runs, and its own listener was not reached",
      } as const;
      // Our own server answers what a probe sends by itself; what the scenario sends is for real servers.
      const { send: _send, ...own } = common;
      return { ...own, answers: true, to, listener: at(`stand-in ${id}`), readiness };
    }
    case "pod": {
      const address = target.end.ips?.[0];
      if (address === undefined) return undefined;
      const readiness = readinessOf(target.pod, target.port, snapshot.nodes);
      return {
        ...common,
        to: { kind: "address", address, end: target.end },
        listener: at(target.end.key),
        readiness,
        readinessNodes: [target.pod.spec.nodeName ?? []].flat(),
      };
    }
    case "address": {
      const readiness = {
        grade: "none",
        detail: `nobody else in this run reached ${target.display}`,
      } as const;
      return {
        ...common,
        to: { kind: "address", address: target.address, end: target.end },
        listener: at(target.address),
        readiness,
      };
    }
    case "host": {
      const readiness = { grade: "none", detail: `nobody else in this run reached ${target.host}` } as const;
      return {
        ...common,
        to: { kind: "host", host: target.host, end: target.end },
        listener: at(target.host),
        readiness,
      };
    }
    case "cluster-ip": {
      const backends = checkBackends(target.backends, transport);
      const readiness = worstReadiness(target.backends, snapshot);
      return {
        ...common,
        to: { kind: "service", address: target.address, backends },
        listener: at(target.address),
        readiness,
        readinessNodes: nodesOf(target.backends, snapshot),
      };
    }
    case "dns": {
      const backends = checkBackends(target.backends, transport);
      return {
        ...common,
        answers: true,
        to: { kind: "dns", backends },
        listener: `dns/${transport}`,
        readiness: worstReadiness(target.backends, snapshot),
        readinessNodes: nodesOf(target.backends, snapshot),
      };
    }
    case "cidr":
      return undefined;
    default: {
      const never: never = target;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}

function probeKind(flow: Flow): Probe["kind"] {
  switch (flow.application.kind) {
    case "http":
      return "http";
    case "dns":
      return flow.protocol === "TCP" ? "dns-tcp" : "dns-udp";
    case "connect":
      return flow.protocol === "UDP" ? "udp" : "tcp";
    default: {
      const never: never = flow.application;
      throw new Error(`unhandled application ${String(never)}`);
    }
  }
}

export function checkBackends(
  backends: readonly Backend[],
  transport: "TCP" | "UDP",
): readonly CheckBackend[] {
  return backends.map((backend) => ({
    ...backend,
    listener: `${placeName(backend.end)}:${backend.port}/${transport}`,
  }));
}

function placeName(end: TrafficEnd): string {
  return end.kind === "pod" ? end.key : end.display;
}

function podOf(end: TrafficEnd, snapshot: Snapshot): Pod | undefined {
  return snapshot.pods.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === placeName(end));
}

function nodesOf(backends: readonly Backend[], snapshot: Snapshot): readonly string[] {
  return [...new Set(backends.flatMap(({ end }) => podOf(end, snapshot)?.spec.nodeName ?? []))];
}

/** The worst of the states behind a Service: a connection may be led to any of them. */
function worstReadiness(backends: readonly Backend[], snapshot: Snapshot): Check["readiness"] {
  const states = backends.map(({ end, port }) => {
    const pod = podOf(end, snapshot);
    return pod === undefined
      ? { grade: "none" as const, detail: `${placeName(end)} is no pod that we know` }
      : readinessOf(pod, port, snapshot.nodes);
  });
  const rank = ["none", "running", "ready", "kubelet"];
  if (states.length === 0) return { grade: "none", detail: "the pods behind it are not known" };
  return states.reduce((a, b) => (rank.indexOf(b.grade) < rank.indexOf(a.grade) ? b : a));
}
