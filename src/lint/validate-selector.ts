import type { LabelSelector, LabelSelectorRequirement, Labels } from "../model/kubernetes.ts";
import type { ApiRuleId } from "./api-rules.ts";
import { type FieldError, type FieldPath, forbidden, invalid, required } from "./field-error.ts";
import { type ApiServerVersion, NEWEST } from "./kubernetes-version.ts";
import { labelKeyErrors, labelValueErrors } from "./name-syntax.ts";

/** V2, V3: k8s.io/apimachinery apis/meta/v1/validation, ValidateLabelSelector. */
export function selectorErrors(
  selector: LabelSelector,
  path: FieldPath,
  version: Pick<ApiServerVersion, "checksExpressionValues"> = NEWEST,
): FieldError[] {
  const requirements = selector.matchExpressions ?? [];
  return [
    ...labelErrors("invalid-label", selector.matchLabels ?? {}, [...path, "matchLabels"]),
    ...requirements.flatMap((requirement, index) =>
      requirementErrors(requirement, [...path, "matchExpressions", index], version),
    ),
  ];
}

/** The API server names the map for each of its entries, in no order; here they come in the order of the text. */
export function labelErrors(id: ApiRuleId, labels: Labels, path: FieldPath): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const at = [...path, key];
    return [
      ...labelKeyErrors(key).map((error) => invalid(id, path, key, error, at)),
      ...labelValueErrors(value).map((error) => invalid(id, path, value, error, at)),
    ];
  });
}

function requirementErrors(
  requirement: LabelSelectorRequirement,
  path: FieldPath,
  { checksExpressionValues }: Pick<ApiServerVersion, "checksExpressionValues">,
): FieldError[] {
  const values = requirement.values ?? [];
  const checked = checksExpressionValues ? values : [];
  const key = requirement.key ?? "";
  return [
    ...operatorErrors(requirement.operator ?? "", values, path),
    ...labelKeyErrors(key).map((error) => invalid("invalid-label", [...path, "key"], key, error)),
    ...checked.flatMap((value, index) =>
      labelValueErrors(value).map((error) =>
        invalid("invalid-label", [...path, "values", index], value, error),
      ),
    ),
  ];
}

function operatorErrors(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) return [];
      return [
        required(
          "invalid-selector",
          [...path, "values"],
          "must be specified when `operator` is 'In' or 'NotIn'",
        ),
      ];
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) return [];
      return [
        forbidden(
          "invalid-selector",
          [...path, "values"],
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      ];
    default:
      return [invalid("invalid-selector", [...path, "operator"], operator, "not a valid selector operator")];
  }
}
