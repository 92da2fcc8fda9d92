import type { LintReporter } from "./lint-report.ts";

/**
 * `{"findings": [{file, line, column, object, path, type, message, severity, id}]}`; lines and columns from 1. Objects of
 * a cluster have no file, line and column; what of it could not be read is said in `notes`.
 */
export const reportJson: LintReporter = ({ findings, notes }) => {
  const plain = findings.map(({ id, severity, object, path, type, message, range }) => ({
    ...(range === undefined ? {} : { file: range.file, line: range.start.line, column: range.start.column }),
    object,
    path,
    type,
    message,
    severity,
    id,
  }));
  return `${JSON.stringify({ findings: plain, ...(notes.length === 0 ? {} : { notes }) }, null, 2)}\n`;
};
