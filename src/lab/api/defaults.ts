import type { LabObject, ResourceType } from "../model.ts";
import { type Fields, fieldsOf, isFields, listOf } from "./fields.ts";
import { podDefaults, podSpecDefaults } from "./pod-defaults.ts";

/** Every namespace has this label, whatever its manifest says (API server, since Kubernetes 1.22). */
const NAME_LABEL = "kubernetes.io/metadata.name";

/**
 * The object with what the API server fills in where a field is absent (k8s.io/kubernetes pkg/apis, defaults.go, and
 * pkg/registry, PrepareForCreate). Filling in twice changes nothing.
 */
export function withDefaults(type: ResourceType, object: LabObject): LabObject {
  const fill = DEFAULTS[type.resource];
  return fill === undefined ? object : (fill(object) as LabObject);
}

const DEFAULTS: Readonly<Record<string, (object: LabObject) => Fields>> = {
  namespaces: namespaceDefaults,
  pods: podDefaults,
  services: (object) => ({
    ...object,
    spec: serviceSpec(fieldsOf(object.spec)),
    status: { loadBalancer: {}, ...fieldsOf(object.status) },
  }),
  secrets: (object) => ({ ...object, type: object.type ?? "Opaque" }),
  endpointslices: (object) => ({
    ...object,
    endpoints: object.endpoints ?? [],
    ports: listOf(object.ports).map((port) => ({ name: "", protocol: "TCP", ...fieldsOf(port) })),
  }),
  networkpolicies: (object) => ({ ...object, spec: policySpec(fieldsOf(object.spec)) }),
  deployments: (object) => workload(object, deploymentSpec(fieldsOf(object.spec))),
  replicationcontrollers: (object) => workload(object, controllerSpec(fieldsOf(object.spec))),
  replicasets: (object) => workload(object, { replicas: 1, ...fieldsOf(object.spec) }),
  statefulsets: (object) => workload(object, statefulSetSpec(fieldsOf(object.spec))),
  daemonsets: (object) => workload(object, daemonSetSpec(fieldsOf(object.spec))),
  jobs: jobDefaults,
};

function namespaceDefaults(object: LabObject): Fields {
  const { metadata } = object;
  const deleted = metadata.deletionTimestamp !== undefined;
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, [NAME_LABEL]: metadata.name } },
    spec: { ...(deleted ? {} : { finalizers: ["kubernetes"] }), ...fieldsOf(object.spec) },
    status: { phase: "Active", ...fieldsOf(object.status) },
  };
}

function serviceSpec(spec: Fields): Fields {
  const type = spec.type ?? "ClusterIP";
  return {
    ...spec,
    type,
    sessionAffinity: spec.sessionAffinity ?? "None",
    ...(type === "ExternalName" ? {} : { internalTrafficPolicy: spec.internalTrafficPolicy ?? "Cluster" }),
    ...(spec.ports === undefined ? {} : { ports: listOf(spec.ports).map(servicePort) }),
  };
}

function servicePort(value: unknown): Fields {
  const port = fieldsOf(value);
  const { targetPort } = port;
  const isAbsent = targetPort === undefined || targetPort === 0 || targetPort === "";
  return { protocol: "TCP", ...port, targetPort: isAbsent ? port.port : targetPort };
}

/** S3: both kinds of default hang on whether there are egress rules, not on whether the field is there. */
function policySpec(spec: Fields): Fields {
  const [types, egress] = [listOf(spec.policyTypes), listOf(spec.egress)];
  return {
    podSelector: {},
    ...spec,
    ...(spec.ingress === undefined ? {} : { ingress: listOf(spec.ingress).map(policyRule) }),
    ...(spec.egress === undefined ? {} : { egress: egress.map(policyRule) }),
    policyTypes: types.length > 0 ? types : egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"],
  };
}

function policyRule(value: unknown): Fields {
  const rule = fieldsOf(value);
  if (rule.ports === undefined) return rule;
  return { ...rule, ports: listOf(rule.ports).map((port) => ({ protocol: "TCP", ...fieldsOf(port) })) };
}

function workload(object: LabObject, spec: Fields): Fields {
  return { ...object, spec: { ...spec, template: template(spec.template) }, status: object.status ?? {} };
}

function template(value: unknown): Fields {
  const given = fieldsOf(value);
  return { ...given, metadata: given.metadata ?? {}, spec: podSpecDefaults(given.spec) };
}

/** The one workload whose selector may be left out: it is then the template's labels. */
function controllerSpec(spec: Fields): Fields {
  const labels = fieldsOf(fieldsOf(fieldsOf(spec.template).metadata).labels);
  return { replicas: 1, selector: labels, ...spec };
}

function deploymentSpec(spec: Fields): Fields {
  const strategy = fieldsOf(spec.strategy);
  const type = strategy.type ?? "RollingUpdate";
  const rolling = { maxUnavailable: "25%", maxSurge: "25%", ...fieldsOf(strategy.rollingUpdate) };
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: { type, ...(type === "RollingUpdate" ? { rollingUpdate: rolling } : {}) },
  };
}

function statefulSetSpec(spec: Fields): Fields {
  const strategy = fieldsOf(spec.updateStrategy);
  const type = strategy.type ?? "RollingUpdate";
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: "OrderedReady",
    ...spec,
    updateStrategy: {
      type,
      ...(type === "RollingUpdate"
        ? { rollingUpdate: { partition: 0, ...fieldsOf(strategy.rollingUpdate) } }
        : {}),
    },
  };
}

function daemonSetSpec(spec: Fields): Fields {
  const strategy = fieldsOf(spec.updateStrategy);
  const type = strategy.type ?? "RollingUpdate";
  const rolling = { maxUnavailable: 1, maxSurge: 0, ...fieldsOf(strategy.rollingUpdate) };
  return {
    revisionHistoryLimit: 10,
    ...spec,
    updateStrategy: { type, ...(type === "RollingUpdate" ? { rollingUpdate: rolling } : {}) },
  };
}

/** A Job's selector and the labels that it puts on its pods are made of its uid (pkg/registry/batch/job strategy.go). */
function jobDefaults(object: LabObject): Fields {
  const { name, uid } = object.metadata;
  const spec = fieldsOf(object.spec);
  const single = spec.completions === undefined && spec.parallelism === undefined;
  const filled = {
    parallelism: 1,
    ...(single ? { completions: 1 } : {}),
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    ...spec,
  };
  if (spec.manualSelector === true || isFields(spec.selector)) return workload(object, filled);
  const given = fieldsOf(spec.template);
  const metadata = fieldsOf(given.metadata);
  const labels = {
    ...fieldsOf(metadata.labels),
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  return workload(object, {
    ...filled,
    selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
    template: { ...given, metadata: { ...metadata, labels } },
  });
}
