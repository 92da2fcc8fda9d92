import type { LintReporter } from "./lint-report.ts";

/** `{"findings": [{file, line, column, object, path, type, message, severity, id}]}`; lines and columns from 1. */
export const reportJson: LintReporter = ({ findings }) => {
  const plain = findings.map(({ id, severity, object, path, type, message, range }) => ({
    file: range.file,
    line: range.start.line,
    column: range.start.column,
    object,
    path,
    type,
    message,
    severity,
    id,
  }));
  return `${JSON.stringify({ findings: plain }, null, 2)}\n`;
};
