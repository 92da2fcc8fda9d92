import type { Diff, OneSided } from "../diff.ts";
import type { EndNames } from "../end-names.ts";
import type { FlippedFlow } from "./diff-json.ts";
import { changeWords, headText, namesIn, oneSidedWords, summaryText, workloadsText } from "./diff-lines.ts";
import { flipText } from "./diff-text.ts";

/** A comment on a merge request may have so many rows before it is too long for the forges. */
const MAX_ROWS = 100;

/** For comments on merge requests. */
export function diffMarkdown(diff: Diff, flips: readonly FlippedFlow[] | undefined): string {
  const names = namesIn(diff);
  const words = changeWords(diff, names);
  const sections = [
    `### Network policies: ${escaped(summaryText(diff))}`,
    escaped(headText(diff)),
    ...(["opened", "closed"] as const).flatMap((kind) => {
      const own = words.filter((change) => change.kind === kind);
      if (own.length === 0) return [];
      const rows = own.map(({ from, to, ports, values, causes }) => [
        from,
        to,
        ports,
        values,
        causes.join("; "),
      ]);
      return [`**${kind}**`, table(["from", "to", "ports", "predicted", "because of"], rows)];
    }),
    ...oneSided("new", diff.appeared, names),
    ...oneSided("gone", diff.vanished, names),
    ...(flips === undefined
      ? []
      : [
          flips.length === 0
            ? "No flow of the scenarios changes."
            : [
                "**flows of the scenarios that change**",
                "",
                ...flips.map((flip) => `- ${escaped(flipText(flip))}`),
              ].join("\n"),
        ]),
    ...diff.notes.map(escaped),
  ];
  return `${sections.join("\n\n")}\n`;
}

function oneSided(word: string, side: OneSided, names: EndNames): string[] {
  if (side.workloads.length === 0) return [];
  const rows = oneSidedWords(side, names).map(({ from, to, ports }) => [from, to, ports]);
  const head = `**${word}**: ${escaped(workloadsText(side))}`;
  return rows.length === 0
    ? [`${head}; they reach nothing and nothing reaches them.`]
    : [head, table(["from", "to", "ports"], rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const left = rows.length - MAX_ROWS;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.slice(0, MAX_ROWS).map((row) => line(row.map(escaped))),
    ...(left > 0 ? ["", `${left} more rows are left out.`] : []),
  ].join("\n");
}

/** Nothing of a name is markup, HTML, a mention or a link: everything that could begin one is escaped. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~^]/g, (character) => `\\${character}`)
    .replaceAll("@", "@\u200b")
    .replaceAll("://", ":\u200b//");
}
