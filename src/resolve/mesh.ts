import type { Labels, Pod } from "../model/kubernetes.ts";
import type { ResolvedFlow } from "../model/resolved.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Findings } from "./findings.ts";

/** On namespaces and pods: a proxy on the node takes the pod's connections (Istio ambient mode). */
const AMBIENT_LABEL = "istio.io/dataplane-mode";

/** Containers that meshes inject: Istio, Linkerd, Consul, Kuma, Open Service Mesh. */
const PROXIES: ReadonlySet<string> = new Set([
  "istio-proxy",
  "linkerd-proxy",
  "consul-dataplane",
  "kuma-sidecar",
  "envoy-sidecar",
]);

/**
 * Warns where a service mesh stands between the probes and what they are to show: a mesh's proxy accepts connections
 * in the place of the server, so that a connection is no proof of a way to the server, nor of one that no policy bars.
 */
export function warnOfMeshes(flows: readonly ResolvedFlow[], snapshot: Snapshot, findings: Findings): void {
  const labels = new Map<string, Labels>(
    snapshot.namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
  );
  for (const { flow, source, targets } of flows) {
    if (!flow.observe) continue;
    if (source.kind === "stand-in") {
      const { namespace } = source.template;
      const mode = source.template.labels[AMBIENT_LABEL] ?? labels.get(namespace)?.[AMBIENT_LABEL];
      if (mode === "ambient") {
        findings.warn(
          flow.from.range,
          `${flow.from.name} is in an ambient mesh (${AMBIENT_LABEL}=ambient in namespace ${namespace}): the mesh accepts its connections on its own node, whatever becomes of them`,
          `connected may mean no more than that the mesh was reached: flows over HTTP (http://…) show the server's own answer; ${AMBIENT_LABEL}: none on the endpoint's labels keeps its stand-in out, where the policies do not select by that label`,
        );
      }
      warnOfProxy(source.realPods, (pod, proxy) => {
        findings.warn(
          flow.from.range,
          `pod ${pod} of ${flow.from.name} sends its traffic through a mesh's proxy (${proxy}); the stand-in has none`,
          "what the mesh itself allows and denies is not tested: a server that insists on mTLS resets the stand-in's connections after they were made",
        );
      });
    }
    const pods = targets.flatMap((target) => (target.kind === "pod" ? [target.pod] : []));
    warnOfProxy(pods, (pod, proxy) => {
      findings.warn(
        flow.to.range,
        `pod ${pod} of ${flow.to.name} receives its traffic through a mesh's proxy (${proxy}), which accepts connections in its place`,
        "connected means that the proxy was reached, also where the server is down: a flow over HTTP (http://…) shows the server's own answer",
      );
    });
  }
}

/** Says it of the first of the pods that has one. */
function warnOfProxy(pods: readonly Pod[], warn: (pod: string, proxy: string) => void): void {
  for (const { metadata, spec } of pods) {
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const proxy = containers.find(({ name }) => PROXIES.has(name));
    if (proxy === undefined) continue;
    warn(metadata.name, proxy.name);
    return;
  }
}
