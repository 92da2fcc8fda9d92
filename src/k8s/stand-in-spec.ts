import type { Labels, OwnerReference } from "../model/kubernetes.ts";
import type { PlannedStandIn } from "../model/plan.ts";
import type { EndpointPort } from "../model/scenario.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import { STAND_IN_SERVER } from "./stand-in-server.ts";

/** On the owner chain; also an annotation of the stand-ins. */
export const RUN_LABEL = "netverdict.dev/run";
/** Nobody ever sets this condition: a stand-in stays un-Ready and so receives no traffic of any Service. */
export const READINESS_GATE = "netverdict.dev/never-ready";
export const NAME_PREFIX = "netverdict-";

/** nobody and nogroup of every busybox image. */
const NOBODY = 65534;

export interface StandInSettings {
  readonly runId: string;
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  /** Tolerate every taint, so that sources can run beside the pods that they stand for. */
  readonly tolerateAll: boolean;
}

/** What of the user and group a namespace prescribes (OpenShift); undefined: our own numbers. */
export interface NamespaceIds {
  readonly uid: number;
}

/** OpenShift gives each namespace a range of user ids: `openshift.io/sa.scc.uid-range: 1000650000/10000`. */
export function namespaceIds(annotations: Labels | null | undefined): NamespaceIds | undefined {
  const first = /^(\d+)[/-]/.exec(annotations?.["openshift.io/sa.scc.uid-range"] ?? "")?.[1];
  return first === undefined ? undefined : { uid: Number(first) };
}

export function standInName(runId: string, id: string): string {
  return `${NAME_PREFIX}${runId}-${id}`;
}

/** The pod of a stand-in: passes Pod Security `restricted`, is never Ready, ends by itself with its owner. */
export function standInPod(
  planned: PlannedStandIn,
  owner: OwnerReference,
  ids: NamespaceIds | undefined,
  settings: StandInSettings,
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: standInName(settings.runId, planned.id),
      namespace: planned.template.namespace,
      labels: { ...planned.template.labels, [STAND_IN_LABEL]: "true" },
      annotations: {
        [RUN_LABEL]: settings.runId,
        "sidecar.istio.io/inject": "false",
        "linkerd.io/inject": "disabled",
      },
      ownerReferences: [owner],
    },
    spec: {
      ...podSpec(serverArguments(planned.serves), ids, {
        ...settings,
        // Who must run on one node takes it as it is.
        tolerateAll: settings.tolerateAll || planned.node !== undefined,
      }),
      readinessGates: [{ conditionType: READINESS_GATE }],
      ...(planned.node === undefined ? {} : { affinity: onNode(planned.node) }),
      containers: [
        {
          ...probeContainer(serverArguments(planned.serves), settings),
          ports: planned.template.ports.map((port) => ({
            ...(port.name === undefined ? {} : { name: port.name }),
            containerPort: port.port,
            protocol: port.protocol,
          })),
        },
      ],
    },
  };
}

/** A pod spec for the templates of the owner chain, which never make a pod, and the common part of stand-ins. */
export function podSpec(
  servers: readonly string[],
  ids: NamespaceIds | undefined,
  settings: StandInSettings,
): Record<string, unknown> {
  const uid = ids?.uid ?? NOBODY;
  const lowPort = servers.some((server) => Number(server.split(":")[1]) < 1024);
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      ...(ids === undefined ? { runAsGroup: NOBODY } : {}),
      seccompProfile: { type: "RuntimeDefault" },
      ...(lowPort ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] } : {}),
    },
    ...(settings.imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })) }),
    ...(settings.tolerateAll ? { tolerations: [{ operator: "Exists" }] } : {}),
    containers: [probeContainer(servers, settings)],
  };
}

function probeContainer(servers: readonly string[], settings: StandInSettings): Record<string, unknown> {
  return {
    name: "probe",
    image: settings.image,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", STAND_IN_SERVER, "stand-in", ...servers],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    // No processor limit: throttling looks like a time-out.
    resources: { requests: { cpu: "5m", memory: "32Mi" }, limits: { memory: "64Mi" } },
  };
}

function onNode(name: string): object {
  const matchFields = [{ key: "metadata.name", operator: "In", values: [name] }];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

function serverArguments(ports: readonly EndpointPort[]): readonly string[] {
  return ports.flatMap((port) => (port.protocol === "SCTP" ? [] : [`${port.serve}:${port.port}`]));
}
