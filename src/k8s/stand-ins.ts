import { ClusterError } from "../model/errors.ts";
import type { Namespace, NetworkPolicy, Pod } from "../model/kubernetes.ts";
import type { PlannedStandIn, StandIn } from "../model/plan.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import { chainDeployment, chainJob, chainName, standInOwner } from "./owner-chain.ts";
import type { Api } from "./request.ts";
import { namespaceIds, RUN_LABEL, type StandInSettings, standInName, standInPod } from "./stand-in-spec.ts";
import { admissionProblem, endProblem, standInEnd, startProblem } from "./stand-in-state.ts";

export interface CreateOptions extends StandInSettings {
  /** After this the cluster removes everything by itself, whatever becomes of us. */
  readonly deadlineSeconds: number;
  /** How long a stand-in may take from creation to running. */
  readonly startupMs: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onProgress?: (running: number, wanted: number) => void;
}

const POLL_MS = 250;

/** Owner chains of a run, one for each namespace; made when first needed. */
export class StandInFactory {
  readonly #api: Api;
  readonly #options: CreateOptions;
  readonly #namespaces: ReadonlyMap<string, Namespace>;
  readonly #chains = new Map<string, Promise<{ name: string; uid: string }>>();
  /** Pods that were created, and those of them of which is known whether they run. */
  #wanted = 0;
  #known = 0;

  constructor(api: Api, namespaces: readonly Namespace[], options: CreateOptions) {
    this.#api = api;
    this.#options = options;
    this.#namespaces = new Map(namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  }

  /** Namespaces in which something may have been made; known before the first request. */
  get touched(): readonly string[] {
    return [...this.#chains.keys()];
  }

  /**
   * Creates stand-ins and waits until each runs or is known not to. What cannot be created or started comes back with
   * a `problem`; only an abort throws.
   */
  async create(
    planned: readonly PlannedStandIn[],
    nodeIps: (node: string) => readonly string[] | undefined,
  ): Promise<readonly StandIn[]> {
    const created = await Promise.all(planned.map((standIn) => this.#create(standIn)));
    const waiting = new Map<string, PlannedStandIn>();
    const done: StandIn[] = [];
    for (const [index, problem] of created.entries()) {
      const standIn = planned[index];
      if (standIn === undefined) continue;
      if (problem === undefined) waiting.set(keyOf(standIn, this.#options.runId), standIn);
      else done.push(failed(standIn, this.#options.runId, problem));
    }
    done.push(...(await this.#wait(waiting, nodeIps)));
    return done;
  }

  /** What has become of stand-ins that ran and do not any more; by their `namespace/name`. Rejects with ClusterError. */
  async ended(standIns: readonly StandIn[]): Promise<ReadonlyMap<string, string>> {
    const pods = await this.#list([...new Set(standIns.map(({ pod }) => pod.namespace))]);
    const problems = standIns.map(({ pod }): [string, string | undefined] => {
      const key = `${pod.namespace}/${pod.name}`;
      return [key, endProblem(pods.get(key))];
    });
    return new Map(problems.flatMap(([key, problem]) => (problem === undefined ? [] : [[key, problem]])));
  }

  /** A policy that goes with the run, for the canaries. Rejects with ClusterError. */
  async createPolicy({ metadata, spec }: NetworkPolicy): Promise<void> {
    const namespace = metadata.namespace ?? "default";
    const { controller: _controller, ...owner } = standInOwner(await this.#chain(namespace));
    await this.#api.request({
      method: "POST",
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      body: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: {
          namespace,
          name: chainName(this.#options.runId),
          labels: { [RUN_LABEL]: this.#options.runId },
          ownerReferences: [owner],
        },
        spec,
      },
      signal: this.#options.signal,
    });
  }

  /** The reason why it could not be created; undefined: it was. */
  async #create(planned: PlannedStandIn): Promise<string | undefined> {
    const { namespace } = planned.template;
    if (planned.refused !== undefined) return planned.refused;
    try {
      const owner = await this.#chain(namespace);
      await this.#api.request({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods`,
        body: standInPod(planned, standInOwner(owner), this.#ids(namespace), this.#options),
        signal: this.#options.signal,
      });
      return undefined;
    } catch (error) {
      if (error instanceof ClusterError) return `the stand-in could not be created: ${error.message}`;
      throw error;
    }
  }

  #chain(namespace: string): Promise<{ name: string; uid: string }> {
    const known = this.#chains.get(namespace);
    if (known !== undefined) return known;
    const chain = this.#createChain(namespace);
    chain.catch(() => undefined); // every stand-in of the namespace reports it
    this.#chains.set(namespace, chain);
    return chain;
  }

  async #createChain(namespace: string): Promise<{ name: string; uid: string }> {
    const { signal, deadlineSeconds } = this.#options;
    const ids = this.#ids(namespace);
    const job = (await this.#api.request({
      method: "POST",
      path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
      body: chainJob(namespace, deadlineSeconds, ids, this.#options),
      signal,
    })) as { metadata: { name: string; uid: string } };
    const { name, uid } = job.metadata;
    const deployment = (await this.#api.request({
      method: "POST",
      path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
      body: chainDeployment(namespace, { name, uid }, ids, this.#options),
      signal,
    })) as { metadata: { name: string; uid: string } };
    return { name: deployment.metadata.name, uid: deployment.metadata.uid };
  }

  #ids(namespace: string): ReturnType<typeof namespaceIds> {
    return namespaceIds(this.#namespaces.get(namespace)?.metadata.annotations);
  }

  async #wait(
    waiting: Map<string, PlannedStandIn>,
    nodeIps: (node: string) => readonly string[] | undefined,
  ): Promise<readonly StandIn[]> {
    const { now, sleep, signal, startupMs, runId } = this.#options;
    this.#wanted += waiting.size;
    const until = now() + startupMs;
    const done: StandIn[] = [];
    let lastPods = new Map<string, Pod>();
    while (waiting.size > 0) {
      lastPods = await this.#list([
        ...new Set([...waiting.values()].map((planned) => planned.template.namespace)),
      ]);
      for (const [key, planned] of waiting) {
        const pod = lastPods.get(key);
        const problem = pod === undefined ? undefined : (admissionProblem(planned, pod) ?? startProblem(pod));
        if (problem !== undefined) done.push(failed(planned, runId, problem, pod));
        else if (pod !== undefined && isRunning(pod)) done.push(standIn(planned, pod, nodeIps, now()));
        else continue;
        waiting.delete(key);
        this.#known += 1;
      }
      this.#options.onProgress?.(this.#known, this.#wanted);
      if (waiting.size === 0) break;
      if (now() > until) {
        for (const [key, planned] of waiting)
          done.push(failed(planned, runId, lateReason(lastPods.get(key), startupMs)));
        break;
      }
      await sleep(POLL_MS, signal);
    }
    return done;
  }

  async #list(namespaces: readonly string[]): Promise<Map<string, Pod>> {
    const lists = await Promise.all(
      namespaces.map((namespace) =>
        this.#api.list<Pod>(`/api/v1/namespaces/${namespace}/pods`, {
          query: { labelSelector: `${STAND_IN_LABEL}=true` },
          signal: this.#options.signal,
        }),
      ),
    );
    return new Map(lists.flat().map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]));
  }
}

