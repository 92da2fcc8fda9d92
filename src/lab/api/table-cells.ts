import type { LabObject } from "../model.ts";
import { type Fields, fieldAt, fieldsOf, listOf, textOf } from "./fields.ts";
import { humanDuration } from "./human-duration.ts";
import { isTrue } from "./pod-columns.ts";

/** Texts of cells, as pkg/printers/internalversion printers.go writes them. */
export const NONE = "<none>";

export function since(time: string, now: number): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? "<unknown>" : humanDuration(now - at);
}

/** apimachinery meta/v1 FormatLabelSelector. */
export function selectorText(value: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(value);
  const labels = Object.entries(fieldsOf(matchLabels)).map(([key, one]) => `${key}=${String(one)}`);
  const expressions = listOf(matchExpressions).map((expression) => {
    const { key, operator, values } = fieldsOf(expression);
    const list = `(${listOf(values).map(String).sort().join(",")})`;
    switch (operator) {
      case "In":
        return `${String(key)} in ${list}`;
      case "NotIn":
        return `${String(key)} notin ${list}`;
      case "DoesNotExist":
        return `!${String(key)}`;
      default:
        return String(key);
    }
  });
  return [...labels, ...expressions].sort().join(",") || NONE;
}

export function labelsText(labels: Fields): string {
  const entries = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return entries.sort().join(",") || NONE;
}

export function nodeStatus(node: LabObject): string {
  const ready = listOf(fieldAt(node, ["status", "conditions"]))
    .map(fieldsOf)
    .find((condition) => condition.type === "Ready");
  const status = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return fieldAt(node, ["spec", "unschedulable"]) === true ? `${status},SchedulingDisabled` : status;
}

export function nodeRoles(node: LabObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(node.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return (
    roles
      .map((key) => key.slice(prefix.length))
      .sort()
      .join(",") || NONE
  );
}

export function nodeAddress(node: LabObject, type: string): string {
  const addresses = listOf(fieldAt(node, ["status", "addresses"])).map(fieldsOf);
  return textOf(addresses.find((address) => address.type === type)?.address) || NONE;
}

export function externalIp(service: LabObject): string {
  const spec = fieldsOf(service.spec);
  if (spec.type === "ExternalName") return textOf(spec.externalName);
  const own = listOf(spec.externalIPs).map(String);
  const given = listOf(fieldAt(service, ["status", "loadBalancer", "ingress"])).map(fieldsOf);
  const all = [...given.map(({ ip, hostname }) => textOf(ip) || textOf(hostname)), ...own];
  return all.join(",") || (spec.type === "LoadBalancer" ? "<pending>" : NONE);
}

export function servicePorts(service: LabObject): string {
  const ports = listOf(fieldAt(service, ["spec", "ports"])).map(fieldsOf);
  const texts = ports.map(({ port, nodePort, protocol }) => {
    const node = nodePort === undefined ? "" : `:${String(nodePort)}`;
    return `${String(port)}${node}/${String(protocol)}`;
  });
  return texts.join(",") || NONE;
}

export function dataCount(object: LabObject): number {
  return Object.keys(fieldsOf(object.data)).length + Object.keys(fieldsOf(object.binaryData)).length;
}

export function involvedObject(event: LabObject): string {
  const { kind, name } = fieldsOf(event.involvedObject);
  return [textOf(kind).toLowerCase(), textOf(name)].filter((part) => part !== "").join("/");
}

export function readyOfReplicas(object: LabObject): string {
  const { readyReplicas } = fieldsOf(object.status);
  return `${String(readyReplicas ?? 0)}/${String(fieldAt(object, ["spec", "replicas"]) ?? 0)}`;
}

export function jobStatus(job: LabObject): string {
  const status = fieldsOf(job.status);
  if (isTrue(status, "Complete")) return "Complete";
  if (isTrue(status, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  return isTrue(status, "Suspended") ? "Suspended" : "Running";
}

export function completions(job: LabObject): string {
  const { completions: wanted, parallelism } = fieldsOf(job.spec);
  const done = String(fieldAt(job, ["status", "succeeded"]) ?? 0);
  if (wanted !== undefined) return `${done}/${String(wanted)}`;
  return Number(parallelism) > 1 ? `${done}/1 of ${String(parallelism)}` : `${done}/1`;
}

export function jobDuration(job: LabObject, now: number): string {
  const { startTime, completionTime } = fieldsOf(job.status);
  if (typeof startTime !== "string") return "";
  return since(startTime, typeof completionTime === "string" ? Date.parse(completionTime) : now);
}

/** The first three, and how many more. */
export function shortList(items: readonly string[]): string {
  if (items.length === 0) return "<unset>";
  const shown = items.slice(0, 3).join(",");
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

export function roleOf(binding: LabObject): string {
  const { kind, name } = fieldsOf(binding.roleRef);
  return `${textOf(kind)}/${textOf(name)}`;
}
