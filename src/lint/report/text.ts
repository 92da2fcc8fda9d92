import { styleText } from "node:util";
import { formatDiagnostic } from "../../source/code-frame.ts";
import { escapeControls } from "../../source/display-text.ts";
import { formatStart } from "../../source/position.ts";
import type { TextFile } from "../../source/text-file.ts";
import { countFindings } from "../count-findings.ts";
import type { Finding } from "../finding.ts";
import type { LintReporter } from "./lint-report.ts";

const TONES = { error: "red", warning: "yellow", info: "cyan" } as const;

/** For people: each finding with its place in the text, and the counts. Infos take one line each. */
export const reportText: LintReporter = ({ findings, texts, policies, incomplete }, { color }) => {
  const byPath = new Map(texts.map((text) => [text.path, text]));
  const blocks = findings.map((finding) => block(finding, byPath, color));
  const counts = countFindings(findings);
  const parts = [
    plural(counts.errors, "error"),
    plural(counts.warnings, "warning"),
    ...(counts.infos > 0 ? [plural(counts.infos, "info")] : []),
  ];
  const what = findings.length === 0 ? "no findings" : parts.join(", ");
  const where = `(${plural(policies, "policy", "policies")} in ${plural(texts.length, "file")})`;
  const rest = incomplete
    ? ["what selectors match was not checked: the objects with errors are missing; mend those first"]
    : [];
  return `${[...blocks, [...rest, `${what} ${where}`].join("\n")].join("\n\n")}\n`;
};

function block(finding: Finding, texts: ReadonlyMap<string, TextFile>, color: boolean): string {
  const { severity, object, text, id, range, hint, related } = finding;
  const paint = (style: "bold" | "dim" | "red" | "yellow" | "cyan", part: string) =>
    color ? styleText(style, part, { validateStream: false }) : part;
  const name = object === "" ? "" : `${object}: `;
  const head = [
    paint("bold", `${escapeControls(formatStart(range))}:`),
    paint(TONES[severity], `${severity}:`),
    escapeControls(`${name}${text}`),
    paint("dim", `[${id}]`),
  ].join(" ");
  if (severity === "info") return head;
  const files = [range, ...(related ?? []).map((place) => place.range)].flatMap(
    ({ file }) => texts.get(file) ?? [],
  );
  const frame = formatDiagnostic(
    {
      severity,
      message: "",
      range,
      ...(hint === undefined ? {} : { hint }),
      ...(related === undefined ? {} : { related }),
    },
    files,
    { color },
  );
  return [head, ...frame.split("\n").slice(1)].join("\n");
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
