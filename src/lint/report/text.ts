import { styleText } from "node:util";
import { formatDiagnostic } from "../../source/code-frame.ts";
import { escapeControls } from "../../source/display-text.ts";
import { formatStart } from "../../source/position.ts";
import type { TextFile } from "../../source/text-file.ts";
import { countFindings } from "../count-findings.ts";
import type { Finding } from "../finding.ts";
import type { LintReporter } from "./lint-report.ts";

const TONES = { error: "red", warning: "yellow", info: "cyan" } as const;

const INCOMPLETE = {
  mistakes: "what selectors match was not checked: the objects with errors are missing; mend those first",
  unread: "what selectors match was checked only among the pods and namespaces that could be read",
} as const;

/** For people: each finding with its place in the text, and the counts. Infos take one line each. */
export const reportText: LintReporter = ({ findings, texts, policies, incomplete, notes }, { color }) => {
  const byPath = new Map((texts ?? []).map((text) => [text.path, text]));
  const blocks = findings.map((finding) => block(finding, byPath, color));
  const counts = countFindings(findings);
  const parts = [
    plural(counts.errors, "error"),
    plural(counts.warnings, "warning"),
    ...(counts.infos > 0 ? [plural(counts.infos, "info")] : []),
  ];
  const what = findings.length === 0 ? "no findings" : parts.join(", ");
  const place = texts === undefined ? "of the cluster" : `in ${plural(texts.length, "file")}`;
  const where = `(${plural(policies, "policy", "policies")} ${place})`;
  const rest = [...notes, ...(incomplete === undefined ? [] : [INCOMPLETE[incomplete]])];
  return `${[...blocks, [...rest.map(escapeControls), `${what} ${where}`].join("\n")].join("\n\n")}\n`;
};

function block(finding: Finding, texts: ReadonlyMap<string, TextFile>, color: boolean): string {
  const { severity, object, text, id, range, hint, related } = finding;
  const paint = (style: "bold" | "dim" | "red" | "yellow" | "cyan", part: string) =>
    color ? styleText(style, part, { validateStream: false }) : part;
  const name = object === "" ? "" : `${object}: `;
  const head = [
    ...(range === undefined ? [] : [paint("bold", `${escapeControls(formatStart(range))}:`)]),
    paint(TONES[severity], `${severity}:`),
    escapeControls(`${name}${text}`),
    paint("dim", `[${id}]`),
  ].join(" ");
  if (severity === "info") return head;
  const places = (related ?? []).flatMap((place) =>
    place.range === undefined ? [] : [{ message: place.message, range: place.range }],
  );
  const ranges = [...(range === undefined ? [] : [range]), ...places.map((place) => place.range)];
  const files = ranges.flatMap(({ file }) => texts.get(file) ?? []);
  const others = (related ?? []).filter((place) => place.range === undefined);
  const frame = formatDiagnostic(
    {
      severity,
      message: "",
      ...(range === undefined ? {} : { range }),
      ...(hint === undefined ? {} : { hint }),
      related: places,
    },
    files,
    { color },
  );
  return [
    head,
    ...frame.split("\n").slice(1),
    ...others.map(({ message }) => `  ${escapeControls(message)}`),
  ].join("\n");
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
