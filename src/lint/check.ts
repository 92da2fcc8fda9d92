import type { FieldPath } from "./field-error.ts";
import { formatFieldPath } from "./field-error.ts";
import type { Draft, ObjectRef, RelatedField } from "./finding.ts";
import type { LintWorld } from "./lint-world.ts";
import { MEANING_RULES, type MeaningRuleId } from "./meaning-rules.ts";
import type { Severity } from "./rule-text.ts";

/** Looks for one thing, or a few that belong together, in all policies. */
export type Check = (world: LintWorld) => Iterable<Draft>;

export interface Remark {
  readonly object: ObjectRef;
  readonly path: FieldPath;
  /** What stands there and what it means, in one sentence without a full stop. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  readonly part?: "key" | "value";
  readonly severity?: Severity;
  readonly related?: readonly RelatedField[];
}

/** A finding of a check, of the rule's usual severity unless the remark has another one. */
export function finding(id: MeaningRuleId, remark: Remark): Draft {
  const {
    object,
    path,
    message,
    hint,
    part = "key",
    severity = MEANING_RULES[id].severity,
    related,
  } = remark;
  return {
    id,
    severity,
    object,
    path,
    at: path,
    part,
    type: "Lint",
    message,
    text: `${formatFieldPath(path)}: ${message}`,
    hint,
    ...(related === undefined ? {} : { related }),
  };
}
