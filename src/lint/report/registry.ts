import { reportGithub } from "./github.ts";
import { reportJson } from "./json.ts";
import type { LintReporter } from "./lint-report.ts";
import { reportSarif } from "./sarif.ts";
import { reportText } from "./text.ts";

export const LINT_REPORTERS = {
  text: reportText,
  json: reportJson,
  sarif: reportSarif,
  github: reportGithub,
} as const satisfies Readonly<Record<string, LintReporter>>;

export type LintFormat = keyof typeof LINT_REPORTERS;

export function isLintFormat(text: string): text is LintFormat {
  return Object.hasOwn(LINT_REPORTERS, text);
}
