import { ClusterError } from "../model/errors.ts";
import type { Right } from "../model/right.ts";
import type { Api } from "./request.ts";

const AUTHORIZATION = "authorization.k8s.io/v1";

export interface RightsReview {
  /** What the API server would refuse, in the order that it was asked about. */
  readonly denied: readonly Right[];
  /** Why some rights could not be asked about; absent: all were. Those are not in `denied`. */
  readonly unasked?: string;
}

/**
 * Asks the API server which of these rights we do not have: one SelfSubjectRulesReview for each namespace, and a
 * SelfSubjectAccessReview for what that leaves open. Rejects with ClusterError where the cluster cannot be asked at
 * all; that it does not let itself be asked about rights is an answer (`unasked`).
 */
export async function reviewRights(
  api: Api,
  rights: readonly Right[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RightsReview> {
  const rules = new Map<string, Promise<Rules | undefined>>();
  for (const { namespace } of rights) {
    if (namespace === undefined || rules.has(namespace)) continue;
    const asked = askRules(api, namespace, options.signal);
    asked.catch(() => undefined); // each of its rights reports it
    rules.set(namespace, asked);
  }
  const answers = await Promise.all(
    rights.map(async (right): Promise<Answer> => {
      const known = right.namespace === undefined ? undefined : await rules.get(right.namespace);
      if (known?.rules.some((rule) => covers(rule, right)) === true) return { allowed: true };
      if (known?.complete === true) return { allowed: false };
      return askAccess(api, right, options.signal);
    }),
  );
  const unasked = answers.find((answer) => answer.unasked !== undefined)?.unasked;
  return {
    denied: rights.filter((_right, index) => answers[index]?.allowed === false),
    ...(unasked === undefined ? {} : { unasked }),
  };
}

/** The name that the API server knows us by; undefined where it does not say (before Kubernetes 1.28). */
export async function askIdentity(
  api: Api,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string | undefined> {
  try {
    const review = (await api.request({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      signal: options.signal,
    })) as { readonly status?: { readonly userInfo?: { readonly username?: string } } } | undefined;
    return review?.status?.userInfo?.username;
  } catch (error) {
    if (error instanceof ClusterError) return undefined;
    throw error;
  }
}

/** Whether the API server serves an API group; true also where that cannot be asked. Rejects with ClusterError. */
export async function isGroupServed(
  api: Api,
  group: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  try {
    await api.get(`/apis/${group}`, { signal: options.signal });
    return true;
  } catch (error) {
    reasonNotToAnswer(error);
    return !(error instanceof ClusterError && error.kind === "not-found");
  }
}

type Answer =
  | { readonly allowed: boolean; readonly unasked?: undefined }
  | { readonly allowed?: undefined; readonly unasked: string };

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  readonly resourceNames?: readonly string[] | null;
}

interface Rules {
  readonly rules: readonly Rule[];
  /** False: there are authorizers that cannot list what they allow, such as webhooks. */
  readonly complete: boolean;
}

/** Undefined: the API server does not tell, or does not let us ask. */
async function askRules(
  api: Api,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<Rules | undefined> {
  try {
    const review = (await api.request({
      method: "POST",
      path: `/apis/${AUTHORIZATION}/selfsubjectrulesreviews`,
      body: { apiVersion: AUTHORIZATION, kind: "SelfSubjectRulesReview", spec: { namespace } },
      signal,
    })) as
      | {
          readonly status?: {
            readonly incomplete?: boolean;
            readonly resourceRules?: readonly Rule[] | null;
          };
        }
      | undefined;
    if (review?.status === undefined) return undefined;
    return { rules: review.status.resourceRules ?? [], complete: review.status.incomplete === false };
  } catch (error) {
    reasonNotToAnswer(error);
    return undefined;
  }
}

async function askAccess(api: Api, right: Right, signal: AbortSignal | undefined): Promise<Answer> {
  const { verb, group, namespace, name } = right;
  const [resource, subresource] = right.resource.split("/");
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  try {
    const review = (await api.request({
      method: "POST",
      path: `/apis/${AUTHORIZATION}/selfsubjectaccessreviews`,
      body: { apiVersion: AUTHORIZATION, kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
      signal,
    })) as { readonly status?: { readonly allowed?: boolean } } | undefined;
    return { allowed: review?.status?.allowed === true };
  } catch (error) {
    return { unasked: reasonNotToAnswer(error) };
  }
}

/** A cluster that forbids the question or does not know it; every other fault goes on. */
function reasonNotToAnswer(error: unknown): string {
  if (!(error instanceof ClusterError) || (error.kind !== "forbidden" && error.kind !== "not-found"))
    throw error;
  return error.message;
}

/** As RBAC reads a rule (k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go). */
function covers({ verbs, apiGroups, resources, resourceNames }: Rule, right: Right): boolean {
  const subresource = right.resource.split("/")[1];
  const names = resourceNames ?? [];
  return (
    (verbs.includes("*") || verbs.includes(right.verb)) &&
    (apiGroups ?? []).some((group) => group === "*" || group === right.group) &&
    (resources ?? []).some(
      (resource) =>
        resource === "*" ||
        resource === right.resource ||
        (subresource !== undefined && resource === `*/${subresource}`),
    ) &&
    (names.length === 0 || (right.name !== undefined && names.includes(right.name)))
  );
}
