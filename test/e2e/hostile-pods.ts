import { standInOwner } from "../../src/k8s/owner-chain.ts";
import { standInPod } from "../../src/k8s/stand-in-spec.ts";

/** A pod as it is sent to the API server. */
export interface PodManifest {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };
}

/** A stand-in as the program makes it. */
export function standIn(namespace: string): PodManifest {
  const owner = standInOwner({ name: "netverdict-0123abc", uid: "6a1ef1d0-2f0c-4f4f-8a51-0f8d6c9c2f11" });
  const template = { namespace, labels: { app: "backend-api" }, ports: [], display: "backend" };
  const settings = { runId: "0123abc", image: "busybox:1.35", imagePullSecrets: [], tolerateAll: true };
  return standInPod(
    { id: "1", template, role: "source", serves: [] },
    owner,
    undefined,
    settings,
  ) as PodManifest;
}

type Change = (pod: PodManifest) => PodManifest;

/** What somebody with the runner's token could want of a pod, one thing each, and why the guard refuses it. */
export const HOSTILE: readonly (readonly [what: string, change: Change, reason: RegExp])[] = [
  ["by another name", metadata({ name: "backend-1" }), /is named netverdict-RUN-NUMBER/],
  ["without the label", metadata({ labels: {} }), /has the label/],
  ["that belongs to no run", metadata({ ownerReferences: [] }), /owned by the Deployment of its run/],
  ["that gets Ready", spec({ readinessGates: [] }), /never Ready/],
  ["with a Secret", spec({ volumes: [{ name: "s", secret: { secretName: "s" } }] }), /has no volumes/],
  ["with the node's files", spec({ volumes: [{ name: "s", hostPath: { path: "/" } }] }), /has no volumes/],
  ["as another account", spec({ serviceAccountName: "deployer" }), /has no token/],
  [
    "with a second container",
    (pod) => spec({ initContainers: pod.spec.containers.map(renamed) })(pod),
    /one container/,
  ],
  ["of another image", container({ image: "busybox:1.36" }), /runs one of these images: busybox:1.35/],
  [
    "with a Secret in a variable",
    container({ env: [{ name: "S", valueFrom: { secretKeyRef: { name: "s", key: "s" } } }] }),
    /nothing from Secrets/,
  ],
  [
    "with a Secret for variables",
    container({ envFrom: [{ secretRef: { name: "s" } }] }),
    /nothing from Secrets/,
  ],
  [
    "that has the kubelet ask somebody",
    container({ livenessProbe: { httpGet: { port: 80, host: "10.0.0.1" } } }),
    /no requests on behalf of a stand-in/,
  ],
  ["in the node's network", spec({ hostNetwork: true }), /nothing of the node/],
  ["on a node of its choice", spec({ nodeName: "node1" }), /nothing of the node/],
  ["before all others", spec({ priorityClassName: "system-node-critical" }), /drives no other pod/],
  [
    "that may be root",
    spec({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
    /as Pod Security/,
  ],
  ["that is privileged", container({ securityContext: { privileged: true } }), /as Pod Security/],
  ["that is root by its container", (pod) => rootContainer(pod), /takes nothing back/],
];

function metadata(fields: object): Change {
  return (pod) => ({ ...pod, metadata: { ...pod.metadata, ...fields } });
}

function spec(fields: object): Change {
  return (pod) => ({ ...pod, spec: { ...pod.spec, ...fields } });
}

function container(fields: object): Change {
  return (pod) => spec({ containers: pod.spec.containers.map((one) => ({ ...one, ...fields })) })(pod);
}

function renamed(one: object): object {
  return { ...one, name: "second" };
}

function rootContainer(pod: PodManifest): PodManifest {
  const [one] = pod.spec.containers as readonly { readonly securityContext: object }[];
  return container({ securityContext: { ...one?.securityContext, runAsUser: 0 } })(pod);
}
