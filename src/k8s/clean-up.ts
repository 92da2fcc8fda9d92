import { ClusterError } from "../model/errors.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { Api } from "./request.ts";
import { RUN_LABEL } from "./stand-in-spec.ts";

/** One object of ours. */
export interface Leftover {
  readonly kind: "Pod" | "NetworkPolicy" | "Deployment" | "Job";
  readonly namespace: string;
  readonly name: string;
  readonly runId: string;
  /** RFC 3339, as the API server gave it. */
  readonly created: string;
}

const KINDS = {
  Pod: { path: "/api/v1", plural: "pods", selector: `${STAND_IN_LABEL}=true` },
  NetworkPolicy: { path: "/apis/networking.k8s.io/v1", plural: "networkpolicies", selector: RUN_LABEL },
  Deployment: { path: "/apis/apps/v1", plural: "deployments", selector: RUN_LABEL },
  Job: { path: "/apis/batch/v1", plural: "jobs", selector: RUN_LABEL },
} as const;

const ORDER = ["Pod", "NetworkPolicy", "Deployment", "Job"] as const;

export interface FoundLeftovers {
  readonly leftovers: readonly Leftover[];
  /** One line for each place that could not be looked into. */
  readonly unread: readonly string[];
}

/**
 * All objects of ours, in the given namespaces or in the whole cluster. What may not be listed in one place hides
 * nothing in another. Stand-ins come first, then what owns them, so that removing in this order never leaves an owner
 * without its pods for long.
 */
export async function findLeftovers(
  api: Api,
  options: {
    readonly namespaces?: readonly string[];
    readonly signal?: AbortSignal;
    /** Of each list. */
    readonly deadlineMs?: number;
  },
): Promise<FoundLeftovers> {
  const scopes = options.namespaces?.map((namespace) => `/namespaces/${namespace}`) ?? [""];
  const unread: string[] = [];
  const lists = await Promise.all(
    ORDER.flatMap((kind) => scopes.map((scope) => ({ kind, scope }))).map(async ({ kind, scope }) => {
      const { path, plural, selector } = KINDS[kind];
      try {
        const objects = await api.list<KubernetesObject>(`${path}${scope}/${plural}`, {
          query: { labelSelector: selector },
          signal: options.signal,
          deadlineMs: options.deadlineMs,
        });
        return objects.flatMap((object) => leftoverOf(kind, object));
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        unread.push(`${plural}${scope.replace("/namespaces/", " in ")}: ${error.message}`);
        return [];
      }
    }),
  );
  return { leftovers: lists.flat(), unread };
}

function leftoverOf(kind: Leftover["kind"], { metadata }: KubernetesObject): readonly Leftover[] {
  const runId = metadata.annotations?.[RUN_LABEL] ?? metadata.labels?.[RUN_LABEL];
  if (runId === undefined) return [];
  const { name, namespace, creationTimestamp } = metadata;
  return [{ kind, namespace: namespace ?? "default", name, runId, created: creationTimestamp ?? "" }];
}

/** Removes objects of ours; returns those that could not be removed, each with the reason. */
export async function removeLeftovers(
  api: Api,
  leftovers: readonly Leftover[],
  options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {},
): Promise<readonly { readonly leftover: Leftover; readonly reason: string }[]> {
  const failures: { leftover: Leftover; reason: string }[] = [];
  for (const kind of ORDER) {
    const { path, plural } = KINDS[kind];
    await Promise.all(
      leftovers
        .filter((leftover) => leftover.kind === kind)
        .map(async (leftover) => {
          try {
            const answer = await api.request({
              method: "DELETE",
              path: `${path}/namespaces/${leftover.namespace}/${plural}/${leftover.name}`,
              body: {
                apiVersion: "v1",
                kind: "DeleteOptions",
                propagationPolicy: "Background",
                ...(kind === "Pod" ? { gracePeriodSeconds: 0 } : {}),
              },
              ...options,
            });
            const held = finalizersOf(answer);
            if (held.length > 0) {
              failures.push({ leftover, reason: `its finalizers hold it (${held.join(", ")})` });
            }
          } catch (error) {
            if (!(error instanceof ClusterError)) throw error;
            if (error.kind !== "not-found") failures.push({ leftover, reason: error.message });
          }
        }),
    );
  }
  return failures;
}

/** Of the object that a DELETE answers with: it is still there while it has any. */
function finalizersOf(answer: unknown): readonly string[] {
  const { metadata } = (answer ?? {}) as { readonly metadata?: { readonly finalizers?: readonly string[] } };
  return metadata?.finalizers ?? [];
}

/** Looks at most; before each but the first two, and after an interruption before all but the first, a pause. */
const MAX_LOOKS = 4;
const PAUSE_MS = 250;

/**
 * Removes everything of one run and looks again until nothing is left: what was on its way when a run was interrupted
 * arrives late. Returns a line for each thing that stays, or that could not be looked for.
 */
export async function removeRun(
  api: Api,
  runId: string,
  options: {
    readonly namespaces: readonly string[];
    /** Requests of the run may still be on their way. */
    readonly interrupted: boolean;
    readonly signal: AbortSignal;
    /** Of each request: longer than usual, for an API server that restarts just now. */
    readonly deadlineMs: number;
    readonly sleep: (ms: number) => Promise<void>;
  },
): Promise<readonly string[]> {
  const { namespaces, interrupted, signal, deadlineMs, sleep } = options;
  let own: readonly Leftover[] = [];
  for (let look = 1; look <= MAX_LOOKS; look++) {
    if (look > (interrupted ? 1 : 2)) await sleep(PAUSE_MS);
    const { leftovers, unread } = await findLeftovers(api, { namespaces, signal, deadlineMs });
    own = leftovers.filter((leftover) => leftover.runId === runId);
    const failures = await removeLeftovers(api, own, { signal, deadlineMs });
    const lines = [
      ...unread.map((line) => `could not look for leftovers: ${line}`),
      ...failures.map(({ leftover, reason }) => `${nameOf(leftover)} could not be removed: ${reason}`),
    ];
    // An interrupted run's objects may come after a look that saw none.
    const isClean = own.length === 0 && (!interrupted || look > 1);
    if (lines.length > 0 || isClean) return lines;
  }
  return own.map((leftover) => `${nameOf(leftover)} is still there`);
}

function nameOf({ kind, namespace, name }: Leftover): string {
  return `${kind} ${namespace}/${name}`;
}
