import type { Labels } from "../model/kubernetes.ts";
import { labelValue, meetsRequirement, type Requirement } from "../selectors/label-selector.ts";
import { found, wanted } from "../selectors/selector-mismatch.ts";
import type { FieldPath } from "./field-path.ts";
import { DISTANCE, type Miss } from "./miss.ts";
import { isSlipOf } from "./similar-text.ts";

/** What carries the labels, for the text. */
export interface LabelHolder {
  readonly labels: Labels;
  /** `pod`, `namespace monitoring` */
  readonly name: string;
  /** How the text names the requirement: `label`, `namespaceSelector`. */
  readonly what: string;
}

/**
 * The requirements of a selector that labels do not meet, in the order of the text.
 * @param path the selector's own field path
 */
export function missesOfLabels(
  requirements: readonly Requirement[],
  holder: LabelHolder,
  path: FieldPath,
): Miss[] {
  return requirements
    .filter((requirement) => !meetsRequirement(requirement, holder.labels))
    .map((requirement) => missOf(requirement, holder, path));
}

function missOf(requirement: Requirement, { labels, name, what }: LabelHolder, path: FieldPath): Miss {
  const meant = misspeltKey(requirement, labels);
  return {
    distance: meant === undefined ? distanceOf(requirement, labels) : DISTANCE.slip,
    path: [...path, ...requirement.path],
    text: () => {
      const hint = meant === undefined ? "" : ` (but ${meant}=${labelValue(labels, meant)})`;
      return `${wanted(requirement, what)}, ${found(requirement, labels, name)}${hint}`;
    },
  };
}

function distanceOf({ key, operator, values }: Requirement, labels: Labels): number {
  const value = labelValue(labels, key);
  switch (operator) {
    case "In":
      if (value === undefined) {
        return DISTANCE.noLabel;
      }
      return values.some((wantedValue) => isSlipOf(wantedValue, value)) ? DISTANCE.slip : DISTANCE.otherValue;
    case "NotIn":
    case "DoesNotExist":
      return DISTANCE.excluded;
    case "Exists":
      return DISTANCE.noLabel;
    case "never":
      return DISTANCE.refused;
    default: {
      const never: never = operator;
      throw new Error(`unhandled operator ${String(never)}`);
    }
  }
}

/** A key of the labels that looks like a slip of the wanted one and holds a wanted value. */
function misspeltKey({ key, operator, values }: Requirement, labels: Labels): string | undefined {
  if ((operator !== "In" && operator !== "Exists") || labelValue(labels, key) !== undefined) {
    return undefined;
  }
  return Object.keys(labels).find(
    (other) => isSlipOf(key, other) && (operator === "Exists" || values.includes(labels[other] ?? "")),
  );
}
