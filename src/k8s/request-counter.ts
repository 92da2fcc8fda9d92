/** How many requests a connection has made so far: every try, page and exec upgrade counts. */
export interface RequestCounts {
  /** Plain API requests. */
  readonly api: number;
  /** Exec upgrades. */
  readonly exec: number;
  /** By verb and resource, such as `list pods`, `create deployments`, `exec pods`; most frequent first. */
  readonly byKind: Readonly<Record<string, number>>;
}

export interface RequestCounter {
  count(kind: string, what?: "api" | "exec"): void;
  counts(): RequestCounts;
}

export function requestCounter(): RequestCounter {
  const totals = { api: 0, exec: 0 };
  const byKind = new Map<string, number>();
  return {
    count(kind, what = "api") {
      totals[what] += 1;
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
    },
    counts: () => ({
      ...totals,
      byKind: Object.fromEntries([...byKind].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))),
    }),
  };
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** `list pods`, `get pods/log`, `delete jobs`; paths that are no objects are named as they are: `get /version`. */
export function requestKind(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  // /api/VERSION/… or /apis/GROUP/VERSION/…, then [namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]
  let rest = segments[0] === "api" ? segments.slice(2) : segments[0] === "apis" ? segments.slice(3) : [];
  if (rest[0] === "namespaces" && rest.length > 2) rest = rest.slice(2);
  const [resource, name, subresource] = rest;
  if (resource === undefined) return `${VERBS[method] ?? "get"} ${path}`;
  const verb = VERBS[method] ?? (name === undefined ? "list" : "get");
  return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
}
