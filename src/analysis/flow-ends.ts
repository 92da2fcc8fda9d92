import { hasEnded } from "../engine/pod-ends.ts";
import type { Labels, Pod, PodSpec } from "../model/kubernetes.ts";
import type { ResolvedFlow, ResolvedSource, ResolvedTarget, StandInTemplate } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd, ServiceHop, TrafficEnd } from "../model/traffic.ts";
import { podEnd } from "../resolve/pods.ts";

/** Where a connection may arrive. */
export interface Arrival {
  readonly end: TrafficEnd;
  readonly port: number;
  readonly via?: ServiceHop;
}

/** The ends that a flow really has: pods where there are some, else a pod that could be. */
export interface FlowEnds {
  readonly sources: readonly TrafficEnd[];
  readonly arrivals: readonly Arrival[];
  /** The source or target is a pod that does not exist. */
  readonly hypothetical: readonly ("source" | "target")[];
}

export function flowEnds({ flow, source, targets }: ResolvedFlow, snapshot: Snapshot): FlowEnds {
  const sources = sourceEnds(source, snapshot);
  // A Service is asked about by its endpoints; those that are dialled directly say nothing more about it.
  const viaService = flow.to.kind === "service" && targets.some(({ kind }) => kind === "cluster-ip");
  const asked = viaService ? targets.filter(({ kind }) => kind === "cluster-ip") : targets;
  const arrivals = asked.flatMap(arrivalsAt);
  return {
    sources,
    arrivals: onlyOnce(arrivals),
    hypothetical: [
      ...(sources.some(isHypothetical) ? (["source"] as const) : []),
      ...(arrivals.some(({ end }) => isHypothetical(end)) ? (["target"] as const) : []),
    ],
  };
}

function sourceEnds(source: ResolvedSource, snapshot: Snapshot): readonly TrafficEnd[] {
  switch (source.kind) {
    case "stand-in": {
      const pods = source.realPods.filter((pod) => isLiving(pod));
      return pods.length === 0
        ? [possiblePod(source.template)]
        : pods.map((pod) => podEnd(pod, snapshot.nodes));
    }
    case "host-network":
    case "address":
      return [source.end];
    default: {
      const never: never = source;
      throw new Error(`unhandled source ${String(never)}`);
    }
  }
}

function isLiving(pod: Pod): boolean {
  return !hasEnded(pod) && pod.metadata.labels?.[STAND_IN_LABEL] === undefined;
}

function arrivalsAt(target: ResolvedTarget): readonly Arrival[] {
  switch (target.kind) {
    case "stand-in":
      return [{ end: possiblePod(target.template), port: target.port }];
    case "cluster-ip":
    case "dns":
      return target.backends;
    case "pod":
    case "address":
    case "host":
    case "cidr":
      return [{ end: target.end, port: target.port }];
    default: {
      const never: never = target;
      throw new Error(`unhandled target ${String(never)}`);
    }
  }
}

const POSSIBLE = "possible ";

function isHypothetical(end: TrafficEnd): boolean {
  return end.kind === "pod" && end.key.startsWith(POSSIBLE);
}

/** A pod with these labels and ports, that nobody has made; its address is not known. */
function possiblePod({ namespace, labels, ports }: StandInTemplate): PodEnd {
  const display = `${namespace}/${labelsText(labels)}`;
  const declared = ports.map(({ name, port, protocol }) => ({
    containerPort: port,
    protocol,
    ...(name === undefined ? {} : { name }),
  }));
  const spec: Pick<PodSpec, "containers"> = { containers: [{ name: "pod", ports: declared }] };
  return { kind: "pod", key: `${POSSIBLE}${display}`, display, namespace, labels, spec, ips: undefined };
}

function labelsText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")}}`;
}

/** A dual-stack Service leads to the same pods by two addresses. */
function onlyOnce(arrivals: readonly Arrival[]): readonly Arrival[] {
  const keyed = arrivals.map(
    (arrival) => [`${arrival.end.display}:${arrival.port}:${arrival.via?.name}`, arrival] as const,
  );
  return [...new Map([...keyed].reverse())].reverse().map(([, arrival]) => arrival);
}
