import { ClusterError } from "../model/errors.ts";
import type { KubernetesObject } from "../model/kubernetes.ts";
import type { ApiRequest, ListOptions } from "./request.ts";

/** Objects a page; the default of kubectl. */
const PAGE_SIZE = 500;

interface RawList<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** All pages of a list. A list that expires on the way (410) is read once more from the start. */
export async function listAll<T extends KubernetesObject>(
  path: string,
  options: ListOptions,
  get: (request: ApiRequest) => Promise<RawList<T>>,
): Promise<T[]> {
  let restarted = false;
  for (;;) {
    const items: T[] = [];
    let next: string | undefined;
    try {
      do {
        const query = { limit: PAGE_SIZE, ...options.query, continue: next };
        const page = await get({ ...options, method: "GET", path, query });
        for (const item of page.items ?? []) items.push(withKind(item, page));
        next = page.metadata?.continue || undefined;
      } while (next !== undefined);
      return items;
    } catch (error) {
      // 410: the snapshot behind the continue token was compacted away. What was read of it cannot be continued.
      const expired = error instanceof ClusterError && error.status === 410 && next !== undefined;
      if (!expired || restarted) throw error;
      restarted = true;
    }
  }
}

function withKind<T extends KubernetesObject>(item: T, { apiVersion, kind }: RawList<T>): T {
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind?.endsWith("List") ? { kind: kind.slice(0, -"List".length) } : {}),
    ...item,
  };
}
