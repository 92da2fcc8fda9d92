import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  EndpointSlice,
  Labels,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
} from "../model/kubernetes.ts";
import type { ForeignPolicies, Locate, Snapshot } from "../model/snapshot.ts";
import type { SourceRange } from "../source/position.ts";
import type { FieldPath } from "./field-path.ts";
import { type NamedObject, objectKey } from "./name-objects.ts";
import type { ObjectSource, ReadObjects } from "./read-objects.ts";
import { readWorkload, templatePath, templatePods } from "./workloads.ts";

/** The snapshot of a cluster that holds just these objects. */
export function buildSnapshot(
  objects: readonly NamedObject[],
  foreign: ReadObjects["foreign"],
  places: Places,
): Snapshot {
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  const workloads = objects.map(readWorkload).filter((workload) => workload !== undefined);
  const fromTemplates = templatePods(workloads, byKind.get("Pod") ?? []);
  for (const object of objects) places.add(object.kind, object.namespace, object.name, object.source, []);
  for (const { pod, from } of fromTemplates) {
    places.add("Pod", from.namespace, pod.metadata.name, from.source, templatePath(from.kind) ?? []);
  }
  // The decoder has checked every field that the model names.
  const decoded = <T>(kind: NamedObject["kind"]): T[] =>
    (byKind.get(kind) ?? []).map(({ object }) => object as unknown as T);
  return {
    origin: "manifests",
    namespaces: withNamespaces(decoded<Namespace>("Namespace"), objects),
    pods: [...decoded<Pod>("Pod"), ...fromTemplates.map(({ pod }) => pod)],
    services: decoded<Service>("Service"),
    endpointSlices: decoded<EndpointSlice>("EndpointSlice"),
    networkPolicies: decoded<NetworkPolicy>("NetworkPolicy"),
    adminPolicies: {
      clusterNetworkPolicies: decoded<ClusterNetworkPolicy>("ClusterNetworkPolicy"),
      adminNetworkPolicies: decoded<AdminNetworkPolicy>("AdminNetworkPolicy"),
      baselineAdminNetworkPolicies: decoded<BaselineAdminNetworkPolicy>("BaselineAdminNetworkPolicy"),
    },
    nodes: decoded<Node>("Node"),
    workloads: workloads.map(({ workload }) => workload),
    unread: [],
    foreignPolicies: countForeign(foreign),
    locate: places.locate,
  };
}

const NAME_LABEL = "kubernetes.io/metadata.name";

/** S14: the declared namespaces and those that objects only name, each with the label that the API server sets. */
function withNamespaces(declared: readonly Namespace[], objects: readonly NamedObject[]): Namespace[] {
  const namespaces = new Map<string, Namespace>();
  for (const namespace of declared) {
    const { name, labels } = namespace.metadata;
    const metadata = { ...namespace.metadata, labels: { ...labels, [NAME_LABEL]: name } };
    namespaces.set(name, { ...namespace, metadata });
  }
  for (const { namespace } of objects) {
    if (namespace === undefined || namespaces.has(namespace)) continue;
    const labels: Labels = { [NAME_LABEL]: namespace };
    namespaces.set(namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  }
  return [...namespaces.values()];
}

function countForeign(foreign: ReadObjects["foreign"]): ForeignPolicies[] {
  const groups = Map.groupBy(foreign, ({ group, kind }) => `${group}/${kind}`);
  return [...groups.values()].flatMap((objects) => {
    const [first] = objects;
    return first === undefined ? [] : [{ ...first, count: objects.length }];
  });
}

/** The stretch of a field's value, or of its name; of what is around it where it does not exist. */
export type LocateRange = (
  object: { readonly kind: string; readonly namespace?: string; readonly name: string },
  path: FieldPath,
  part: "key" | "value",
) => SourceRange | undefined;

/** Where each object stands, by kind, namespace and name. */
export class Places {
  readonly #sources = new Map<string, { readonly source: ObjectSource; readonly template: FieldPath }>();

  /** `template`: where metadata and spec of a pod stand in the workload that it was made from. */
  add(
    kind: string,
    namespace: string | undefined,
    name: string,
    source: ObjectSource,
    template: FieldPath,
  ): void {
    this.#sources.set(objectKey(kind, namespace, name), { source, template });
  }

  readonly range: LocateRange = ({ kind, namespace, name }, path, part) => {
    const place = this.#sources.get(objectKey(kind, namespace, name));
    if (place === undefined) return undefined;
    const whole = [...place.template, ...path];
    return part === "key" ? place.source.keyRange(whole) : place.source.valueRange(whole);
  };

  readonly locate: Locate = (object, path) => {
    const range = this.range(object, path, "key");
    return range === undefined ? undefined : { file: range.file, ...range.start };
  };
}
