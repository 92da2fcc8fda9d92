import { addressesText } from "./address-set.ts";
import type { DiffEnd } from "./diff.ts";
import { type WorkloadName, workloadText } from "./workload-of.ts";

const SHOWN = 5;

/** Names sets of ends in few words, given all workloads that there are. */
export class EndNames {
  readonly #inNamespace = new Map<string, number>();

  constructor(all: readonly WorkloadName[]) {
    for (const { namespace } of all) {
      this.#inNamespace.set(namespace, (this.#inNamespace.get(namespace) ?? 0) + 1);
    }
  }

  /** `shop/*` for all workloads of a namespace, `shop/api, shop/web and 3 more`, `outside: 10.0.0.0/8`. */
  nameOf(ends: readonly DiffEnd[], limit = SHOWN): string {
    const workloads = ends.filter((end) => end.type === "workload");
    const byNamespace = Map.groupBy(workloads, ({ namespace }) => namespace);
    const isWhole = (namespace: string, own: readonly WorkloadName[]): boolean =>
      own.length > 1 && own.length === this.#inNamespace.get(namespace);
    const entries = [...byNamespace];
    const names = [
      ...entries.flatMap(([namespace, own]) => (isWhole(namespace, own) ? [`${namespace}/*`] : [])),
      ...entries.flatMap(([namespace, own]) => (isWhole(namespace, own) ? [] : own.map(workloadText))),
    ];
    const others = ends.flatMap((end) => {
      if (end.type === "outside") return [`outside: ${addressesText(end.addresses)}`];
      return end.type === "new-namespace" ? ["a pod in a new namespace"] : [];
    });
    const shown =
      names.length > limit
        ? `${names.slice(0, limit - 1).join(", ")} and ${names.length - limit + 1} more`
        : names.join(", ");
    return [...(shown === "" ? [] : [shown]), ...others].join(", ");
  }
}
