import type { RosterPod } from "./pod-roster.ts";
import { type WorkloadName, workloadKey } from "./workload-of.ts";

const SHOWN_WORKLOADS = 4;
const SHOWN_PODS = 3;
const SHOWN_NAMESPACES = 4;

/** Names groups of pods so that no two names are alike, given how all pods fall into groups. */
export class GroupNames {
  readonly #byNamespace: ReadonlyMap<string, readonly RosterPod[]>;
  readonly #podsOf: ReadonlyMap<string, number>;

  constructor(pods: readonly RosterPod[]) {
    this.#byNamespace = Map.groupBy(pods, ({ end }) => end.namespace);
    const podsOf = new Map<string, number>();
    for (const { workload } of pods) {
      const key = workloadKey(workload);
      podsOf.set(key, (podsOf.get(key) ?? 0) + 1);
    }
    this.#podsOf = podsOf;
  }

  /**
   * `shop/*` for all pods of a namespace, `shop/api` for a workload, `shop/{api, web}` for several, `shop/{tier=db}` for
   * many that a label tells from the rest, pods by their own names where a workload is divided.
   */
  nameOf(pods: readonly RosterPod[]): string {
    const parts = [...Map.groupBy(pods, ({ end }) => end.namespace)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([namespace, own]) => this.#inNamespace(namespace, own));
    return parts.length <= SHOWN_NAMESPACES
      ? parts.join(", ")
      : `${parts.slice(0, SHOWN_NAMESPACES - 1).join(", ")} and ${parts.length - SHOWN_NAMESPACES + 1} more namespaces`;
  }

  #inNamespace(namespace: string, pods: readonly RosterPod[]): string {
    const all = this.#byNamespace.get(namespace) ?? [];
    const members = this.#members(pods);
    if (members.length === 1) return `${namespace}/${members[0]}`;
    if (all.length === pods.length) return `${namespace}/*`;
    if (members.length <= SHOWN_WORKLOADS) return `${namespace}/{${members.join(", ")}}`;
    const label = distinguishingLabel(pods, all);
    return label === undefined
      ? `${namespace}/{${members.slice(0, SHOWN_PODS).join(", ")} and ${members.length - SHOWN_PODS} more}`
      : `${namespace}/{${label}}`;
  }

  /** Workloads that are there with all their pods by name, else the pods. Two kinds of one name are told apart. */
  #members(pods: readonly RosterPod[]): readonly string[] {
    const byWorkload = [...Map.groupBy(pods, ({ workload }) => workloadKey(workload)).values()];
    return byWorkload
      .flatMap((own) => {
        const [first] = own;
        if (first === undefined) return [];
        const { workload } = first;
        if (own.length === this.#podsOf.get(workloadKey(workload))) return [this.#workloadName(workload)];
        return own.map(({ name }) => name);
      })
      .sort();
  }

  #workloadName({ kind, namespace, name }: WorkloadName): string {
    const others = (this.#byNamespace.get(namespace) ?? []).some(
      ({ workload }) => workload.name === name && workload.kind !== kind,
    );
    return others ? `${name} (${kind})` : name;
  }
}

const SHOWN_VALUES = 3;

/** The values of a label that these pods carry and none of the others does: `app=web`, or for a few `app=web, app=api`. */
function distinguishingLabel(pods: readonly RosterPod[], all: readonly RosterPod[]): string | undefined {
  const own = new Set(pods);
  const others = all.filter((pod) => !own.has(pod));
  const candidates = Object.keys(pods[0]?.end.labels ?? {}).flatMap((key) => {
    const values = new Set(pods.map(({ end }) => end.labels[key]));
    const isOwn = !values.has(undefined) && !others.some(({ end }) => values.has(end.labels[key]));
    return isOwn && values.size <= SHOWN_VALUES ? [{ key, values: [...values].sort() }] : [];
  });
  candidates.sort(
    (a, b) => a.values.length - b.values.length || a.key.length - b.key.length || (a.key < b.key ? -1 : 1),
  );
  const [best] = candidates;
  return best?.values.map((value) => `${best.key}=${value}`).join(", ");
}
