import { createHash } from "node:crypto";
import type { StoreEvent } from "../model.ts";
import { type Control, type Controller, deleteQuietly } from "./control.ts";
import { matchesMap } from "./label-selector.ts";
import { isDeleting, isFinished, isReady, keyOf, type LabPod, podAddresses } from "./pod.ts";
import { containerPortNumber } from "./ports.ts";
import {
  familiesOf,
  familyOf,
  type IpFamily,
  isExternalName,
  type LabService,
  type ServicePort,
} from "./service.ts";
import { ownerReference } from "./workloads/workload.ts";

const SERVICE_LABEL = "kubernetes.io/service-name";
const MANAGER_LABEL = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";

interface Slice {
  readonly name: string;
  readonly family: IpFamily;
  readonly ports: readonly object[];
  readonly endpoints: readonly object[];
}

/**
 * Lists the pods behind each Service with a selector: one slice for each address family and each set of target ports,
 * since a port's name may stand for another number in each pod. Slices of others are left alone.
 */
export class EndpointSlices implements Controller {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ resource, object, previous }: StoreEvent): void {
    if (resource.resource === "services") this.#enqueue(object as LabService);
    if (resource.resource !== "pods") return;
    for (const service of this.#control.store.list(
      "services",
      object.metadata.namespace,
    ) as readonly LabService[]) {
      const { selector } = service.spec;
      if (selector === undefined || Object.keys(selector).length === 0) continue;
      const isTouched = [object, previous].some(
        (pod) => pod !== undefined && matchesMap(selector, pod.metadata.labels),
      );
      if (isTouched) this.#enqueue(service);
    }
  }

  #enqueue({ metadata }: LabService): void {
    const { namespace, name } = metadata;
    this.#control.queue.add(`endpointslices ${namespace}/${name}`, () => this.#reconcile(namespace, name));
  }

  #reconcile(namespace: string | undefined, name: string): void {
    const { store } = this.#control;
    const service = store.get("services", namespace, name) as LabService | undefined;
    const selector = service?.spec.selector;
    const wanted =
      service === undefined ||
      selector === undefined ||
      Object.keys(selector).length === 0 ||
      isExternalName(service)
        ? []
        : slicesOf(service, this.#podsBehind(service));
    const names = new Set(wanted.map((slice) => slice.name));
    // A Service's own removal takes its slices by garbage collection.
    for (const old of store.list("endpointslices", namespace)) {
      const { labels = {} } = old.metadata;
      const isOurs = labels[SERVICE_LABEL] === name && labels[MANAGER_LABEL] === MANAGER;
      if (isOurs && !names.has(old.metadata.name)) deleteQuietly(store, "endpointslices", old);
    }
    if (service === undefined) return;
    for (const slice of wanted) this.#write(service, slice);
  }

  #podsBehind({ metadata, spec }: LabService): readonly LabPod[] {
    return this.#control.pods
      .inNamespace(metadata.namespace ?? "")
      .filter(
        (pod) =>
          matchesMap(spec.selector ?? {}, pod.metadata.labels) &&
          !isFinished(pod) &&
          podAddresses(pod).length > 0,
      )
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  #write(service: LabService, { name, family, ports, endpoints }: Slice): void {
    const { store } = this.#control;
    const { namespace } = service.metadata;
    const current = store.get("endpointslices", namespace, name);
    const content = { addressType: family, endpoints, ports };
    if (current !== undefined) {
      store.replace("endpointslices", { ...current, ...content });
      return;
    }
    store.create("endpointslices", {
      ...content,
      metadata: {
        name,
        namespace,
        labels: {
          ...service.metadata.labels,
          [SERVICE_LABEL]: service.metadata.name,
          [MANAGER_LABEL]: MANAGER,
        },
        ownerReferences: [ownerReference(service)],
      },
    });
  }
}

function slicesOf(service: LabService, pods: readonly LabPod[]): readonly Slice[] {
  return familiesOf(service).flatMap((family) => {
    const groups = new Map<string, { ports: readonly object[]; pods: LabPod[] }>();
    for (const pod of pods) {
      if (!podAddresses(pod).some((address) => familyOf(address) === family)) continue;
      const ports = (service.spec.ports ?? []).flatMap((port) => slicePort(port, pod));
      const key = JSON.stringify(ports);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { ports, pods: [pod] });
      else group.pods.push(pod);
    }
    if (groups.size === 0) groups.set("", { ports: [], pods: [] });
    return [...groups].map(([key, group]) => ({
      name: `${service.metadata.name}-${suffix(`${family} ${key}`)}`,
      family,
      ports: group.ports,
      endpoints: group.pods.map((pod) => endpointOf(pod, family, service)),
    }));
  });
}

/** Nothing where the pod has no port of the name: the Service does not lead there by this port. */
function slicePort(
  { name, protocol = "TCP", port, targetPort }: ServicePort,
  pod: LabPod,
): readonly object[] {
  const number = containerPortNumber(pod, targetPort ?? port, protocol);
  return number === undefined ? [] : [{ name: name ?? "", protocol, port: number }];
}

function endpointOf(pod: LabPod, family: IpFamily, { metadata, spec }: LabService): object {
  const serving = isReady(pod);
  const terminating = isDeleting(pod);
  const { hostname, subdomain, nodeName } = pod.spec;
  return {
    addresses: podAddresses(pod)
      .filter((address) => familyOf(address) === family)
      .slice(0, 1),
    conditions: {
      ready: spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving: spec.publishNotReadyAddresses === true || serving,
      terminating,
    },
    ...(hostname !== undefined && subdomain === metadata.name ? { hostname } : {}),
    nodeName,
    targetRef: { kind: "Pod", namespace: metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}

function suffix(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 5);
}
