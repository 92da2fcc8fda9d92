import { mergeConditions } from "./conditions.ts";
import type {
  Condition,
  Container,
  ContainerState,
  ContainerStatus,
  LabPod,
  PodPhase,
  PodStatus,
} from "./pod.ts";
import { isSidecar } from "./ports.ts";

/** A container as its runner sees it. */
export interface ContainerView {
  readonly state: ContainerState;
  readonly lastState: ContainerState;
  readonly restartCount: number;
  /** Its readiness probe says so, or it has none. */
  readonly ready: boolean;
  /** It will be started again. */
  readonly restarts: boolean;
}

export interface PodView {
  /** By the container's name. */
  readonly containers: ReadonlyMap<string, ContainerView>;
  readonly addresses: readonly string[];
  readonly hostAddresses: readonly string[];
  readonly startTime: string;
  /** Overrides what the containers say: a deadline, an eviction. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

/** The status of a pod with a node, as a kubelet writes it. Conditions of others (readiness gates) stay. */
export function podStatus(pod: LabPod, view: PodView, now: string): PodStatus {
  const { containers, addresses, hostAddresses, failure } = view;
  const main = pod.spec.containers.map((container) => statusOf(container, containers.get(container.name)));
  const init = (pod.spec.initContainers ?? []).map((container) =>
    initStatusOf(container, containers.get(container.name), view.startTime),
  );
  const phase = failure === undefined ? phaseOf(pod, containers) : "Failed";
  return {
    ...pod.status,
    phase,
    ...(failure === undefined ? {} : { reason: failure.reason, message: failure.message }),
    ...(addresses[0] === undefined ? {} : { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
    ...(hostAddresses[0] === undefined
      ? {}
      : { hostIP: hostAddresses[0], hostIPs: hostAddresses.map((ip) => ({ ip })) }),
    startTime: view.startTime,
    conditions: mergeConditions(pod.status?.conditions, conditionsOf(pod, phase, main, init), now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
  };
}

/** pkg/kubelet getPhase: while one of them runs, waits or comes back, the pod lives. */
export function phaseOf(pod: LabPod, views: ReadonlyMap<string, ContainerView>): PodPhase {
  const all = pod.spec.containers.map(({ name }) => views.get(name));
  const ended = all.map((view) => (view?.restarts === true ? undefined : view?.state.terminated));
  if (ended.every((one) => one !== undefined)) {
    return ended.every((one) => one.exitCode === 0) ? "Succeeded" : "Failed";
  }
  const hasStarted = (view: ContainerView | undefined): boolean =>
    view !== undefined && (view.state.waiting === undefined || view.lastState.terminated !== undefined);
  return all.every(hasStarted) ? "Running" : "Pending";
}

type Judgement = Pick<Condition, "status" | "reason" | "message">;

function conditionsOf(
  pod: LabPod,
  phase: PodPhase,
  main: readonly ContainerStatus[],
  init: readonly ContainerStatus[],
): readonly Condition[] {
  const isOver = phase === "Succeeded" || phase === "Failed";
  const unready = [...main, ...init.filter(({ state }) => state.running !== undefined)].filter(
    ({ ready }) => !ready,
  );
  const gates = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) =>
      pod.status?.conditions?.some(({ type, status }) => type === conditionType && status === "True") !==
      true,
  );
  const over = phase === "Succeeded" ? { reason: "PodCompleted" } : { reason: "PodFailed" };
  const containersReady: Judgement = isOver
    ? { status: "False", ...over }
    : unready.length === 0
      ? { status: "True" }
      : {
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.map(({ name }) => name).join(" ")}]`,
        };
  const ready: Judgement =
    containersReady.status === "True" && gates.length > 0
      ? {
          status: "False",
          reason: "ReadinessGatesNotReady",
          message: gates
            .map(
              ({ conditionType }) =>
                `the status of pod readiness gate "${conditionType}" is not "True", but False`,
            )
            .join(", "),
        }
      : containersReady;
  return [
    { type: "PodReadyToStartContainers", status: isOver ? "False" : "True" },
    { type: "Initialized", status: "True" },
    { type: "Ready", ...ready },
    { type: "ContainersReady", ...containersReady },
    { type: "PodScheduled", status: "True" },
  ];
}

const CREATING: ContainerState = { waiting: { reason: "ContainerCreating" } };

function statusOf({ name, image = "" }: Container, view: ContainerView | undefined): ContainerStatus {
  const isRunning = view?.state.running !== undefined;
  return {
    name,
    image,
    imageID: `netverdict-lab://${image}`,
    ...(isRunning ? { containerID: `netverdict-lab://${name}/${view.restartCount}` } : {}),
    ready: isRunning && view.ready,
    started: isRunning,
    restartCount: view?.restartCount ?? 0,
    state: view?.state ?? CREATING,
    lastState: view?.lastState ?? {},
  };
}

/** Plain init containers do not run in a lab: they count as done. */
function initStatusOf(
  container: Container,
  view: ContainerView | undefined,
  startTime: string,
): ContainerStatus {
  if (isSidecar(container)) return statusOf(container, view);
  const terminated = { exitCode: 0, reason: "Completed", startedAt: startTime, finishedAt: startTime };
  return { ...statusOf(container, undefined), ready: true, state: { terminated } };
}
