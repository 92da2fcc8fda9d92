import { isSlipOf } from "../policy/similar-text.ts";
import type { Requirement } from "../selectors/label-selector.ts";
import { wanted } from "../selectors/selector-mismatch.ts";
import type { FieldPath } from "./field-error.ts";

/** The labels of those among whom a selector found nobody. */
export interface LabelSource {
  readonly keys: readonly string[];
  readonly valuesOf: (key: string) => readonly string[];
  readonly some: (requirement: Requirement) => boolean;
  /** `no pod of shop` */
  readonly nobody: string;
  /** `the pods of shop` */
  readonly everybody: string;
}

export interface MissingLabel {
  /** The condition that nobody meets; undefined: each is met by somebody, all of them by nobody. */
  readonly requirement: Requirement | undefined;
  /** Of the condition, below the selector. */
  readonly path: FieldPath;
  readonly text: string;
  /** What was most likely meant; undefined where nothing is near. */
  readonly hint: string | undefined;
}

/** Why a selector finds nobody, and what it was perhaps meant to say. */
export function missingLabel(requirements: readonly Requirement[], source: LabelSource): MissingLabel {
  const requirement = requirements.find((candidate) => !source.some(candidate));
  if (requirement === undefined) {
    const all = requirements.map((each) => conditionText(each)).join(" and ");
    return { requirement, path: [], text: `${source.nobody} has ${all} together`, hint: undefined };
  }
  const text = `${source.nobody} has ${conditionText(requirement)}`;
  return { requirement, path: requirement.path, text, hint: suggestion(requirement, source) };
}

function conditionText(requirement: Requirement): string {
  const { key, operator, values } = requirement;
  if (operator === "In")
    return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(", ")})`;
  return operator === "Exists" ? `label ${key}` : wanted(requirement);
}

const SHOWN = 4;

function suggestion({ key, operator, values }: Requirement, source: LabelSource): string | undefined {
  if (operator !== "In" && operator !== "Exists") return undefined;
  const known = source.valuesOf(key);
  if (known.length === 0) {
    const meant = source.keys.find(
      (other) =>
        isSlipOf(key, other) &&
        (operator === "Exists" || values.some((value) => source.valuesOf(other).includes(value))),
    );
    if (meant !== undefined) return `did you mean the label ${meant}?`;
    const holder = source.keys.find((other) =>
      values.some((value) => source.valuesOf(other).includes(value)),
    );
    return holder === undefined ? undefined : `${source.everybody} have ${holder}=${values.join(", ")}`;
  }
  const meant = values.flatMap((value) => known.find((other) => isSlipOf(value, other)) ?? []);
  if (meant[0] !== undefined) return `did you mean ${key}=${meant[0]}?`;
  if (key === "kubernetes.io/metadata.name") return undefined;
  return `${source.everybody} have ${key}: ${known.slice(0, SHOWN).join(", ")}${known.length > SHOWN ? ", …" : ""}`;
}
