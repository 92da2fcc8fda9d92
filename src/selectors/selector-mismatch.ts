import type { LabelSelector, Labels } from "../model/kubernetes.ts";
import { labelValue, meetsRequirement, type Requirement, requirementsOf } from "./label-selector.ts";

/** The first condition of a selector that labels do not meet. */
export interface SelectorMismatch {
  readonly requirement: Requirement;
  /** One line for people: `label tier=db wanted, pod has tier=database`. */
  readonly text: string;
}

/**
 * Why a selector does not match; undefined where it does.
 * @param holder what carries the labels, for the text: `pod`, `namespace monitoring`
 */
export function explainMismatch(
  selector: LabelSelector,
  labels: Labels,
  holder: string,
): SelectorMismatch | undefined {
  const requirement = requirementsOf(selector).find((candidate) => !meetsRequirement(candidate, labels));
  return requirement === undefined
    ? undefined
    : { requirement, text: `${wanted(requirement)}, ${found(requirement, labels, holder)}` };
}

/**
 * What a requirement asks for: `label tier=db wanted`, `label env must not be prod`.
 * @param what stands at the beginning in place of `label`
 */
export function wanted({ key, operator, values }: Requirement, what = "label"): string {
  switch (operator) {
    case "In":
      return values.length === 1
        ? `${what} ${key}=${values[0]} wanted`
        : `${what} ${key} in (${values.join(", ")}) wanted`;
    case "NotIn":
      return values.length === 1
        ? `${what} ${key} must not be ${values[0]}`
        : `${what} ${key} must not be one of (${values.join(", ")})`;
    case "Exists":
      return `${what} ${key} wanted`;
    case "DoesNotExist":
      return `${what} ${key} must not be set`;
    case "never":
      return `the condition on ${what} ${key} is one that the API server refuses`;
    default: {
      const never: never = operator;
      throw new Error(`unhandled operator ${String(never)}`);
    }
  }
}

/** What the labels say of the requirement's key: `pod has tier=database`, `pod has no label tier`. */
export function found({ key }: Requirement, labels: Labels, holder: string): string {
  const value = labelValue(labels, key);
  return value === undefined ? `${holder} has no label ${key}` : `${holder} has ${key}=${value}`;
}
