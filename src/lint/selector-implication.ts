import type { Requirement } from "../selectors/label-selector.ts";

/** A text that equal requirements share, whatever the order of their values. */
export function requirementKey({ key, operator, values }: Requirement): string {
  return JSON.stringify([key, operator, ...[...new Set(values)].sort()]);
}

/** A text that selectors of the same requirements share. */
export function selectorKey(requirements: readonly Requirement[]): string {
  return [...new Set(requirements.map(requirementKey))].sort().join(" ");
}

/** Whether all labels that meet `narrow` also meet `wide`. False where that can't be told from the two alone. */
export function implies(narrow: readonly Requirement[], wide: readonly Requirement[]): boolean {
  return wide.every((wanted) => narrow.some((given) => impliesRequirement(given, wanted)));
}

function impliesRequirement(given: Requirement, wanted: Requirement): boolean {
  if (given.key !== wanted.key || wanted.operator === "never" || given.operator === "never") return false;
  const subset = (a: readonly string[], b: readonly string[]) => a.every((value) => b.includes(value));
  switch (wanted.operator) {
    case "In":
      return given.operator === "In" && subset(given.values, wanted.values);
    case "NotIn":
      if (given.operator === "DoesNotExist") return true;
      if (given.operator === "NotIn") return subset(wanted.values, given.values);
      return given.operator === "In" && !given.values.some((value) => wanted.values.includes(value));
    case "Exists":
      return given.operator === "In" || given.operator === "Exists";
    case "DoesNotExist":
      return given.operator === "DoesNotExist";
    default: {
      const never: never = wanted.operator;
      throw new Error(`unhandled operator ${String(never)}`);
    }
  }
}

/** Two requirements that no labels can meet together; undefined: none are of the same key, or they go together. */
export function contradiction(
  requirements: readonly Requirement[],
): readonly [Requirement, Requirement] | undefined {
  const byKey = Map.groupBy(requirements, ({ key }) => key);
  for (const group of byKey.values()) {
    for (const [index, second] of group.entries()) {
      const first = group
        .slice(0, index)
        .find((before) => excludes(before, second) || excludes(second, before));
      if (first !== undefined) return [first, second];
    }
  }
  return undefined;
}

function excludes(a: Requirement, b: Requirement): boolean {
  if (a.operator === "DoesNotExist") return b.operator === "In" || b.operator === "Exists";
  if (a.operator !== "In") return false;
  if (b.operator === "In") return !a.values.some((value) => b.values.includes(value));
  return b.operator === "NotIn" && a.values.every((value) => b.values.includes(value));
}
