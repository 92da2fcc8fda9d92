import { ClusterError } from "../model/errors.ts";
import { FOREIGN_POLICY_KINDS } from "../model/foreign-policy-kinds.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import type { ForeignPolicies } from "../model/snapshot.ts";
import type { Api } from "./request.ts";

/**
 * Calico's API server shows the objects of crd.projectcalico.org once more as projectcalico.org: they are counted
 * there, and in the storage group only where the API server's count cannot be had.
 */
const SAME_OBJECTS = { shown: "projectcalico.org", stored: "crd.projectcalico.org" } as const;

/** One request for all groups since Kubernetes 1.30 (KEP 3352); older ones answer with the plain list of groups. */
const DISCOVERY_ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** Counting needs no specs. */
const METADATA_ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** An aggregated API server that is down must not hold up a run that only wants to mention its policies. */
const COUNT_DEADLINE_MS = 5_000;

/** Stands for what discovery would show, where discovery may not be asked. */
const UNDISCOVERED: ForeignPolicies = {
  group: "*",
  kind: "policy kind beyond NetworkPolicy",
  count: undefined,
};

/** The admin tiers in the versions that a snapshot reads whole: these are not foreign. */
export const TIER_PATHS = {
  clusternetworkpolicies: "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
  adminnetworkpolicies: "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
  baselineadminnetworkpolicies: "/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies",
} as const;

const READ_WHOLE: ReadonlySet<string> = new Set(Object.values(TIER_PATHS));

/** A policy kind of FOREIGN_POLICY_KINDS that the API server serves. */
export interface ServedKind {
  readonly group: string;
  readonly kind: string;
  /** `/apis/GROUP/VERSION/PLURAL` */
  readonly path: string;
}

/** Undefined: discovery may not be asked. Rejects with ClusterError. */
export async function discoverPolicyKinds(
  api: Api,
  signal: AbortSignal,
): Promise<readonly ServedKind[] | undefined> {
  try {
    return await discover(api, signal);
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "forbidden") return undefined;
    throw error;
  }
}

/** Of the served kinds that are not read, those of which there are objects, or of which that cannot be told. */
export async function countForeignPolicies(
  api: Api,
  served: readonly ServedKind[] | undefined,
  signal: AbortSignal,
): Promise<readonly ForeignPolicies[]> {
  if (served === undefined) return [UNDISCOVERED];
  const counted = await Promise.all(
    served
      .filter(({ path }) => !READ_WHOLE.has(path))
      .map(async ({ group, kind, path }) => ({ group, kind, count: await count(api, path, signal) })),
  );
  return withoutDoubles(counted).filter(({ count }) => count !== 0);
}

function withoutDoubles(policies: readonly ForeignPolicies[]): readonly ForeignPolicies[] {
  return policies.filter(({ group, kind, count }) => {
    if (group !== SAME_OBJECTS.shown && group !== SAME_OBJECTS.stored) return true;
    const otherGroup = group === SAME_OBJECTS.shown ? SAME_OBJECTS.stored : SAME_OBJECTS.shown;
    const other = policies.find((policy) => policy.group === otherGroup && policy.kind === kind);
    if (other === undefined) return true;
    if (count === undefined) return other.count === undefined && group === SAME_OBJECTS.shown;
    return other.count === undefined || group === SAME_OBJECTS.shown;
  });
}

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly responseKind?: { readonly kind?: string };
    }[];
  }[];
}

interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly preferredVersion?: { readonly version: string };
    readonly versions?: readonly { readonly version: string }[];
  }[];
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string }[];
}

async function discover(api: Api, signal: AbortSignal): Promise<readonly ServedKind[]> {
  const answer = (await api.request({ method: "GET", path: "/apis", accept: DISCOVERY_ACCEPT, signal })) as
    | ({ readonly items?: readonly GroupDiscovery[] } & GroupList)
    | undefined;
  if (answer?.items !== undefined) return answer.items.flatMap(kindsOfGroup);
  const wanted = (answer?.groups ?? []).filter((group) => Object.hasOwn(FOREIGN_POLICY_KINDS, group.name));
  const found = await Promise.all(
    wanted.map(async (group) => {
      // Older versions of a group may serve kinds that the preferred one has dropped.
      const versions = [group.preferredVersion, ...(group.versions ?? [])].flatMap((v) => v?.version ?? []);
      const lists = await Promise.all(
        [...new Set(versions)].map((version) => resources(api, group.name, version, signal)),
      );
      return firstOfEachKind(lists.flat());
    }),
  );
  return found.flat();
}

function kindsOfGroup(group: GroupDiscovery): readonly ServedKind[] {
  const name = group.metadata?.name ?? "";
  const wanted = FOREIGN_POLICY_KINDS[name] ?? [];
  // Versions come with the preferred one first.
  const served = (group.versions ?? []).flatMap(({ version, resources = [] }) =>
    resources.flatMap(({ resource, responseKind }) => {
      const kind = responseKind?.kind;
      return kind !== undefined && wanted.includes(kind)
        ? [{ group: name, kind, path: `/apis/${name}/${version}/${resource}` }]
        : [];
    }),
  );
  return firstOfEachKind(served);
}

async function resources(
  api: Api,
  group: string,
  version: string,
  signal: AbortSignal,
): Promise<ServedKind[]> {
  const base = `/apis/${group}/${version}`;
  try {
    const list = await api.get<ResourceList>(base, { signal, deadlineMs: COUNT_DEADLINE_MS });
    return (list.resources ?? [])
      .filter(({ name, kind }) => !name.includes("/") && FOREIGN_POLICY_KINDS[group]?.includes(kind))
      .map(({ name, kind }) => ({ group, kind, path: `${base}/${name}` }));
  } catch (error) {
    rethrowUnlessUnavailable(error, signal);
    return [];
  }
}

/** The preferred version of each kind, but for the one that is read whole. */
function firstOfEachKind(served: readonly ServedKind[]): readonly ServedKind[] {
  const known = served.filter(({ path }) => READ_WHOLE.has(path));
  const all = [...known, ...served];
  return all.filter((one, index) => all.findIndex(({ kind }) => kind === one.kind) === index);
}

/** How many objects there are; undefined: that cannot be told. */
async function count(api: Api, path: string, signal: AbortSignal): Promise<number | undefined> {
  const options = { accept: METADATA_ACCEPT, deadlineMs: COUNT_DEADLINE_MS, signal };
  try {
    const first = (await api.request({ ...options, method: "GET", path, query: { limit: 1 } })) as {
      readonly metadata?: { readonly continue?: string; readonly remainingItemCount?: number };
      readonly items?: readonly KubernetesObject[];
    };
    const shown = first.items?.length ?? 0;
    if (!first.metadata?.continue) return shown;
    const remaining = first.metadata.remainingItemCount;
    // The field is a courtesy of the API server: it may be left out, and custom servers do.
    return remaining === undefined ? (await api.list(path, options)).length : shown + remaining;
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "not-found") return 0;
    rethrowUnlessUnavailable(error, signal);
    return undefined;
  }
}

/** What one API group cannot answer is no fault of the cluster as a whole. */
function rethrowUnlessUnavailable(error: unknown, signal: AbortSignal): void {
  const unavailable = ["forbidden", "throttled", "timeout", "server", "not-found"];
  if (signal.aborted || !(error instanceof ClusterError) || !unavailable.includes(error.kind)) throw error;
}
