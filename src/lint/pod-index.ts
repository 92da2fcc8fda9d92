import type { Labels, Pod } from "../model/kubernetes.ts";
import { meetsAll, type Requirement } from "../selectors/label-selector.ts";

/** The pods of one namespace, found by their labels. */
export class PodIndex {
  readonly pods: readonly Pod[];
  readonly #byPair = new Map<string, Pod[]>();
  readonly #byKey = new Map<string, Pod[]>();
  readonly #values = new Map<string, Set<string>>();

  constructor(pods: readonly Pod[]) {
    this.pods = pods;
    for (const pod of pods) {
      for (const [key, value] of Object.entries(labelsOf(pod))) {
        add(this.#byPair, pairKey(key, value), pod);
        add(this.#byKey, key, pod);
        const values = this.#values.get(key) ?? new Set();
        this.#values.set(key, values.add(value));
      }
    }
  }

  select(requirements: readonly Requirement[]): readonly Pod[] {
    return this.#candidates(requirements).filter((pod) => meetsAll(requirements, labelsOf(pod)));
  }

  some(requirements: readonly Requirement[]): boolean {
    return this.#candidates(requirements).some((pod) => meetsAll(requirements, labelsOf(pod)));
  }

  get keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  valuesOf(key: string): readonly string[] {
    return [...(this.#values.get(key) ?? [])];
  }

  /** The shortest list that holds all pods which can match. */
  #candidates(requirements: readonly Requirement[]): readonly Pod[] {
    let best: readonly Pod[] = this.pods;
    for (const { key, operator, values } of requirements) {
      const [value] = values;
      const list =
        operator === "In" && values.length === 1
          ? this.#byPair.get(pairKey(key, value ?? ""))
          : operator === "In" || operator === "Exists"
            ? this.#byKey.get(key)
            : best;
      if (list === undefined) return [];
      if (list.length < best.length) best = list;
    }
    return best;
  }
}

export function labelsOf(pod: Pod): Labels {
  return pod.metadata.labels ?? {};
}

function pairKey(key: string, value: string): string {
  return `${key}=${value}`;
}

function add<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
