/** `info` is for what is most often meant, and never fails a run. */
export type Severity = "error" | "warning" | "info";

/** What is to be said of a rule, whatever the finding. Markdown, one paragraph each. */
export interface RuleText {
  /** The usual severity of its findings. */
  readonly severity: Severity;
  /** Rules of the semantics that it stands for. */
  readonly covers: string;
  readonly reason: string;
  readonly example: string;
  readonly fix: string;
}
