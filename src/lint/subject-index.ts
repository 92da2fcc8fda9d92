import type { Labels } from "../model/kubernetes.ts";
import { meetsAll, type Requirement } from "../selectors/label-selector.ts";
import { implies, requirementKey, selectorKey } from "./selector-implication.ts";

/** Policies of one namespace that are for the same pods. */
export interface SubjectGroup<P> {
  readonly subject: readonly Requirement[];
  readonly policies: readonly P[];
}

/**
 * The policies of one namespace by what they select. A group stands in one list only: under its rarest `key=value`,
 * else under a key that has to be there, else among those that nothing can be said of before.
 */
export class SubjectIndex<P> {
  readonly groups: readonly SubjectGroup<P>[];
  readonly #byPair = new Map<string, SubjectGroup<P>[]>();
  readonly #byKey = new Map<string, SubjectGroup<P>[]>();
  readonly #others: SubjectGroup<P>[] = [];
  readonly #groupOf = new Map<P, SubjectGroup<P>>();
  readonly #wider = new Map<SubjectGroup<P>, readonly SubjectGroup<P>[]>();

  constructor(policies: readonly P[], subjectOf: (policy: P) => readonly Requirement[]) {
    const byKey = Map.groupBy(policies, (policy) => selectorKey(subjectOf(policy)));
    this.groups = [...byKey.values()].flatMap((members) => {
      const [first] = members;
      return first === undefined ? [] : [{ subject: subjectOf(first), policies: members }];
    });
    const uses = new Map<string, number>();
    for (const { subject } of this.groups) {
      for (const requirement of subject) {
        const key = requirementKey(requirement);
        uses.set(key, (uses.get(key) ?? 0) + 1);
      }
    }
    const rarity = (requirement: Requirement) => uses.get(requirementKey(requirement)) ?? 0;
    for (const group of this.groups) {
      for (const policy of group.policies) this.#groupOf.set(policy, group);
      const positive = group.subject.filter(({ operator }) => operator === "In" || operator === "Exists");
      const rarest = positive.toSorted((a, b) => rarity(a) - rarity(b)).at(0);
      if (rarest === undefined) this.#others.push(group);
      else if (rarest.operator === "Exists") add(this.#byKey, rarest.key, group);
      else for (const value of rarest.values) add(this.#byPair, `${rarest.key}=${value}`, group);
    }
  }

  groupOf(policy: P): SubjectGroup<P> {
    const group = this.#groupOf.get(policy);
    if (group === undefined) throw new Error("the policy is not in this index");
    return group;
  }

  /** The groups whose policies are for all pods of this one: itself, and those that ask for less. */
  wider(group: SubjectGroup<P>): readonly SubjectGroup<P>[] {
    let found = this.#wider.get(group);
    if (found === undefined) {
      const pairs = group.subject.flatMap(({ key, operator, values }) =>
        operator === "In" && values[0] !== undefined ? [[key, values[0]] as const] : [],
      );
      const keys = group.subject.map(({ key }) => key);
      found = this.#candidates(pairs, keys).filter(
        (other) => other === group || implies(group.subject, other.subject),
      );
      this.#wider.set(group, found);
    }
    return found;
  }

  /** The groups whose policies select a pod. */
  selecting(labels: Labels): readonly SubjectGroup<P>[] {
    const found = this.#candidates(Object.entries(labels), Object.keys(labels));
    return found.filter(({ subject }) => meetsAll(subject, labels));
  }

  #candidates(
    pairs: readonly (readonly [key: string, value: string])[],
    keys: readonly string[],
  ): readonly SubjectGroup<P>[] {
    const lists = [
      this.#others,
      ...pairs.map(([key, value]) => this.#byPair.get(`${key}=${value}`) ?? []),
      ...keys.map((key) => this.#byKey.get(key) ?? []),
    ];
    return [...new Set(lists.flat())];
  }
}

function add<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
