import type {
  ObjectMeta,
  OwnerReference,
  Pod,
  PodTemplate,
  Workload,
  WorkloadKind,
} from "../model/kubernetes.ts";
import type { FieldPath } from "./field-path.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json-value.ts";
import type { ReadKind } from "./kinds.ts";
import { NameFinder } from "./name-finder.ts";
import { type NamedObject, objectKey } from "./name-objects.ts";

/** A workload of the model with the object that it was read from. */
export interface ReadWorkload {
  readonly workload: Workload;
  readonly from: NamedObject;
}

/** A pod that a workload would make. */
export interface TemplatePod {
  readonly pod: Pod;
  readonly from: NamedObject;
}

const TEMPLATE_PATH: FieldPath = ["spec", "template"];

/** Where the template of the pods stands; undefined for kinds that have none. */
export function templatePath(kind: ReadKind): FieldPath | undefined {
  if (!isWorkloadKind(kind)) return undefined;
  return kind === "CronJob" ? ["spec", "jobTemplate", ...TEMPLATE_PATH] : TEMPLATE_PATH;
}

export function readWorkload(from: NamedObject): ReadWorkload | undefined {
  const { kind, object } = from;
  if (!isWorkloadKind(kind)) return undefined;
  const spec = asObject(object.spec);
  const template = at(object, templatePath(kind) ?? []);
  const replicas = typeof spec.replicas === "number" ? { replicas: spec.replicas } : {};
  const selector = selectorOf(kind, spec);
  const workload = { kind, metadata: object.metadata, ...replicas, ...selector, template };
  // The decoder has checked every field that the model names.
  return { workload: workload as unknown as Workload, from };
}

/** A ReplicationController's selector is a plain map of labels. A CronJob's jobs have theirs made by the cluster. */
function selectorOf(kind: WorkloadKind, spec: JsonObject): { selector?: JsonValue } {
  if (kind === "CronJob" || !isJsonObject(spec.selector)) return {};
  return { selector: kind === "ReplicationController" ? { matchLabels: spec.selector } : spec.selector };
}

/**
 * One pod for each workload that has none in the files (S21: with the labels of the template; one is enough to say what
 * it may reach). None for `replicas: 0`, for a workload that another one owns (a Deployment's ReplicaSet), and where
 * real pods are there too. It is named as the workload, with the kind behind where that name is taken.
 */
export function templatePods(
  workloads: readonly ReadWorkload[],
  pods: readonly NamedObject[],
): readonly TemplatePod[] {
  const owners = new Owners(workloads, pods);
  const taken = new Set(pods.map((pod) => objectKey("Pod", pod.namespace, pod.name)));
  const names = new NameFinder((key) => taken.has(key));
  const made: TemplatePod[] = [];
  for (const { workload, from } of workloads) {
    if (workload.replicas === 0 || owners.owned(from) || owners.hasPods(from)) continue;
    const keyOf = (candidate: string) => objectKey("Pod", from.namespace, candidate);
    const base = taken.has(keyOf(from.name)) ? `${from.name}-${from.kind.toLowerCase()}` : from.name;
    const name = names.find(base, "-", keyOf);
    taken.add(keyOf(name));
    made.push({ pod: podOf(workload, from, name), from });
  }
  return made;
}

function podOf(workload: Workload, from: NamedObject, name: string): Pod {
  const template: PodTemplate = workload.template;
  const owner: OwnerReference = {
    apiVersion: typeof from.object.apiVersion === "string" ? from.object.apiVersion : "",
    kind: from.kind,
    name: from.name,
    uid: workload.metadata.uid ?? "",
    controller: true,
  };
  const metadata: ObjectMeta = {
    name,
    ...(from.namespace === undefined ? {} : { namespace: from.namespace }),
    ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
    ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
    ownerReferences: [owner],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
}

/** Who owns whom, among what the files hold. */
class Owners {
  readonly #workloads: ReadonlySet<string>;
  readonly #ownerOf = new Map<string, string>();
  readonly #withPods = new Set<string>();

  constructor(workloads: readonly ReadWorkload[], pods: readonly NamedObject[]) {
    this.#workloads = new Set(workloads.map(({ from }) => keyOf(from)));
    for (const { from } of workloads) {
      const owner = this.#controller(from);
      if (owner !== undefined) this.#ownerOf.set(keyOf(from), owner);
    }
    for (const pod of pods) {
      let owner = this.#controller(pod);
      while (owner !== undefined && !this.#withPods.has(owner)) {
        this.#withPods.add(owner);
        owner = this.#ownerOf.get(owner);
      }
    }
  }

  owned(object: NamedObject): boolean {
    return this.#ownerOf.has(keyOf(object));
  }

  hasPods(object: NamedObject): boolean {
    return this.#withPods.has(keyOf(object));
  }

  #controller(object: NamedObject): string | undefined {
    const references = asObject(object.object.metadata).ownerReferences;
    for (const reference of Array.isArray(references) ? references : []) {
      const { kind, name } = asObject(reference);
      const key = objectKey(String(kind), object.namespace, String(name));
      if (this.#workloads.has(key)) return key;
    }
    return undefined;
  }
}

const WORKLOAD_KINDS: ReadonlySet<string> = new Set<WorkloadKind>([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "CronJob",
]);

function isWorkloadKind(kind: ReadKind): kind is ReadKind & WorkloadKind {
  return WORKLOAD_KINDS.has(kind);
}

function keyOf({ kind, namespace, name }: NamedObject): string {
  return objectKey(kind, namespace, name);
}

function at(object: JsonObject, path: FieldPath): JsonObject {
  let value: JsonValue | undefined = object;
  for (const segment of path) value = asObject(value)[segment];
  return asObject(value);
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
