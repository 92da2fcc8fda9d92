import type { KubernetesObject, NetworkPolicy, Pod } from "../model/kubernetes.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { API_RULES } from "./api-rules.ts";
import { cidrTextWarnings, cidrWarnings } from "./cidr-warnings.ts";
import { type FieldError, type FieldPath, formatFieldPath } from "./field-error.ts";
import type { Draft, ObjectRef } from "./finding.ts";
import { type ApiServerVersion, NEWEST } from "./kubernetes-version.ts";
import { type AdminKind, validateAdminPolicy } from "./validate-admin-policy.ts";
import { containerPortErrors } from "./validate-container-ports.ts";
import { validateNetworkPolicy } from "./validate-network-policy.ts";

export interface ApiFindings {
  readonly drafts: readonly Draft[];
  /** The policies that the API server takes. */
  readonly accepted: readonly NetworkPolicy[];
  readonly acceptedAdmin: Snapshot["adminPolicies"];
}

/** What the API server would say of each object of a snapshot, in the order of the objects and in its own order (V1 to V18). */
export function apiFindings(snapshot: Snapshot, version: ApiServerVersion): ApiFindings {
  const drafts: Draft[] = [];
  const accepted = snapshot.networkPolicies.filter((policy) => {
    const object = refOf("NetworkPolicy", policy, policy.metadata.namespace ?? "default");
    const errors = validateNetworkPolicy(policy, version);
    drafts.push(...errors.map((error) => refusal(object, error)));
    if (errors.length === 0) drafts.push(...warnings(object, policy), ...taken(object, policy, version));
    return errors.length === 0;
  });
  const admin = <T extends KubernetesObject>(kind: AdminKind, policies: readonly T[]): readonly T[] =>
    policies.filter((policy) => {
      const errors = validateAdminPolicy(kind, policy);
      drafts.push(...errors.map((error) => refusal(refOf(kind, policy), error)));
      return errors.length === 0;
    });
  const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
    snapshot.adminPolicies;
  const acceptedAdmin = {
    clusterNetworkPolicies: admin("ClusterNetworkPolicy", clusterNetworkPolicies),
    adminNetworkPolicies: admin("AdminNetworkPolicy", adminNetworkPolicies),
    baselineAdminNetworkPolicies: admin("BaselineAdminNetworkPolicy", baselineAdminNetworkPolicies),
  };
  drafts.push(...podFindings(snapshot));
  return { drafts, accepted, acceptedAdmin };
}

function refOf(kind: string, { metadata }: KubernetesObject, namespace?: string): ObjectRef {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name: metadata.name };
}

function refusal(object: ObjectRef, error: FieldError): Draft {
  const { id, type, path, at, detail, message } = error;
  const { severity } = API_RULES[id];
  const part = type === "Required value" ? "key" : "value";
  const hint = hintOf(error);
  const advice = hint === undefined ? {} : { hint };
  return { id, severity, object, path, at, part, type, message: detail, text: message, ...advice };
}

