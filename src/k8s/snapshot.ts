import { ClusterError } from "../model/errors.ts";
import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  EndpointSlice,
  KubernetesObject,
  Namespace,
  NetworkPolicy,
  Node,
  ObjectMeta,
  Pod,
  Service,
} from "../model/kubernetes.ts";
import type { Snapshot, SnapshotResource, Unread } from "../model/snapshot.ts";
import {
  countForeignPolicies,
  discoverPolicyKinds,
  type ServedKind,
  TIER_PATHS,
} from "./foreign-policies.ts";
import type { Api } from "./request.ts";
import { toWorkload, WORKLOAD_APIS } from "./workloads.ts";

/** The label that every namespace has (API server, since Kubernetes 1.22). */
const NAME_LABEL = "kubernetes.io/metadata.name";

export interface SnapshotOptions {
  /** The namespaces that the scenarios name: read one by one where the whole cluster may not be read. */
  readonly namespaces: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads once all that predictions and plans are made from. What RBAC forbids, and what the API server does not serve,
 * is recorded in `unread`; any other fault rejects with ClusterError, since half a snapshot would predict nonsense.
 */
export async function readSnapshot(
  { api }: { readonly api: Api },
  { namespaces, signal }: SnapshotOptions,
): Promise<Snapshot> {
  // One list that fails ends all others.
  const failed = new AbortController();
  const reader: Reader = {
    api,
    named: [...new Set(namespaces)].sort(),
    signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
  };
  const core = "/api/v1";
  try {
    const served = discoverPolicyKinds(api, reader.signal);
    served.catch(() => undefined); // those that wait for it report it
    const readTier = async <T extends KubernetesObject>(plural: keyof typeof TIER_PATHS) =>
      readIfServed<T>(reader, plural, await served);
    const [namespaceList, pods, services, slices, policies, nodes, tiers, foreignPolicies, ...workloads] =
      await Promise.all([
        readNamespaces(reader),
        readEverywhere<Pod>(reader, { base: core, plural: "pods" }),
        readEverywhere<Service>(reader, { base: core, plural: "services" }),
        readEverywhere<EndpointSlice>(reader, {
          base: "/apis/discovery.k8s.io/v1",
          plural: "endpointslices",
        }),
        readEverywhere<NetworkPolicy>(reader, {
          base: "/apis/networking.k8s.io/v1",
          plural: "networkpolicies",
        }),
        readClusterScoped<Node>(reader, { base: core, plural: "nodes" }),
        Promise.all([
          readTier<ClusterNetworkPolicy>("clusternetworkpolicies"),
          readTier<AdminNetworkPolicy>("adminnetworkpolicies"),
          readTier<BaselineAdminNetworkPolicy>("baselineadminnetworkpolicies"),
        ]),
        served.then((kinds) => countForeignPolicies(api, kinds, reader.signal)),
        ...WORKLOAD_APIS.map(async (source) => ({ source, ...(await readEverywhere(reader, source)) })),
      ]);
    const [clusterPolicies, adminPolicies, baselinePolicies] = tiers;
    return {
      origin: "cluster",
      namespaces: namespaceList.items,
      pods: pods.items,
      services: services.items,
      endpointSlices: slices.items,
      networkPolicies: policies.items,
      adminPolicies: {
        clusterNetworkPolicies: clusterPolicies.items,
        adminNetworkPolicies: adminPolicies.items,
        baselineAdminNetworkPolicies: baselinePolicies.items,
      },
      nodes: nodes.items,
      workloads: workloads.flatMap(({ source, items }) =>
        items.flatMap((item) => toWorkload(source.kind, item) ?? []),
      ),
      unread: [
        ...namespaceList.unread,
        ...toUnread("pods", pods.gaps),
        ...toUnread("services", services.gaps),
        ...toUnread("endpointslices", slices.gaps),
        ...toUnread("networkpolicies", policies.gaps),
        ...toUnread("clusternetworkpolicies", clusterPolicies.gaps),
        ...toUnread("adminnetworkpolicies", adminPolicies.gaps),
        ...toUnread("baselineadminnetworkpolicies", baselinePolicies.gaps),
        ...toUnread("nodes", nodes.gaps),
        ...toUnread(
          "workloads",
          workloads.flatMap(({ gaps }) => gaps),
        ),
      ],
      foreignPolicies,
      locate: () => undefined,
    };
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

interface Reader {
  readonly api: Api;
  readonly named: readonly string[];
  readonly signal: AbortSignal;
}

interface Source {
  /** `/api/VERSION` or `/apis/GROUP/VERSION` */
  readonly base: string;
  readonly plural: string;
}

/** A part that could not be read: one namespace, or the cluster but for `readNamespaces`. */
interface Gap {
  readonly plural: string;
  readonly why: "forbidden" | "not served";
  readonly namespace?: string;
  readonly readNamespaces?: readonly string[];
}

interface Reading<T> {
  readonly items: readonly T[];
  readonly gaps: readonly Gap[];
}

/** The whole cluster; where that is forbidden, the named namespaces. */
async function readEverywhere<T extends KubernetesObject>(
  reader: Reader,
  source: Source,
): Promise<Reading<T>> {
  const whole = await readList<T>(reader, source, "");
  if (whole.items !== undefined) return { items: whole.items, gaps: [] };
  const { plural } = source;
  if (whole.why === "not served") return { items: [], gaps: [{ plural, why: whole.why }] };
  const parts = await Promise.all(
    reader.named.map(async (namespace) => ({
      namespace,
      ...(await readList<T>(reader, source, `/namespaces/${namespace}`)),
    })),
  );
  const read = parts.filter((part) => part.items !== undefined).map((part) => part.namespace);
  return {
    items: parts.flatMap((part) => part.items ?? []),
    gaps: [
      { plural, why: whole.why, readNamespaces: read },
      ...parts.flatMap((part) =>
        part.items === undefined ? [{ plural, why: part.why, namespace: part.namespace }] : [],
      ),
    ],
  };
}

async function readClusterScoped<T extends KubernetesObject>(
  reader: Reader,
  source: Source,
): Promise<Reading<T>> {
  const list = await readList<T>(reader, source, "");
  return list.items === undefined
    ? { items: [], gaps: [{ plural: source.plural, why: list.why }] }
    : { items: list.items, gaps: [] };
}

/**
 * Admin tiers are an add-on: where the API server does not serve them there are none. RBAC forbids what is not served,
 * too, so where discovery may be asked only served kinds are asked for.
 */
async function readIfServed<T extends KubernetesObject>(
  reader: Reader,
  plural: keyof typeof TIER_PATHS,
  served: readonly ServedKind[] | undefined,
): Promise<Reading<T>> {
  const path = TIER_PATHS[plural];
  if (served !== undefined && !served.some((kind) => kind.path === path)) return { items: [], gaps: [] };
  const base = path.slice(0, -plural.length - 1);
  const reading = await readClusterScoped<T>(reader, { base, plural });
  return { items: reading.items, gaps: reading.gaps.filter(({ why }) => why === "forbidden") };
}

type ListAttempt<T> =
  | { readonly items: readonly T[] }
  | { readonly items?: undefined; readonly why: "forbidden" | "not served" };

async function readList<T extends KubernetesObject>(
  { api, signal }: Reader,
  { base, plural }: Source,
  scope: string,
): Promise<ListAttempt<T>> {
  try {
    const items = await api.list<T>(`${base}${scope}/${plural}`, { signal });
    return { items: items.map(withoutManagedFields) };
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "forbidden") return { why: "forbidden" };
    if (error instanceof ClusterError && error.kind === "not-found") return { why: "not served" };
    throw error;
  }
}

/** Often half of an object's size, and of no use here. */
function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const metadata: ObjectMeta & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

async function readNamespaces(
  reader: Reader,
): Promise<{ readonly items: readonly Namespace[]; readonly unread: readonly Unread[] }> {
  const list = await readList<Namespace>(reader, { base: "/api/v1", plural: "namespaces" }, "");
  if (list.items !== undefined) return { items: list.items.map(withNameLabel), unread: [] };
  const found = await Promise.all(reader.named.map((name) => readNamespace(reader, name)));
  const known = found.filter((one) => one.readable).map((one) => one.name);
  return {
    items: found.flatMap((one) => (one.namespace === undefined ? [] : [withNameLabel(one.namespace)])),
    unread: [
      ...toUnread("namespaces", [{ plural: "namespaces", why: list.why, readNamespaces: known }]),
      ...found.flatMap(({ name, readable }): Unread[] =>
        readable
          ? []
          : [
              {
                resource: "namespaces",
                namespace: name,
                reason: `forbidden: cannot get namespace "${name}", so only its name label is known`,
              },
            ],
      ),
    ],
  };
}

interface NamespaceAttempt {
  readonly name: string;
  /** False: forbidden, so whether it exists and what labels it has is not known. */
  readonly readable: boolean;
  /** Absent: there is no such namespace. */
  readonly namespace?: Namespace;
}

async function readNamespace({ api, signal }: Reader, name: string): Promise<NamespaceAttempt> {
  try {
    const namespace = await api.get<Namespace>(`/api/v1/namespaces/${name}`, { signal });
    return { name, readable: true, namespace: withoutManagedFields(namespace) };
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "not-found") return { name, readable: true };
    if (!(error instanceof ClusterError) || error.kind !== "forbidden") throw error;
    return { name, readable: false, namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name } } };
  }
}

