import type { Pod, Protocol, Service } from "../model/kubernetes.ts";
import type { Direction } from "../model/prediction.ts";
import type { CompiledRule } from "../policy/compiled-policy.ts";
import { type DeclaredPort, declaredPorts, findTargetPort } from "../selectors/container-ports.ts";
import { matchesSelector } from "../selectors/label-selector.ts";
import type { LintPolicy, LintWorld } from "./lint-world.ts";
import { labelsOf } from "./pod-index.ts";

/** A Service that has a port as its own and leads it to another one of the pods. */
export interface ServiceInFront {
  readonly service: string;
  readonly target: string;
}

/** The pods that a rule's ports are looked up on, and what they declare. */
export class PortDestination {
  readonly pods: readonly Pod[];
  readonly declared: readonly DeclaredPort[];
  /** Every pod declares at least one port, so one that is missing is more than a habit. */
  readonly allDeclare: boolean;
  readonly services: readonly Service[];
  readonly #numbers = new Map<Protocol, readonly number[]>();
  readonly #inFront = new Map<string, ServiceInFront | undefined>();

  constructor(pods: readonly Pod[], services: readonly Service[]) {
    const each = pods.map(({ spec }) => declaredPorts(spec));
    this.pods = pods;
    this.services = services;
    this.allDeclare = each.every((ports) => ports.length > 0);
    const distinct = new Map<string, DeclaredPort>();
    for (const port of each.flat()) {
      const key = `${port.name ?? ""}/${port.port}/${port.protocol}`;
      if (!distinct.has(key)) distinct.set(key, port);
    }
    this.declared = [...distinct.values()];
    for (const [protocol, ports] of Map.groupBy(this.declared, (port) => port.protocol)) {
      this.#numbers.set(
        protocol,
        ports.map(({ port }) => port),
      );
    }
  }

  declares(protocol: Protocol, first: number, last: number): boolean {
    return this.#numbers.get(protocol)?.some((port) => first <= port && port <= last) === true;
  }

  inFront(number: number, protocol: Protocol): ServiceInFront | undefined {
    const key = `${number}/${protocol}`;
    if (!this.#inFront.has(key)) this.#inFront.set(key, this.#findInFront(number, protocol));
    return this.#inFront.get(key);
  }

  #findInFront(number: number, protocol: Protocol): ServiceInFront | undefined {
    for (const { metadata, spec } of this.services) {
      const port = spec?.ports?.find(
        (entry) => entry.port === number && (entry.protocol ?? "TCP") === protocol,
      );
      const matchLabels = spec?.selector ?? {};
      if (port === undefined || Object.keys(matchLabels).length === 0) continue;
      const backend = this.pods.find(
        (pod) =>
          pod.metadata.namespace === metadata.namespace && matchesSelector({ matchLabels }, labelsOf(pod)),
      );
      const target = backend === undefined ? undefined : findTargetPort(backend.spec, port);
      if (target === undefined || target === number) continue;
      return { service: metadata.name, target: String(port.targetPort ?? port.port) };
    }
    return undefined;
  }
}

/** Finds destinations, once for each list of pods. */
export class PortDestinations {
  readonly #world: LintWorld;
  readonly #known = new WeakMap<readonly Pod[], PortDestination>();

  constructor(world: LintWorld) {
    this.#world = world;
  }

  /** Undefined where not all of them are in the manifests, or there are none. */
  of({ compiled }: LintPolicy, direction: Direction, rule: CompiledRule): PortDestination | undefined {
    const { namespace, subject } = compiled;
    if (direction === "ingress")
      return this.#destination(this.#world.podsOfSelectors(undefined, subject, namespace));
    const lists = (rule.peers ?? []).map((peer) =>
      peer.kind === "pods" ? this.#world.podsOfSelectors(peer.namespaces, peer.pods, namespace) : undefined,
    );
    if (lists.length === 0 || lists.includes(undefined)) return undefined;
    const [only] = lists;
    return this.#destination(lists.length === 1 ? only : lists.flatMap((list) => list ?? []));
  }

  #destination(pods: readonly Pod[] | undefined): PortDestination | undefined {
    if (pods === undefined || pods.length === 0) return undefined;
    let found = this.#known.get(pods);
    if (found === undefined) {
      const namespaces = new Set(pods.map(({ metadata }) => metadata.namespace ?? "default"));
      found = new PortDestination(
        pods,
        [...namespaces].flatMap((name) => this.#world.servicesIn(name)),
      );
      this.#known.set(pods, found);
    }
    return found;
  }
}
