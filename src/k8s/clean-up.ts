import { ClusterError } from "../model/errors.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import { STAND_IN_LABEL } from "../model/stand-in.ts";
import type { Api } from "./request.ts";
import { RUN_LABEL } from "./stand-in-spec.ts";

/** One object of ours. */
export interface Leftover {
  readonly kind: "Pod" | "Deployment" | "Job";
  readonly namespace: string;
  readonly name: string;
  readonly runId: string;
  /** RFC 3339, as the API server gave it. */
  readonly created: string;
}

const KINDS = {
  Pod: { path: "/api/v1", plural: "pods", selector: `${STAND_IN_LABEL}=true` },
  Deployment: { path: "/apis/apps/v1", plural: "deployments", selector: RUN_LABEL },
  Job: { path: "/apis/batch/v1", plural: "jobs", selector: RUN_LABEL },
} as const;

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
  options: { readonly namespaces?: readonly string[]; readonly signal?: AbortSignal },
): Promise<FoundLeftovers> {
  const scopes = options.namespaces?.map((namespace) => `/namespaces/${namespace}`) ?? [""];
  const leftovers: Leftover[] = [];
  const unread: string[] = [];
  for (const kind of ["Pod", "Deployment", "Job"] as const) {
    const { path, plural, selector } = KINDS[kind];
    await Promise.all(
      scopes.map(async (scope) => {
        try {
          const objects = await api.list<KubernetesObject>(`${path}${scope}/${plural}`, {
            query: { labelSelector: selector },
            signal: options.signal,
          });
          leftovers.push(...objects.flatMap((object) => leftoverOf(kind, object)));
        } catch (error) {
          if (!(error instanceof ClusterError)) throw error;
          unread.push(`${plural}${scope.replace("/namespaces/", " in ")}: ${error.message}`);
        }
      }),
    );
  }
  return { leftovers, unread };
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
  signal?: AbortSignal,
): Promise<readonly { readonly leftover: Leftover; readonly reason: string }[]> {
  const failures: { leftover: Leftover; reason: string }[] = [];
  for (const kind of ["Pod", "Deployment", "Job"] as const) {
    const { path, plural } = KINDS[kind];
    await Promise.all(
      leftovers
        .filter((leftover) => leftover.kind === kind)
        .map(async (leftover) => {
          try {
            await api.request({
              method: "DELETE",
              path: `${path}/namespaces/${leftover.namespace}/${plural}/${leftover.name}`,
              body: {
                apiVersion: "v1",
                kind: "DeleteOptions",
                propagationPolicy: "Background",
                ...(kind === "Pod" ? { gracePeriodSeconds: 0 } : {}),
              },
              ...(signal === undefined ? {} : { signal }),
            });
          } catch (error) {
            if (!(error instanceof ClusterError)) throw error;
            if (error.kind !== "not-found") failures.push({ leftover, reason: error.message });
          }
        }),
    );
  }
  return failures;
}
