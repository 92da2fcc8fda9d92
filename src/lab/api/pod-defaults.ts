import { type Fields, fieldsOf, isFields, listOf, textOf } from "./fields.ts";

/**
 * What the API server fills in to a pod's spec, also in templates (k8s.io/kubernetes pkg/apis/core/v1 defaults.go),
 * as far as something in the lab or a reader of it can tell.
 */
export function podSpecDefaults(value: unknown): Fields {
  const spec = fieldsOf(value);
  const hostNetwork = spec.hostNetwork === true;
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...spec,
    ...containers(spec, "initContainers", hostNetwork),
    ...containers(spec, "containers", hostNetwork),
    ...(spec.volumes === undefined ? {} : { volumes: listOf(spec.volumes).map(volumeDefaults) }),
  };
}

/** Only of pods, not of templates: what admission adds, and the status of a pod that nobody has seen yet. */
export function podDefaults(object: Fields): Fields {
  const spec = podSpecDefaults(object.spec);
  const account = textOf(spec.serviceAccountName) || textOf(spec.serviceAccount) || "default";
  return {
    ...object,
    spec: { enableServiceLinks: true, ...spec, serviceAccountName: account, serviceAccount: account },
    status: { phase: "Pending", qosClass: qosClass(spec), ...fieldsOf(object.status) },
  };
}

function containers(spec: Fields, field: string, hostNetwork: boolean): Fields {
  if (spec[field] === undefined) return {};
  return { [field]: listOf(spec[field]).map((container) => containerDefaults(container, hostNetwork)) };
}

function containerDefaults(value: unknown, hostNetwork: boolean): Fields {
  const container = fieldsOf(value);
  return {
    imagePullPolicy: isLatest(textOf(container.image)) ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...container,
    ...(container.ports === undefined
      ? {}
      : { ports: listOf(container.ports).map((port) => portDefaults(port, hostNetwork)) }),
    ...probe(container, "livenessProbe"),
    ...probe(container, "readinessProbe"),
    ...probe(container, "startupProbe"),
  };
}

function portDefaults(value: unknown, hostNetwork: boolean): Fields {
  const port = fieldsOf(value);
  return { ...(hostNetwork ? { hostPort: port.containerPort } : {}), protocol: "TCP", ...port };
}

function probe(container: Fields, field: string): Fields {
  const value = container[field];
  if (!isFields(value)) return {};
  const httpGet = isFields(value.httpGet) ? { httpGet: { path: "/", scheme: "HTTP", ...value.httpGet } } : {};
  const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  return { [field]: { ...times, ...value, ...httpGet } };
}

const READ_ONLY = { defaultMode: 0o644 };

function volumeDefaults(value: unknown): Fields {
  const volume = fieldsOf(value);
  if (Object.keys(volume).every((field) => field === "name")) return { ...volume, emptyDir: {} };
  const filled: Record<string, unknown> = { ...volume };
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    if (isFields(volume[source])) filled[source] = { ...READ_ONLY, ...volume[source] };
  }
  return filled;
}

/** An image without a tag, or with the tag `latest`; a digest is never that. */
function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === "latest";
}

/** pkg/apis/core/v1/helper/qos: by the requests and limits for CPU and memory of all containers. */
function qosClass(spec: Fields): string {
  const all = [...listOf(spec.initContainers), ...listOf(spec.containers)];
  const resources = all.map((container) => fieldsOf(fieldsOf(container).resources));
  const set = resources.some(
    ({ requests, limits }) => names(requests).length > 0 || names(limits).length > 0,
  );
  if (!set) return "BestEffort";
  const guaranteed = resources.every(({ requests, limits }) => {
    const asked = { ...fieldsOf(limits), ...fieldsOf(requests) };
    const given = fieldsOf(limits);
    return ["cpu", "memory"].every((name) => given[name] !== undefined && asked[name] === given[name]);
  });
  return guaranteed ? "Guaranteed" : "Burstable";
}

function names(resources: unknown): readonly string[] {
  return Object.keys(fieldsOf(resources)).filter((name) => name === "cpu" || name === "memory");
}
