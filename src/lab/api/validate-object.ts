import type { FieldPath } from "../../lint/field-error.ts";
import { dnsLabelErrors, portNameErrors, portNumberErrors } from "../../lint/name-syntax.ts";
import { containerPortErrors } from "../../lint/validate-container-ports.ts";
import { metadataErrors } from "../../lint/validate-metadata.ts";
import { validateNetworkPolicy } from "../../lint/validate-network-policy.ts";
import { selectorErrors } from "../../lint/validate-selector.ts";
import type { Container, LabelSelector, NetworkPolicy } from "../../model/kubernetes.ts";
import type { LabObject, ResourceType } from "../model.ts";
import { causeOf, duplicateValue, invalidValue, requiredValue, unsupportedValue } from "./field-causes.ts";
import { type Fields, fieldsOf, listOf, textOf } from "./fields.ts";
import { invalidObject, type StatusCause } from "./status-error.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const SERVICE_TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
/** Their names are path segments: `system:node` is one. */
const ANY_NAME: ReadonlySet<string> = new Set([
  "roles",
  "rolebindings",
  "clusterroles",
  "clusterrolebindings",
]);
const LABEL_NAME: ReadonlySet<string> = new Set(["namespaces", "services"]);
const TEMPLATES: ReadonlySet<string> = new Set([
  "deployments",
  "replicasets",
  "statefulsets",
  "daemonsets",
  "jobs",
]);

/**
 * 422 with every cause, in the API server's words, where the object is not one that it would store. NetworkPolicies
 * are checked in full, other kinds as far as traffic between pods hangs on it.
 */
export function validateObject(type: ResourceType, object: LabObject): void {
  const causes = causesOf(type, object);
  if (causes.length > 0) throw invalidObject(type, object.metadata.name, causes);
}

function causesOf(type: ResourceType, object: LabObject): readonly StatusCause[] {
  if (type.resource === "networkpolicies") {
    return validateNetworkPolicy(object as unknown as NetworkPolicy).map(causeOf);
  }
  const { metadata } = object;
  const path = ["metadata", "name"];
  const named = LABEL_NAME.has(type.resource) || ANY_NAME.has(type.resource) ? "x" : metadata.name;
  const causes = metadataErrors({ ...metadata, name: named }).map(causeOf);
  if (metadata.name === "" && named === "x") causes.push(requiredValue(path));
  else if (LABEL_NAME.has(type.resource)) {
    causes.push(...dnsLabelErrors(metadata.name).map((error) => invalidValue(path, metadata.name, error)));
  } else if (ANY_NAME.has(type.resource) && /[/%]/.test(metadata.name)) {
    causes.push(invalidValue(path, metadata.name, "may not contain '/' or '%'"));
  }
  return [...causes, ...specCauses(type, fieldsOf(object.spec))];
}

function specCauses(type: ResourceType, spec: Fields): readonly StatusCause[] {
  if (type.resource === "pods") return podSpecCauses(spec, ["spec"]);
  if (type.resource === "services") return serviceCauses(spec);
  return TEMPLATES.has(type.resource) ? workloadCauses(type, spec) : [];
}

function podSpecCauses(spec: Fields, path: FieldPath): readonly StatusCause[] {
  const names = new Set<string>();
  const causes: StatusCause[] = [];
  if (listOf(spec.containers).length === 0) causes.push(requiredValue([...path, "containers"]));
  for (const field of ["initContainers", "containers"]) {
    for (const [index, value] of listOf(spec[field]).entries()) {
      const container = fieldsOf(value);
      const at = [...path, field, index];
      const name = textOf(container.name);
      causes.push(...dnsLabelErrors(name).map((error) => invalidValue([...at, "name"], name, error)));
      if (names.has(name)) causes.push(duplicateValue([...at, "name"], name));
      names.add(name);
      if (textOf(container.image) === "") causes.push(requiredValue([...at, "image"]));
      causes.push(...containerPortErrors(container as unknown as Container, at).map(causeOf));
    }
  }
  return causes;
}

function serviceCauses(spec: Fields): readonly StatusCause[] {
  const type = textOf(spec.type);
  const ports = listOf(spec.ports);
  if (!SERVICE_TYPES.includes(type)) return [unsupportedValue(["spec", "type"], type, SERVICE_TYPES)];
  if (type === "ExternalName") {
    return textOf(spec.externalName) === "" ? [requiredValue(["spec", "externalName"])] : [];
  }
  if (ports.length === 0 && spec.clusterIP !== "None") return [requiredValue(["spec", "ports"])];
  const names = new Set<string>();
  return ports.flatMap((value, index) => {
    const port = fieldsOf(value);
    const at: FieldPath = ["spec", "ports", index];
    const name = textOf(port.name);
    const causes = portCauses(port, at);
    if (name === "") {
      if (ports.length > 1) causes.push(requiredValue([...at, "name"]));
      return causes;
    }
    causes.push(...dnsLabelErrors(name).map((error) => invalidValue([...at, "name"], name, error)));
    if (names.has(name)) causes.push(duplicateValue([...at, "name"], name));
    names.add(name);
    return causes;
  });
}

function portCauses({ port, protocol, targetPort }: Fields, at: FieldPath): StatusCause[] {
  const number = Number(port);
  const causes = portNumberErrors(number).map((error) => invalidValue([...at, "port"], number, error));
  if (!PROTOCOLS.includes(textOf(protocol))) {
    causes.push(unsupportedValue([...at, "protocol"], textOf(protocol), PROTOCOLS));
  }
  const target = typeof targetPort === "number" ? targetPort : textOf(targetPort);
  const errors = typeof target === "number" ? portNumberErrors(target) : portNameErrors(target);
  causes.push(...errors.map((error) => invalidValue([...at, "targetPort"], target, error)));
  return causes;
}

function workloadCauses(type: ResourceType, spec: Fields): readonly StatusCause[] {
  const template = fieldsOf(spec.template);
  const templateSpec = fieldsOf(template.spec);
  const causes = [...podSpecCauses(templateSpec, ["spec", "template", "spec"])];
  const policy = textOf(templateSpec.restartPolicy);
  const policies = type.resource === "jobs" ? ["OnFailure", "Never"] : ["Always"];
  if (!policies.includes(policy)) {
    causes.push(unsupportedValue(["spec", "template", "spec", "restartPolicy"], policy, policies));
  }
  if (spec.selector === undefined) return [requiredValue(["spec", "selector"]), ...causes];
  const selector = spec.selector as LabelSelector;
  const wrong = selectorErrors(selector, ["spec", "selector"]);
  if (wrong.length > 0) return [...wrong.map(causeOf), ...causes];
  const labels = fieldsOf(fieldsOf(template.metadata).labels);
  if (selects(selector, labels)) return causes;
  const path = ["spec", "template", "metadata", "labels"];
  return [invalidValue(path, labels, "`selector` does not match template `labels`"), ...causes];
}

function selects(selector: LabelSelector, labels: Fields): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const listed = typeof value === "string" && (values ?? []).includes(value);
      return listed === (operator === "In");
    })
  );
}
