import { hasEnded } from "../engine/pod-ends.ts";
import type { EndpointSlice, Pod, Service } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import { stableLabels } from "./rule-proposal.ts";
import { createWorkloadFinder, workloadKey } from "./workload-of.ts";

/**
 * Manifests as the cluster would have them: for a workload whose pods run there, these pods with the labels and containers
 * that the manifests give them, and for a Service that is there its addresses. To compare policies is no reason to forget
 * what is known of the ends.
 */
export function withLivePods(side: Snapshot, cluster: Snapshot): Snapshot {
  const running = byWorkload(cluster);
  const pods = [...byWorkload(side)].flatMap(([key, own]) => {
    const [template] = own;
    const live = running.get(key) ?? [];
    return template === undefined || live.length === 0 || own.some(hasAddress)
      ? own
      : live.map((pod) => madeFrom(template, pod));
  });
  const known = new Map(cluster.services.map((service) => [nameOf(service), service]));
  const services = side.services.map((service) => withAddresses(service, known.get(nameOf(service))));
  return { ...side, pods, services };
}

/** The slices that somebody wrote by hand: those of Services with a selector are made anew from the pods. */
export function writtenSlices({
  services,
  endpointSlices,
}: Pick<Snapshot, "services" | "endpointSlices">): readonly EndpointSlice[] {
  const selecting = new Set(
    services.filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0).map(nameOf),
  );
  return endpointSlices.filter(
    ({ metadata: { namespace, labels } }) =>
      !selecting.has(`${namespace ?? "default"}/${labels?.["kubernetes.io/service-name"]}`),
  );
}

function byWorkload(snapshot: Snapshot): ReadonlyMap<string, readonly Pod[]> {
  const workloadOf = createWorkloadFinder(snapshot);
  const living = snapshot.pods.filter(
    (pod) => !hasEnded(pod) && pod.metadata.labels?.[STAND_IN_LABEL] === undefined,
  );
  return Map.groupBy(living, (pod) => workloadKey(workloadOf(pod)));
}

function hasAddress({ status }: Pod): boolean {
  return (status?.podIPs ?? []).length > 0 || typeof status?.podIP === "string";
}

function madeFrom(template: Pod, live: Pod): Pod {
  const labels = live.metadata.labels ?? {};
  const stable = stableLabels(labels);
  // What controllers put on pods stays: manifests do not have it, and nothing takes it away.
  const added = Object.fromEntries(Object.entries(labels).filter(([key]) => !(key in stable)));
  return {
    ...live,
    metadata: {
      ...live.metadata,
      labels: { ...added, ...template.metadata.labels },
      ownerReferences: template.metadata.ownerReferences ?? [],
    },
    spec: {
      ...template.spec,
      ...(live.spec.nodeName === undefined ? {} : { nodeName: live.spec.nodeName }),
    },
  };
}

function withAddresses(service: Service, live: Service | undefined): Service {
  const { clusterIP, clusterIPs } = live?.spec ?? {};
  return { ...service, spec: { ...omitNull({ clusterIP, clusterIPs }), ...service.spec } };
}

function omitNull<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
}

function nameOf({ metadata: { namespace, name } }: Service): string {
  return `${namespace ?? "default"}/${name}`;
}
