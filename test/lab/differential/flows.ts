import type { Pod, Protocol } from "../../../src/model/kubernetes.ts";
import type { Prediction, PredictionValue } from "../../../src/model/prediction.ts";
import { NO_ADMIN_POLICIES } from "../../../src/model/snapshot.ts";
import type { PodEnd, TrafficEnd } from "../../../src/model/traffic.ts";
import { createEvaluator } from "../../../src/policy/evaluator.ts";
import { MACHINES, type Machine, PROBED_PORTS, type RandomCluster } from "./random-cluster.ts";

/** One connection: which machine dials what, and what the evaluator says of it. */
export interface PredictedFlow {
  readonly from: Machine;
  readonly protocol: Protocol;
  /** What is dialled: a machine's address, or a Service's. */
  readonly address: string;
  readonly port: number;
  /** Where it can arrive; empty: nowhere, so it is refused. Of a Service: any of its endpoints. */
  readonly arrivals: readonly Arrival[];
  /** For people: `alpha/pod-1 -> beta/pod-2:80/TCP over IPv4`. */
  readonly text: string;
}

export interface Arrival {
  readonly machine: Machine;
  readonly port: number;
  readonly prediction: Prediction;
}

/** The values that the prediction leaves possible; `undetermined`: nothing can be compared. */
export function expected({ arrivals }: PredictedFlow): PredictionValue | "either" {
  const values = new Set(arrivals.map(({ prediction }) => prediction.value));
  if (values.has("undetermined")) {
    return "undetermined";
  }
  if (values.size === 0) {
    return "deny";
  }
  return values.size === 2 ? "either" : ([...values][0] ?? "deny");
}

/** Everyone to everyone, over every protocol, port and family, and everyone to every Service. */
export function predictedFlows(
  cluster: RandomCluster,
  protocols: readonly Protocol[] = ["TCP", "UDP"],
): PredictedFlow[] {
  const { connection } = createEvaluator({
    namespaces: cluster.namespaces,
    networkPolicies: cluster.policies,
    adminPolicies: NO_ADMIN_POLICIES,
    nodes: cluster.nodes,
    unread: [],
    locate: () => undefined,
  });
  const ends = endsOf(cluster);
  const flows: PredictedFlow[] = [];
  for (const family of ["ipv4", "ipv6"] as const) {
    const reachable = ends.filter(({ families }) => families.includes(family));
    for (const from of reachable) {
      const add = (
        display: string,
        dialled: Omit<PredictedFlow, "from" | "arrivals" | "text">,
        to: readonly Target[],
      ) =>
        flows.push({
          ...dialled,
          from: from.machine,
          arrivals: to.map(({ end, port }) => ({
            machine: end.machine,
            port,
            prediction: connection({
              from: from.end(family),
              to: end.end(family),
              port,
              protocol: dialled.protocol,
              address: end.machine[family],
            }),
          })),
          text: `${from.display} -> ${display}:${dialled.port}/${dialled.protocol} over ${family}`,
        });
      for (const to of reachable.filter(({ machine }) => machine !== from.machine)) {
        for (const protocol of isCovered(from, to) ? protocols : []) {
          for (const port of PROBED_PORTS) {
            add(to.display, { protocol, address: to.machine[family], port }, [{ end: to, port }]);
          }
        }
      }
      for (const { metadata, spec } of from.isPod ? cluster.services : []) {
        const targets = targetsOf(cluster, `${metadata.namespace}/${metadata.name}`, family, reachable);
        const [port] = spec?.ports ?? [];
        const address = spec?.clusterIPs?.[family === "ipv4" ? 0 : 1];
        const isHairpin = targets.some(({ end }) => end.machine === from.machine);
        if (port != null && address !== undefined && !isHairpin) {
          const dialled = { protocol: port.protocol ?? "TCP", address, port: port.port };
          add(`service ${metadata.namespace}/${metadata.name}`, dialled, targets);
        }
      }
    }
  }
  return flows;
}

interface End {
  readonly machine: Machine;
  readonly display: string;
  readonly isPod: boolean;
  readonly families: readonly ("ipv4" | "ipv6")[];
  readonly end: (family: "ipv4" | "ipv6") => TrafficEnd;
}

interface Target {
  readonly end: End;
  readonly port: number;
}

/** No policy speaks of connections between ends of which neither is a pod. */
function isCovered(from: End, to: End): boolean {
  return from.isPod || to.isPod;
}

function endsOf(cluster: RandomCluster): End[] {
  const pods = cluster.pods
    .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
    .map((pod): End => {
      const ips = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
      const machine = MACHINES.find(({ ipv4, ipv6 }) => ips.includes(ipv4) || ips.includes(ipv6));
      if (machine === undefined) {
        throw new Error(`${pod.metadata.name} is on no machine`);
      }
      const end = podEnd(pod, cluster);
      return {
        machine,
        display: end.display,
        isPod: true,
        families: (["ipv4", "ipv6"] as const).filter((family) => ips.includes(machine[family])),
        end: () => end,
      };
    });
  const plain = MACHINES.filter(
    ({ role, node }) =>
      role === "outside" || (role === "node" && cluster.nodes.some(({ metadata }) => metadata.name === node)),
  ).map((machine): End => {
    const ends = {
      ipv4: { kind: "cidr", cidr: `${machine.ipv4}/32`, display: machine.key },
      ipv6: { kind: "cidr", cidr: `${machine.ipv6}/128`, display: machine.key },
    } as const;
    return {
      machine,
      display: machine.key,
      isPod: false,
      families: ["ipv4", "ipv6"],
      end: (family) => ends[family],
    };
  });
  return [...pods, ...plain];
}

function podEnd(pod: Pod, cluster: RandomCluster): PodEnd {
  const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const node = cluster.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName);
  return {
    kind: "pod",
    key,
    display: key,
    namespace: pod.metadata.namespace ?? "",
    labels: pod.metadata.labels ?? {},
    spec: pod.spec,
    ips: (pod.status?.podIPs ?? []).map(({ ip }) => ip),
    nodeIps: (node?.status?.addresses ?? []).map(({ address }) => address),
  };
}

function targetsOf(
  cluster: RandomCluster,
  service: string,
  family: "ipv4" | "ipv6",
  ends: readonly End[],
): Target[] {
  return cluster.endpointSlices
    .filter(
      ({ metadata, addressType }) =>
        `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"]}` === service &&
        addressType.toLowerCase() === family,
    )
    .flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).flatMap(({ addresses, targetRef }) => {
        const end = ends.find(
          ({ machine, display }) =>
            machine[family] === addresses[0] && display === `${targetRef?.namespace}/${targetRef?.name}`,
        );
        return end === undefined ? [] : (ports ?? []).flatMap(({ port }) => ({ end, port: port ?? 0 }));
      }),
    );
}
