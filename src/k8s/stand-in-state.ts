import type { Pod } from "../model/kubernetes.ts";
import type { PlannedStandIn } from "../model/plan.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { PodEnd } from "../model/traffic.ts";
import { READINESS_GATE } from "./stand-in-spec.ts";

/** What admission did to a stand-in so that it no longer speaks for its source; undefined: nothing that matters. */
export function admissionProblem(planned: PlannedStandIn, pod: Pod): string | undefined {
  const labels = pod.metadata.labels ?? {};
  const wanted = { ...planned.template.labels, [STAND_IN_LABEL]: "true" };
  const changed = Object.entries(wanted).find(([key, value]) => labels[key] !== value);
  if (changed !== undefined) {
    return `admission changed label ${changed[0]} of the stand-in from "${changed[1]}" to ${labels[changed[0]] === undefined ? "nothing" : `"${labels[changed[0]]}"`}`;
  }
  const gates = (pod.spec.readinessGates ?? []).map((gate) => gate.conditionType);
  if (!gates.includes(READINESS_GATE))
    return "admission removed the stand-in's readiness gate: it could receive production traffic";
  const others = gates.filter((gate) => gate !== READINESS_GATE);
  if (others.length > 0)
    return `admission added readiness gates to the stand-in (${others.join(", ")}): a load balancer may register it`;
  const finalizers = pod.metadata.finalizers ?? [];
  if (finalizers.length > 0)
    return `admission added finalizers to the stand-in (${finalizers.join(", ")}): it might never go`;
  const sidecars = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter(
    ({ name }) => name !== "probe",
  );
  if (sidecars.length > 0) {
    return `admission injected containers into the stand-in (${sidecars.map(({ name }) => name).join(", ")}): its traffic would be theirs`;
  }
  return undefined;
}

/** States that waiting does not mend. */
const HOPELESS = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/** Why a stand-in will never run; undefined: it runs or may still. */
export function startProblem(pod: Pod): string | undefined {
  if ((pod.metadata.deletionTimestamp ?? undefined) !== undefined)
    return "something is deleting the stand-in";
  const phase = pod.status?.phase;
  const state = pod.status?.containerStatuses?.[0]?.state;
  if (phase === "Failed" || phase === "Succeeded") return `the stand-in ended at once (${howEnded(pod)})`;
  const waiting = state?.waiting;
  if (waiting?.reason !== undefined && waiting.reason !== null && HOPELESS.has(waiting.reason)) {
    const image = pod.spec.containers[0]?.image ?? "its image";
    return `the stand-in cannot start: ${waiting.reason} (${waiting.message ?? image})`;
  }
  return undefined;
}

/** What has become of a stand-in that ran; undefined: it still does. */
export function endProblem(pod: Pod | undefined): string | undefined {
  if (pod === undefined) return "is gone: evicted, drained, or removed by somebody";
  if ((pod.metadata.deletionTimestamp ?? undefined) !== undefined) return "is being removed by somebody";
  const { status } = pod;
  const terminated = status?.containerStatuses?.[0]?.state?.terminated ?? undefined;
  if (status?.phase === "Failed" || status?.phase === "Succeeded" || terminated !== undefined) {
    return `has ended (${howEnded(pod)})`;
  }
  const ready = status?.conditions?.find(({ type }) => type === "ContainersReady");
  return status?.phase === "Unknown" || ready?.status === "Unknown"
    ? "is on a node that does not report"
    : undefined;
}

/** `Failed: Evicted: The node was low on resource: memory` */
function howEnded({ status }: Pod): string {
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  return [status?.phase, status?.reason, status?.message, ended?.reason, ended?.message]
    .filter(Boolean)
    .join(": ");
}

/** The evaluator's view of a stand-in as it is. */
export function standInEnd(
  planned: PlannedStandIn,
  pod: Pod,
  nodeIps: readonly string[] | undefined,
): PodEnd {
  const { namespace } = planned.template;
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP ? [pod.status.podIP] : undefined);
  return {
    kind: "pod",
    key: `${namespace}/${pod.metadata.name}`,
    display: `${namespace}/${planned.template.display}`,
    namespace,
    labels: pod.metadata.labels ?? {},
    spec: pod.spec,
    ips,
    ...(nodeIps === undefined ? {} : { nodeIps }),
  };
}
