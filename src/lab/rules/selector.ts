import type { LabelSelector, LabelSelectorRequirement } from "../../model/kubernetes.ts";

export type LabelTest = (labels: ReadonlyMap<string, string>) => boolean;

/** Whether labels satisfy all of the selector's requirements; an empty selector is satisfied by every object. */
export function compileSelector(selector: LabelSelector | null | undefined): LabelTest {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  const tests = (selector?.matchExpressions ?? []).map(compileRequirement);
  return (labels) =>
    wanted.every(([key, value]) => labels.get(key) === value) && tests.every((test) => test(labels));
}

function compileRequirement({ key, operator, values }: LabelSelectorRequirement): LabelTest {
  const listed = new Set(values ?? []);
  switch (operator) {
    case "In":
      return (labels) => listed.has(labels.get(key) ?? NO_VALUE);
    case "NotIn":
      // An object without the key is "not in" any set of values.
      return (labels) => !listed.has(labels.get(key) ?? NO_VALUE);
    case "Exists":
      return (labels) => labels.has(key);
    case "DoesNotExist":
      return (labels) => !labels.has(key);
    default:
      // The API server refuses other operators.
      return () => false;
  }
}

/** No label's value: a value has no spaces. */
const NO_VALUE = " ";