function keyOf(planned: PlannedStandIn, runId: string): string {
  return `${planned.template.namespace}/${standInName(runId, planned.id)}`;
}

function isRunning(pod: Pod): boolean {
  const running = pod.status?.containerStatuses?.every(
    (status) => (status.state?.running ?? undefined) !== undefined,
  );
  return pod.status?.phase === "Running" && running === true && (pod.status.podIP ?? "") !== "";
}

function standIn(
  planned: PlannedStandIn,
  pod: Pod,
  nodeIps: (node: string) => readonly string[] | undefined,
  runningAtMs: number,
): StandIn {
  const node = pod.spec.nodeName ?? undefined;
  const { namespace } = planned.template;
  return {
    planned,
    pod: { namespace, name: pod.metadata.name },
    labels: pod.metadata.labels ?? {},
    ...(node === undefined ? {} : { node }),
    runningAtMs,
    end: standInEnd(planned, pod, node === undefined ? undefined : nodeIps(node)),
  };
}

function failed(planned: PlannedStandIn, runId: string, problem: string, pod?: Pod): StandIn {
  const { namespace, labels, display } = planned.template;
  const name = standInName(runId, planned.id);
  const wanted = { ...labels, [STAND_IN_LABEL]: "true" };
  const node = pod?.spec.nodeName ?? undefined;
  return {
    planned,
    pod: { namespace, name },
    labels: wanted,
    ...(node === undefined ? {} : { node }),
    end: {
      kind: "pod",
      key: `${namespace}/${name}`,
      display,
      namespace,
      labels: wanted,
      spec: { containers: [] },
      ips: undefined,
    },
    problem,
  };
}

function lateReason(pod: Pod | undefined, startupMs: number): string {
  const within = `within ${startupMs / 1000} s`;
  if (pod === undefined) return `the stand-in was created and is gone again ${within}: something deletes it`;
  const unscheduled = pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False");
  if (unscheduled !== undefined)
    return `the stand-in was not scheduled ${within}: ${unscheduled.message ?? unscheduled.reason ?? ""}`;
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  return `the stand-in did not run ${within}: ${waiting?.reason ?? pod.status?.phase ?? "no status"} ${waiting?.message ?? ""}`.trim();
}