/** The label goes by the name alone, so it is right also where an old API server has not set it. */
function withNameLabel(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  return {
    ...namespace,
    metadata: { ...metadata, labels: { ...metadata.labels, [NAME_LABEL]: metadata.name } },
  };
}

/** One record for all kinds with the same gap, so that seven workload kinds do not make seven records. */
function toUnread(resource: SnapshotResource, gaps: readonly Gap[]): readonly Unread[] {
  const plurals = new Map<string, { readonly gap: Gap; readonly names: string[] }>();
  for (const gap of gaps) {
    const key = JSON.stringify([gap.why, gap.namespace, gap.readNamespaces]);
    const same = plurals.get(key);
    if (same === undefined) plurals.set(key, { gap, names: [gap.plural] });
    else same.names.push(gap.plural);
  }
  return [...plurals.values()].map(({ gap, names }) => ({
    resource,
    ...(gap.namespace === undefined ? {} : { namespace: gap.namespace }),
    ...(gap.readNamespaces === undefined ? {} : { readNamespaces: gap.readNamespaces }),
    reason: reason(gap, names.join(", ")),
  }));
}

function reason({ why, namespace }: Gap, what: string): string {
  if (why === "not served") return `not served: the API server has no ${what}`;
  return `forbidden: cannot list ${what} ${namespace === undefined ? "cluster-wide" : `in namespace "${namespace}"`}`;
}
