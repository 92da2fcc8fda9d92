import type { SourceRange } from "../source/position.ts";
import type { FieldPath } from "./field-error.ts";
import type { Severity } from "./rule-text.ts";
import type { RuleId } from "./rules.ts";

export interface ObjectRef {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Another place that belongs to a finding. */
export interface RelatedField {
  readonly object: ObjectRef;
  readonly at: FieldPath;
  /** Whether the name of that field is underlined (the usual), or its value. */
  readonly part?: "key" | "value";
  readonly message: string;
}

/** Something that is wrong with an object, before its place in a file is known. */
export interface Draft {
  readonly id: RuleId;
  readonly severity: Severity;
  readonly object: ObjectRef;
  /** The field that the finding names. */
  readonly path: FieldPath;
  /** The field that is shown; `path` or a part of it. */
  readonly at: FieldPath;
  /** Whether the name of that field is underlined, or its value. */
  readonly part: "key" | "value";
  /** The API server's word for what it refuses; `Warning` for what it warns of; `Lint` for the rest. */
  readonly type: string;
  /** Without path, type and value. */
  readonly message: string;
  /** The line for people: for refusals the API server's. */
  readonly text: string;
  readonly hint?: string;
  readonly related?: readonly RelatedField[];
}

/** Another place of a finding; in a cluster without a range, the message then names it. */
export interface RelatedPlace {
  readonly message: string;
  readonly range?: SourceRange;
}

/** A finding, with its place where it has one. */
export interface Finding {
  readonly id: RuleId;
  readonly severity: Severity;
  /** `NetworkPolicy staging/database-policy`; empty where a text holds no object that could be recognised. */
  readonly object: string;
  /** `spec.ingress[0].ports[0].port`; empty where the whole object is meant. */
  readonly path: string;
  readonly type: string;
  readonly message: string;
  readonly text: string;
  /** Absent: the object is a cluster's, and stands in no file. */
  readonly range?: SourceRange;
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

export function objectText({
  kind,
  namespace,
  name,
}: {
  kind: string;
  namespace?: string;
  name?: string;
}): string {
  if (name === undefined) return kind;
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
