import type { LabelSelector, Labels } from "../model/kubernetes.ts";

/** `never` stands for what the API server refuses; it matches nothing. */
export type RequirementOperator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "never";

/** One condition of a label selector. `matchLabels: {k: v}` is `k In [v]` (S18). */
export interface Requirement {
  readonly key: string;
  readonly operator: RequirementOperator;
  readonly values: readonly string[];
  /** Field path below the selector: `["matchLabels", "tier"]`, `["matchExpressions", 0]`. */
  readonly path: readonly (string | number)[];
}

/** The value of a label, undefined where there is none; blind to what JavaScript objects inherit. */
export function labelValue(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** All conditions of a selector, in the order of the text; none for the empty selector, which matches all (S20). */
export function requirementsOf(selector: LabelSelector): readonly Requirement[] {
  const fromLabels = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: "In", values: [value], path: ["matchLabels", key] }),
  );
  const fromExpressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }, index): Requirement => {
      const list = values ?? [];
      return {
        key,
        operator: acceptedOperator(operator, list),
        values: list,
        path: ["matchExpressions", index],
      };
    },
  );
  return [...fromLabels, ...fromExpressions];
}

/** The operator, if the API server accepts it with these values (semantics.md V2). */
function acceptedOperator(operator: string, values: readonly string[]): RequirementOperator {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? operator : "never";
    case "Exists":
    case "DoesNotExist":
      return values.length === 0 ? operator : "never";
    default:
      return "never";
  }
}

/** S19; note that NotIn holds where the key is missing. */
export function meetsRequirement(requirement: Requirement, labels: Labels): boolean {
  const value = labelValue(labels, requirement.key);
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values.includes(value);
    case "NotIn":
      return value === undefined || !requirement.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "never":
      return false;
    default: {
      const never: never = requirement.operator;
      throw new Error(`unhandled operator ${String(never)}`);
    }
  }
}

export function meetsAll(requirements: readonly Requirement[], labels: Labels): boolean {
  for (const requirement of requirements) {
    if (!meetsRequirement(requirement, labels)) {
      return false;
    }
  }
  return true;
}

/**
 * Whether a selector that is present matches. What an absent one means depends on the field that it is absent
 * from (all pods for a policy's subject, "not given" for a peer), so the caller decides that first (S20).
 */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return meetsAll(requirementsOf(selector), labels);
}
