import type { Diagnostic } from "../source/diagnostic.ts";

/** What kind of mistake keeps an object from being decoded. */
export type RefusalCode =
  | "unreadable-document"
  | "unknown-kind"
  | "unknown-field"
  | "duplicate-field"
  | "wrong-type"
  | "missing-field"
  | "duplicate-object";

/** An object as far as it could be recognised. */
export interface ObjectName {
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What the API server says of a mistake; the diagnostic that carries it is in words for people. */
export interface Refusal {
  readonly code: RefusalCode;
  /** As the API server writes a path; absent where a whole document is meant. */
  readonly path?: string;
  /** Beyond the path and the kind of error: `unknown field "spec.podselector"`. */
  readonly detail: string;
}

/** A mistake in a manifest. */
export interface ManifestDiagnostic extends Diagnostic {
  readonly refusal?: Refusal;
  readonly object?: ObjectName;
}
