import type { LabObject, StoreEvent } from "../model.ts";
import { PODS_PER_NODE } from "./addresses.ts";
import { timestamp } from "./clock.ts";
import { mergeConditions } from "./conditions.ts";
import { type Control, type Controller, newest } from "./control.ts";
import { matchesMap, matchesSelector } from "./label-selector.ts";
import {
  controllerOf,
  isActive,
  isDeleting,
  isFinished,
  keyOf,
  type LabPod,
  type NodeSelectorTerm,
} from "./pod.ts";

type Filter = (node: LabObject, pod: LabPod) => boolean;

/**
 * Gives each pod a node: one that its nodeSelector, required node affinity and required anti-affinity allow, with the
 * fewest pods of the same owner and then the fewest pods. Taints and resources play no part.
 */
export class Scheduler implements Controller {
  readonly #control: Control;
  readonly #waiting = new Set<string>();

  constructor(control: Control) {
    this.#control = control;
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    if (resource.resource === "nodes") this.#retry();
    if (resource.resource !== "pods") return;
    const pod = object as LabPod;
    // Somebody's place became free.
    if (type === "DELETED" || isFinished(pod)) this.#retry();
    if (type !== "DELETED" && pod.spec.nodeName === undefined && !isDeleting(pod)) this.#enqueue(keyOf(pod));
  }

  #retry(): void {
    for (const key of this.#waiting) this.#enqueue(key);
  }

  #enqueue(key: string): void {
    this.#control.queue.add(`schedule ${key}`, () => this.#schedule(key));
  }

  #schedule(key: string): void {
    const { store, pods } = this.#control;
    this.#waiting.delete(key);
    const known = pods.get(key);
    const pod = known === undefined ? undefined : newest(store, "pods", known);
    if (pod === undefined || pod.spec.nodeName !== undefined || isDeleting(pod)) return;
    const nodes = store.list("nodes");
    const reasons = new Map<string, number>();
    const fitting = nodes.filter((node) => {
      const why = this.#misfit(node, pod);
      if (why !== undefined) reasons.set(why, (reasons.get(why) ?? 0) + 1);
      return why === undefined;
    });
    const node = this.#leastLoaded(fitting, pod);
    if (node === undefined) this.#unschedulable(key, pod, nodes.length, reasons);
    else this.#bind(pod, node.metadata.name);
  }

  #misfit(node: LabObject, pod: LabPod): string | undefined {
    const spec = node.spec as { readonly unschedulable?: boolean } | undefined;
    if (spec?.unschedulable === true) return "node(s) were unschedulable";
    if (!matchesMap(pod.spec.nodeSelector ?? {}, node.metadata.labels) || !fitsAffinity(node, pod)) {
      return "node(s) didn't match Pod's node affinity/selector";
    }
    if (!this.#fitsAntiAffinity(node, pod)) return "node(s) didn't match pod anti-affinity rules";
    return this.#load(node.metadata.name) < PODS_PER_NODE ? undefined : "Too many pods";
  }

  /** Of the pod itself only; that of pods that are there already is not looked at. */
  readonly #fitsAntiAffinity: Filter = (node, pod) => {
    const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    if (terms.length === 0) return true;
    const { pods, store } = this.#control;
    return terms.every(({ labelSelector, topologyKey, namespaces }) => {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain === undefined) return true;
      return !(namespaces ?? [pod.metadata.namespace ?? ""])
        .flatMap((namespace) => pods.inNamespace(namespace))
        .some((other) => {
          const { nodeName } = other.spec;
          if (nodeName === undefined || !isActive(other)) return false;
          const place = store.get("nodes", undefined, nodeName)?.metadata.labels?.[topologyKey];
          return place === domain && matchesSelector(labelSelector, other.metadata.labels);
        });
    });
  };

  #leastLoaded(nodes: readonly LabObject[], pod: LabPod): LabObject | undefined {
    const { pods } = this.#control;
    const owner = controllerOf(pod)?.uid;
    const ownersNodes = (owner === undefined ? [] : pods.controlledBy(owner)).map(
      ({ spec }) => spec.nodeName,
    );
    const load = ({ metadata: { name } }: LabObject): readonly [number, number] => [
      ownersNodes.filter((node) => node === name).length,
      this.#load(name),
    ];
    return nodes
      .map((node) => ({ node, load: load(node) }))
      .reduce<{ node: LabObject; load: readonly [number, number] } | undefined>((best, one) => {
        if (best === undefined) return one;
        const less = one.load[0] - best.load[0] || one.load[1] - best.load[1];
        return less < 0 ? one : best;
      }, undefined)?.node;
  }

  /** Pods that have ended have given their addresses back. */
  #load(node: string): number {
    return this.#control.pods.onNode(node).filter((pod) => !isFinished(pod)).length;
  }

  #bind(pod: LabPod, nodeName: string): void {
    const { store, clock } = this.#control;
    store.replace("pods", {
      ...pod,
      spec: { ...pod.spec, nodeName },
      status: {
        ...pod.status,
        phase: "Pending",
        conditions: mergeConditions(
          pod.status?.conditions,
          [{ type: "PodScheduled", status: "True" }],
          timestamp(clock.now()),
        ),
      },
    });
  }

  #unschedulable(key: string, pod: LabPod, count: number, reasons: ReadonlyMap<string, number>): void {
    const { store, clock } = this.#control;
    this.#waiting.add(key);
    const why = [...reasons].map(([reason, times]) => `${times} ${reason}`).join(", ");
    store.replace("pods", {
      ...pod,
      status: {
        ...pod.status,
        phase: "Pending",
        conditions: mergeConditions(
          pod.status?.conditions,
          [
            {
              type: "PodScheduled",
              status: "False",
              reason: "Unschedulable",
              message: `0/${count} nodes are available: ${why}.`,
            },
          ],
          timestamp(clock.now()),
        ),
      },
    });
  }
}

/** Terms are alternatives; what a term holds must all be true (core/v1 NodeSelector). */
function fitsAffinity(node: LabObject, pod: LabPod): boolean {
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => fitsTerm(node, term));
}

function fitsTerm(node: LabObject, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  // A term without requirements matches nothing.
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every(({ key, operator, values }) => satisfies(labels[key], operator, values ?? [])) &&
    matchFields.every(
      ({ key, operator, values }) =>
        key === "metadata.name" && satisfies(node.metadata.name, operator, values ?? []),
    )
  );
}

function satisfies(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return Number(value) > Number(values[0]);
    case "Lt":
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}
