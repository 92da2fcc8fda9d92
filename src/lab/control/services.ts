import type { StoreEvent } from "../model.ts";
import { type Families, ServiceAddresses } from "./addresses.ts";
import { type Control, type Controller, newest } from "./control.ts";
import {
  clusterIps,
  familyOf,
  type IpFamily,
  isExternalName,
  isHeadless,
  type LabService,
} from "./service.ts";

const FIRST_NODE_PORT = 30_000;

/** Gives Services their addresses as soon as they are there, and node ports, which nothing answers in a lab. */
export class Services implements Controller {
  readonly #control: Control;
  readonly #families: Families;
  readonly #addresses = new ServiceAddresses();
  #nextNodePort = FIRST_NODE_PORT;

  constructor(control: Control, families: Families) {
    this.#control = control;
    this.#families = families;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource !== "services") return;
    const service = object as LabService;
    if (type === "DELETED") this.#addresses.giveBack(clusterIps(service));
    else this.#complete(service);
  }

  /** At once and not by the queue: whoever creates a Service finds its address in the next answer. */
  #complete(event: LabService): void {
    const service = newest(this.#control.store, "services", event);
    if (service === undefined || isExternalName(service)) return;
    const { spec } = service;
    const families = wantedFamilies(service, this.#families);
    const given = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
    const addresses = isHeadless(service)
      ? ["None"]
      : families.map(
          (family) => given.find((one) => familyOf(one) === family) ?? this.#addresses.take(family),
        );
    for (const address of given) this.#addresses.reserve(address);
    const ipFamilyPolicy = spec.ipFamilyPolicy ?? "SingleStack";
    const ports = this.#withNodePorts(service);
    this.#control.store.replace("services", {
      ...service,
      spec: {
        ...spec,
        type: spec.type ?? "ClusterIP",
        clusterIP: addresses[0],
        clusterIPs: addresses,
        ipFamilies: families,
        ipFamilyPolicy,
        ...(ports === undefined ? {} : { ports }),
      },
      status: service.status ?? { loadBalancer: {} },
    });
  }

  #withNodePorts({ spec }: LabService): LabService["spec"]["ports"] {
    if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return spec.ports;
    return spec.ports?.map((port) => (port.nodePort ? port : { ...port, nodePort: this.#nextNodePort++ }));
  }
}

/** As `ipFamilyPolicy` and `ipFamilies` ask, where the lab has both families, IPv4 first. */
function wantedFamilies({ spec }: LabService, families: Families): readonly IpFamily[] {
  if (families.length === 1) return families;
  const named = spec.ipFamilies ?? [];
  const first = named[0] ?? (spec.clusterIP && spec.clusterIP !== "None" ? familyOf(spec.clusterIP) : "IPv4");
  if (spec.ipFamilyPolicy !== "PreferDualStack" && spec.ipFamilyPolicy !== "RequireDualStack") return [first];
  return [first, named[1] ?? (first === "IPv4" ? "IPv6" : "IPv4")];
}
