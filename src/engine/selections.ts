import { matchNamespace, type NamespaceLabels } from "../policy/namespace-labels.ts";
import { labelValue, type Requirement } from "../selectors/label-selector.ts";
import { BitDraft, type Bits, NO_BITS } from "./bits.ts";
import type { Classes } from "./classes.ts";

/** Classes that a selector matches for certain, and those that it may match where namespaces' labels are not known. */
export interface Selection {
  /** The same for selectors that are written alike; negative for what was put together. */
  readonly id: number;
  readonly must: Bits;
  readonly may: Bits;
}

export const NOTHING: Selection = { id: -1, must: NO_BITS, may: NO_BITS };

/** The values of one label key: a number for each, by class, and the classes of each. */
interface Column {
  /** 0: the label is missing. */
  readonly values: Int32Array;
  readonly ids: ReadonlyMap<string, number>;
  /** Classes in ascending order, by value. */
  readonly postings: readonly number[][];
}

/** Finds the classes that selectors match; each selector is worked out once. */
export class Selections {
  readonly #classes: Classes;
  readonly #labelsOf: (namespace: string) => NamespaceLabels;
  readonly #columns = new Map<string, Column>();
  readonly #memo = new Map<string, Selection>();
  readonly #namespaces = new Map<
    string,
    { readonly yes: readonly number[]; readonly unknown: readonly number[] }
  >();
  readonly #draft: BitDraft;

  constructor(classes: Classes, labelsOf: (namespace: string) => NamespaceLabels) {
    this.#classes = classes;
    this.#labelsOf = labelsOf;
    this.#draft = new BitDraft(classes.list.length);
  }

  /** Pods of one namespace. */
  inNamespace(namespace: number, pods: readonly Requirement[]): Selection {
    return this.#remembered(`${namespace}\n${textOf(pods)}`, () => {
      const bits = this.#select(pods, [namespace]);
      return { id: this.#memo.size, must: bits, may: bits };
    });
  }

  /** Pods of all namespaces that meet the requirements. */
  inNamespaces(namespaces: readonly Requirement[], pods: readonly Requirement[]): Selection {
    return this.#remembered(`${textOf(namespaces)}\n\n${textOf(pods)}`, () => {
      const { yes, unknown } = this.#matching(namespaces);
      const must = this.#select(pods, yes);
      return {
        id: this.#memo.size,
        must,
        may: unknown.length === 0 ? must : this.#select(pods, [...yes, ...unknown]),
      };
    });
  }

  /** Calls for each class of a namespace that meets the requirements. */
  each(namespace: number, pods: readonly Requirement[], call: (index: number) => void): void {
    const { starts } = this.#classes;
    this.#scan(pods, starts[namespace] as number, starts[namespace + 1] as number, call);
  }

  #remembered(key: string, make: () => Selection): Selection {
    let selection = this.#memo.get(key);
    if (selection === undefined) {
      selection = make();
      this.#memo.set(key, selection);
    }
    return selection;
  }

  #matching(requirements: readonly Requirement[]): { yes: readonly number[]; unknown: readonly number[] } {
    const key = textOf(requirements);
    let found = this.#namespaces.get(key);
    if (found === undefined) {
      const matches = this.#classes.namespaces.map((name) =>
        matchNamespace(requirements, this.#labelsOf(name)),
      );
      const having = (wanted: string) => matches.flatMap((match, index) => (match === wanted ? [index] : []));
      found = { yes: having("yes"), unknown: having("unknown") };
      this.#namespaces.set(key, found);
    }
    return found;
  }

  #select(pods: readonly Requirement[], namespaces: readonly number[]): Bits {
    if (namespaces.length === 0) return NO_BITS;
    const draft = this.#draft.clear();
    const { starts } = this.#classes;
    const add = (index: number): void => draft.set(index);
    for (const namespace of namespaces) {
      this.#scan(pods, starts[namespace] as number, starts[namespace + 1] as number, add);
    }
    return draft.toBits();
  }

  #scan(pods: readonly Requirement[], first: number, end: number, call: (index: number) => void): void {
    if (pods.length === 0) {
      for (let index = first; index < end; index++) call(index);
      return;
    }
    const tests = pods.map((requirement) => this.#test(requirement));
    const meets = (index: number): boolean => {
      for (const { values, accepts } of tests) {
        if (accepts[values[index] as number] !== 1) return false;
      }
      return true;
    };
    const rarest = tests.reduce((a, b) => (b.size < a.size ? b : a));
    if (rarest.lists === undefined || rarest.size > end - first) {
      for (let index = first; index < end; index++) if (meets(index)) call(index);
      return;
    }
    for (const list of rarest.lists) {
      for (let at = lowerBound(list, first); at < list.length; at++) {
        const index = list[at] as number;
        if (index >= end) break;
        if (meets(index)) call(index);
      }
    }
  }

  /** Which values meet a requirement, and the classes that have one of them where a missing label does not. */
  #test(requirement: Requirement) {
    const { key, operator, values: wanted } = requirement;
    const { values, ids, postings } = this.#column(key);
    const accepts = new Uint8Array(postings.length);
    const negative = operator === "NotIn" || operator === "DoesNotExist";
    if (operator === "Exists" || operator === "NotIn") accepts.fill(1);
    if (operator === "In" || operator === "NotIn") {
      for (const value of wanted) {
        const id = ids.get(value);
        if (id !== undefined) accepts[id] = operator === "In" ? 1 : 0;
      }
    }
    accepts[0] = negative ? 1 : 0;
    const lists = negative ? undefined : postings.filter((_, id) => accepts[id] === 1);
    const size = lists?.reduce((sum, list) => sum + list.length, 0) ?? Number.POSITIVE_INFINITY;
    return { values, accepts, lists, size };
  }

  #column(key: string): Column {
    let column = this.#columns.get(key);
    if (column === undefined) {
      const { list, podClasses } = this.#classes;
      const values = new Int32Array(podClasses);
      const ids = new Map<string, number>();
      const postings: number[][] = [[]];
      for (let index = 0; index < podClasses; index++) {
        const value = labelValue(list[index]?.sample?.labels ?? {}, key);
        if (value === undefined) continue;
        let id = ids.get(value);
        if (id === undefined) {
          id = postings.push([]) - 1;
          ids.set(value, id);
        }
        values[index] = id;
        postings[id]?.push(index);
      }
      column = { values, ids, postings };
      this.#columns.set(key, column);
    }
    return column;
  }
}

/** The first place in an ascending list whose number is not below `wanted`. */
function lowerBound(list: readonly number[], wanted: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Requirements as a key; texts of labels hold no control characters, or the API server would refuse them. */
function textOf(requirements: readonly Requirement[]): string {
  let text = "";
  for (const { key, operator, values } of requirements) {
    text += `${JSON.stringify(key)}${operator}${JSON.stringify(values)}`;
  }
  return text;
}
