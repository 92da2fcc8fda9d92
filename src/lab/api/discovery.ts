import type { ResourceType } from "../model.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";

/** A resource as discovery shows it: a kind, a part of one, or a question that can be posted. */
interface Served {
  /** `pods`, `pods/exec`. */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  /** Where the kind is not of the group that serves it. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const STATUS_VERBS = ["get", "patch", "update"];

/** What `kubectl get all` gets. */
const ALL: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "deployments",
  "replicasets",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
]);

/** Parts of kinds that have paths of their own, by plural. */
export const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  namespaces: ["finalize", "status"],
  nodes: ["status"],
  pods: ["eviction", "exec", "log", "status"],
  services: ["status"],
  resourcequotas: ["status"],
  replicationcontrollers: ["scale", "status"],
  deployments: ["scale", "status"],
  replicasets: ["scale", "status"],
  statefulsets: ["scale", "status"],
  daemonsets: ["status"],
  jobs: ["status"],
  cronjobs: ["status"],
};

/** Kinds that are only asked, never stored. */
const REVIEWS: readonly { readonly group: string; readonly kind: string }[] = [
  { group: "authorization.k8s.io", kind: "SelfSubjectAccessReview" },
  { group: "authorization.k8s.io", kind: "SelfSubjectRulesReview" },
  { group: "authentication.k8s.io", kind: "SelfSubjectReview" },
];

const GROUPS: readonly string[] = [
  ...new Set([...RESOURCE_TYPES.map(({ group }) => group), ...REVIEWS.map(({ group }) => group)]),
];

/** The answer at a discovery path (`/api`, `/apis`, `/apis/apps/v1` …); undefined: it is none. */
export function discovery(path: string, accept: string): unknown {
  // Before an exact form, clients name the aggregated one; the newest version is enough for every client since 1.27.
  const aggregated = accept.includes("as=APIGroupDiscoveryList") && accept.includes("v=v2;");
  if (path === "/api") return aggregated ? aggregatedList([""]) : CORE_VERSIONS;
  if (path === "/apis") return aggregated ? aggregatedList(GROUPS.filter(isNamed)) : GROUP_LIST;
  if (path === "/api/v1") return resourceList("");
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (group === undefined || !GROUPS.includes(group)) return undefined;
  if (version === undefined) return { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) };
  return version === "v1" ? resourceList(group) : undefined;
}

/** Groups and versions, as OpenAPI v3 names its documents: `api/v1`, `apis/apps/v1`. */
export function groupVersionPaths(): readonly { readonly group: string; readonly path: string }[] {
  return GROUPS.map((group) => ({ group, path: group === "" ? "api/v1" : `apis/${group}/v1` }));
}

const CORE_VERSIONS = {
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [],
};

const GROUP_LIST = { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.filter(isNamed).map(apiGroup) };

function isNamed(group: string): boolean {
  return group !== "";
}

function apiGroup(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: "v1" };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(group: string): unknown {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: group === "" ? "v1" : `${group}/v1`,
    resources: servedBy(group),
  };
}

function servedBy(group: string): readonly Served[] {
  const kinds = RESOURCE_TYPES.filter((type) => type.group === group).flatMap(servedKind);
  const reviews = REVIEWS.filter((review) => review.group === group).map(({ kind }): Served => {
    const singularName = kind.toLowerCase();
    return { name: `${singularName}s`, singularName, namespaced: false, kind, verbs: ["create"] };
  });
  return [...kinds, ...reviews];
}

function servedKind(type: ResourceType): readonly Served[] {
  const { resource, singular, namespaced, kind, shortNames } = type;
  const verbs = resource === "namespaces" ? VERBS.filter((verb) => verb !== "deletecollection") : VERBS;
  const whole: Served = {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(ALL.has(resource) ? { categories: ["all"] } : {}),
  };
  return [whole, ...(SUBRESOURCES[resource] ?? []).map((part) => servedPart(type, part))];
}

function servedPart({ resource, namespaced, kind }: ResourceType, part: string): Served {
  const served = { name: `${resource}/${part}`, singularName: "", namespaced, kind, verbs: STATUS_VERBS };
  switch (part) {
    case "exec":
      return { ...served, kind: "PodExecOptions", verbs: ["create", "get"] };
    case "eviction":
      return { ...served, kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] };
    case "scale":
      return { ...served, kind: "Scale", group: "autoscaling", version: "v1" };
    case "log":
      return { ...served, verbs: ["get"] };
    case "finalize":
      return { ...served, verbs: ["update"] };
    default:
      return served;
  }
}

/** apidiscovery.k8s.io/v2. */
function aggregatedList(groups: readonly string[]): unknown {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
      versions: [{ version: "v1", resources: aggregatedResources(group), freshness: "Current" }],
    })),
  };
}

function aggregatedResources(group: string): readonly object[] {
  const served = servedBy(group);
  return served
    .filter(({ name }) => !name.includes("/"))
    .map((one) => ({
      resource: one.name,
      responseKind: responseKind(group, one),
      scope: one.namespaced ? "Namespaced" : "Cluster",
      singularResource: one.singularName,
      verbs: one.verbs,
      ...(one.shortNames === undefined ? {} : { shortNames: one.shortNames }),
      ...(one.categories === undefined ? {} : { categories: one.categories }),
      subresources: served
        .filter(({ name }) => name.startsWith(`${one.name}/`))
        .map((part) => ({
          subresource: part.name.slice(one.name.length + 1),
          responseKind: responseKind(group, part),
          verbs: part.verbs,
        })),
    }));
}

function responseKind(group: string, { kind, group: own = group, version = "v1" }: Served): object {
  return { group: own, version, kind };
}
