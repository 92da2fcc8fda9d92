import type { LintReporter } from "./lint-report.ts";

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

/** Workflow commands of GitHub Actions, one line a finding: they become annotations of a pull request's files. */
export const reportGithub: LintReporter = ({ findings }) =>
  findings
    .map(({ severity, object, text, hint, id, range }) => {
      const properties = Object.entries({
        ...(range === undefined
          ? {}
          : {
              file: range.file,
              line: range.start.line,
              col: range.start.column,
              endLine: range.end.line,
            }),
        title: id,
      }).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
      const message = `${object === "" ? "" : `${object}: `}${text}${hint === undefined ? "" : `\n${hint}`}`;
      return `::${COMMANDS[severity]} ${properties.join(",")}::${escapeData(message)}\n`;
    })
    .join("");

/** As GitHub's own toolkit escapes them (actions/toolkit, packages/core command.ts). */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
