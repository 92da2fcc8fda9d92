import type { LabObject, ResourceType } from "../model.ts";
import { fieldAt, fieldsOf, listOf, textOf } from "./fields.ts";
import { podSummary, readinessGates } from "./pod-columns.ts";
import {
  completions,
  dataCount,
  externalIp,
  involvedObject,
  jobDuration,
  jobStatus,
  labelsText,
  NONE,
  nodeAddress,
  nodeRoles,
  nodeStatus,
  readyOfReplicas,
  roleOf,
  selectorText,
  servicePorts,
  shortList,
  since,
} from "./table-cells.ts";

export interface Column {
  readonly name: string;
  readonly cell: (object: LabObject, now: number) => string | number;
  /** Only `-o wide` shows it. */
  readonly wide?: true;
}

const NAME: Column = { name: "Name", cell: (object) => object.metadata.name };
const AGE: Column = { name: "Age", cell: (object, now) => since(object.metadata.creationTimestamp, now) };

/** The columns that `kubectl get` shows of a kind (pkg/printers/internalversion printers.go). */
export function columnsOf(type: ResourceType): readonly Column[] {
  return COLUMNS[type.resource] ?? [NAME, AGE];
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  namespaces: [NAME, text("Status", ["status", "phase"]), AGE],
  nodes: [
    NAME,
    { name: "Status", cell: nodeStatus },
    { name: "Roles", cell: nodeRoles },
    AGE,
    text("Version", ["status", "nodeInfo", "kubeletVersion"]),
    wide("Internal-IP", (node) => nodeAddress(node, "InternalIP")),
    wide("External-IP", (node) => nodeAddress(node, "ExternalIP")),
    wide("OS-Image", (node) => textOf(fieldAt(node, ["status", "nodeInfo", "osImage"])) || "<unknown>"),
    wide(
      "Kernel-Version",
      (node) => textOf(fieldAt(node, ["status", "nodeInfo", "kernelVersion"])) || "<unknown>",
    ),
    wide(
      "Container-Runtime",
      (node) => textOf(fieldAt(node, ["status", "nodeInfo", "containerRuntimeVersion"])) || "<unknown>",
    ),
  ],
  pods: [
    NAME,
    { name: "Ready", cell: (pod) => podSummary(pod).ready },
    { name: "Status", cell: (pod) => podSummary(pod).status },
    { name: "Restarts", cell: (pod) => String(podSummary(pod).restarts) },
    AGE,
    wide("IP", (pod) => textOf(fieldAt(pod, ["status", "podIP"])) || NONE),
    wide("Node", (pod) => textOf(fieldAt(pod, ["spec", "nodeName"])) || NONE),
    wide("Nominated Node", () => NONE),
    wide("Readiness Gates", readinessGates),
  ],
  services: [
    NAME,
    text("Type", ["spec", "type"]),
    { name: "Cluster-IP", cell: (service) => textOf(fieldAt(service, ["spec", "clusterIP"])) || NONE },
    { name: "External-IP", cell: externalIp },
    { name: "Port(s)", cell: servicePorts },
    AGE,
    wide("Selector", (service) => labelsText(fieldsOf(fieldAt(service, ["spec", "selector"])))),
  ],
  configmaps: [NAME, { name: "Data", cell: dataCount }, AGE],
  secrets: [NAME, text("Type", ["type"]), { name: "Data", cell: dataCount }, AGE],
  events: [
    {
      name: "Last Seen",
      cell: (event, now) => since(textOf(event.lastTimestamp) || textOf(event.eventTime), now),
    },
    text("Type", ["type"]),
    text("Reason", ["reason"]),
    { name: "Object", cell: involvedObject },
    { name: "Message", cell: (event) => textOf(event.message).trim() },
    wide("Count", (event) => String(event.count ?? 1)),
    wide("Name", (event) => event.metadata.name),
  ],
  deployments: [
    NAME,
    { name: "Ready", cell: readyOfReplicas },
    number("Up-to-date", ["status", "updatedReplicas"]),
    number("Available", ["status", "availableReplicas"]),
    AGE,
    ...template(),
  ],
  replicasets: [
    NAME,
    number("Desired", ["spec", "replicas"]),
    number("Current", ["status", "replicas"]),
    number("Ready", ["status", "readyReplicas"]),
    AGE,
    ...template(),
  ],
  replicationcontrollers: [
    NAME,
    number("Desired", ["spec", "replicas"]),
    number("Current", ["status", "replicas"]),
    number("Ready", ["status", "readyReplicas"]),
    AGE,
    ...template().slice(0, 2),
  ],
  cronjobs: [
    NAME,
    text("Schedule", ["spec", "schedule"]),
    { name: "Suspend", cell: (job) => (fieldAt(job, ["spec", "suspend"]) === true ? "True" : "False") },
    AGE,
  ],
  statefulsets: [NAME, { name: "Ready", cell: readyOfReplicas }, AGE, ...template().slice(0, 2)],
  daemonsets: [
    NAME,
    number("Desired", ["status", "desiredNumberScheduled"]),
    number("Current", ["status", "currentNumberScheduled"]),
    number("Ready", ["status", "numberReady"]),
    number("Up-to-date", ["status", "updatedNumberScheduled"]),
    number("Available", ["status", "numberAvailable"]),
    {
      name: "Node Selector",
      cell: (set) => labelsText(fieldsOf(fieldAt(set, ["spec", "template", "spec", "nodeSelector"]))),
    },
    AGE,
    ...template(),
  ],
  jobs: [
    NAME,
    { name: "Status", cell: jobStatus },
    { name: "Completions", cell: completions },
    { name: "Duration", cell: jobDuration },
    AGE,
    ...template(),
  ],
  networkpolicies: [
    NAME,
    { name: "Pod-Selector", cell: (policy) => selectorText(fieldAt(policy, ["spec", "podSelector"])) },
    AGE,
  ],
  endpointslices: [
    NAME,
    text("AddressType", ["addressType"]),
    {
      name: "Ports",
      cell: (slice) => shortList(listOf(slice.ports).map((port) => String(fieldsOf(port).port ?? "*"))),
    },
    {
      name: "Endpoints",
      cell: (slice) =>
        shortList(
          listOf(slice.endpoints)
            .flatMap((one) => listOf(fieldsOf(one).addresses))
            .map(String),
        ),
    },
    AGE,
  ],
  rolebindings: [NAME, { name: "Role", cell: roleOf }, AGE],
  clusterrolebindings: [NAME, { name: "Role", cell: roleOf }, AGE],
};

function text(name: string, path: readonly string[]): Column {
  return { name, cell: (object) => textOf(fieldAt(object, path)) };
}

function number(name: string, path: readonly string[]): Column {
  return { name, cell: (object) => Number(fieldAt(object, path) ?? 0) };
}

function wide(name: string, cell: Column["cell"]): Column {
  return { name, cell, wide: true };
}

function template(): readonly Column[] {
  const containers = (object: LabObject) =>
    listOf(fieldAt(object, ["spec", "template", "spec", "containers"])).map(fieldsOf);
  return [
    wide("Containers", (object) =>
      containers(object)
        .map(({ name }) => textOf(name))
        .join(","),
    ),
    wide("Images", (object) =>
      containers(object)
        .map(({ image }) => textOf(image))
        .join(","),
    ),
    wide("Selector", (object) => selectorText(fieldAt(object, ["spec", "selector"]))),
  ];
}