/** What to do, in the words of the documentation; for an ambiguous address block both of its meanings. */
function hintOf({ id, value, path }: FieldError): string | undefined {
  const [meanings] = id === "ambiguous-cidr" && typeof value === "string" ? cidrTextWarnings(value) : [];
  if (meanings !== undefined) return meanings;
  // Of all that a schema may ask for, this is what people wonder about (V18).
  if (id === "invalid-admin-policy" && !/\.(?:tcp|udp|sctp)$/.test(formatFieldPath(path))) return undefined;
  const text = API_RULES[id].fix.replaceAll("`", "").replace(/\.$/, "");
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function warnings(object: ObjectRef, policy: NetworkPolicy): Draft[] {
  return cidrWarnings(policy).map(({ path, detail, message }) =>
    warning("ambiguous-cidr", object, path, detail, message),
  );
}

/** V3: what an old API server takes unseen, and no plugin can make a selector of. */
function taken(object: ObjectRef, policy: NetworkPolicy, version: ApiServerVersion): Draft[] {
  if (version.checksExpressionValues) return [];
  const { checksExpressionValues } = NEWEST;
  return validateNetworkPolicy(policy, { ...version, checksExpressionValues }).map((error) => {
    const { path, detail } = error;
    const message = `${detail}: this API server takes it, and no plugin can use it`;
    const text = `${formatFieldPath(path)}: ${message}`;
    return { ...refusal(object, error), severity: "warning", type: "Lint", message, text };
  });
}

function warning(
  id: "ambiguous-cidr" | "ambiguous-port-name",
  object: ObjectRef,
  path: FieldPath,
  detail: string,
  text: string,
): Draft {
  const base = { id, severity: "warning", object, path, at: path, part: "value", type: "Warning" } as const;
  return { ...base, message: detail, text };
}

/** V16, of pods and of the templates of workloads, each with the paths of the object that people wrote. */
function podFindings(snapshot: Snapshot): Draft[] {
  const written = snapshot.origin === "cluster" ? withoutMade(snapshot) : writtenIn(snapshot);
  return [
    ...written.pods.flatMap((pod) =>
      specFindings(refOf("Pod", pod, pod.metadata.namespace ?? "default"), pod.spec, ["spec"]),
    ),
    ...written.workloads.flatMap(({ kind, metadata, template }) => {
      const before = kind === "CronJob" ? ["spec", "jobTemplate"] : [];
      const object = { kind, namespace: metadata.namespace ?? "default", name: metadata.name };
      return specFindings(object, template.spec, [...before, "spec", "template", "spec"]);
    }),
  ];
}

type Written = Pick<Snapshot, "pods" | "workloads">;

function writtenIn(snapshot: Snapshot): Written {
  return {
    pods: snapshot.pods.filter(({ metadata }) => !isFromTemplate(snapshot, metadata)),
    workloads: snapshot.workloads,
  };
}

/** What controllers have made from the template of something else that is there says nothing new. */
function withoutMade({ pods, workloads }: Snapshot): Written {
  const known = new Set(workloads.map(({ kind, metadata }) => keyOf(kind, metadata)));
  const isMade = ({ metadata }: Pick<Pod, "metadata">): boolean =>
    (metadata.ownerReferences ?? []).some(({ kind, name }) => known.has(keyOf(kind, { ...metadata, name })));
  return {
    pods: pods.filter((pod) => !isMade(pod)),
    workloads: workloads.filter((workload) => !isMade(workload)),
  };
}

function keyOf(kind: string, { namespace, name }: Pod["metadata"]): string {
  return `${kind} ${namespace ?? "default"}/${name}`;
}

/** A pod that was made from a workload of the same files stands where the workload stands. */
function isFromTemplate(snapshot: Snapshot, { ownerReferences, namespace, name }: Pod["metadata"]): boolean {
  const [owner] = ownerReferences ?? [];
  if (owner === undefined) return false;
  const where = namespace ? { namespace } : {};
  const workload = snapshot.locate({ kind: owner.kind, ...where, name: owner.name }, []);
  const pod = snapshot.locate({ kind: "Pod", ...where, name }, []);
  return workload !== undefined && workload.file === pod?.file && workload.line === pod.line;
}

function specFindings(object: ObjectRef, spec: Pod["spec"], path: FieldPath): Draft[] {
  const lists = [
    { field: "initContainers", containers: spec.initContainers ?? [] },
    { field: "containers", containers: spec.containers },
  ];
  const errors = lists.flatMap(({ field, containers }) =>
    containers.flatMap((container, index) => containerPortErrors(container, [...path, field, index])),
  );
  return [...errors.map((error) => refusal(object, error)), ...sharedNames(object, spec, path)];
}

/** S28, in the words of the API server's warning (k8s.io/kubernetes pkg/api/pod warnings.go). */
function sharedNames(object: ObjectRef, { containers }: Pod["spec"], path: FieldPath): Draft[] {
  const seen = new Map<string, { readonly container: number; readonly path: string }>();
  return containers.flatMap(({ ports }, container) =>
    (ports ?? []).flatMap(({ name }, index) => {
      if (!name) return [];
      const at = [...path, "containers", container, "ports", index];
      const text = formatFieldPath(at);
      const first = seen.get(name);
      if (first === undefined) seen.set(name, { container, path: text });
      if (first === undefined || first.container === container) return [];
      const detail = `duplicate port name "${name}" with ${first.path}, services and probes that select ports by name will use ${first.path}`;
      return warning("ambiguous-port-name", object, at, detail, `${text}: ${detail}`);
    }),
  );
}
