import type { Matrix, MatrixGroup } from "./matrix.ts";

const SHOWN = 5;

/** Names sets of groups in few words. */
export class GroupSets {
  readonly #groups: readonly MatrixGroup[];
  readonly #ofNamespace = new Map<string, number[]>();

  constructor({ groups }: Pick<Matrix, "groups">) {
    this.#groups = groups;
    for (const { id, namespaces } of groups) {
      for (const namespace of namespaces) {
        const ids = this.#ofNamespace.get(namespace) ?? [];
        ids.push(id);
        this.#ofNamespace.set(namespace, ids);
      }
    }
  }

  /** `every pod`, `shop/*`, `shop/api, shop/web and 3 more`; `limit`: how many names are told. */
  nameOf(ids: readonly number[], limit = SHOWN): string {
    if (ids.length === this.#groups.length && ids.length > 1) return "every pod";
    const texts = this.namesOf(ids);
    return texts.length <= limit
      ? texts.join(", ")
      : `${texts.slice(0, limit - 1).join(", ")} and ${texts.length - limit + 1} more`;
  }

  /** Namespaces that are there with all their pods as `shop/*`, and the names of the other groups. */
  namesOf(ids: readonly number[]): readonly string[] {
    const set = new Set(ids);
    const whole = new Set(
      [...this.#ofNamespace]
        .filter(([, own]) => own.length > 1 && own.every((id) => set.has(id)))
        .map(([namespace]) => namespace),
    );
    const rest = ids
      .map((id) => this.#groups[id] as MatrixGroup)
      .filter(({ namespaces }) => !namespaces.every((namespace) => whole.has(namespace)));
    return [...[...whole].map((namespace) => `${namespace}/*`), ...rest.map(({ name }) => name)].sort();
  }
}
