/**
 * Writes the tables of docs/lint.md from the rules in src/lint.
 *
 *     npx node scripts/generate-lint-tables.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { API_RULES } from "../src/lint/api-rules.ts";
import { MEANING_RULES } from "../src/lint/meaning-rules.ts";
import type { RuleText } from "../src/lint/rule-text.ts";

const DOCUMENT = new URL("../docs/lint.md", import.meta.url);
const BEGIN = "<!-- begin -->\n";
const END = "<!-- end -->\n";

/** The document with its tables as they should be. */
export function withLintTables(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error("the marks of the tables are missing");
  const tables = [
    "## What the API server refuses\n",
    table(API_RULES),
    "## What is accepted and rarely meant\n",
    table(MEANING_RULES),
  ];
  return `${before}${BEGIN}\n${tables.join("\n")}\n${END}${after}`;
}

function table(rules: Readonly<Record<string, RuleText>>): string {
  const rows = Object.entries(rules).map(([id, { severity, reason, example, fix }]) =>
    [`\`${id}\``, severity, reason, example, fix].map((cell) => ` ${cell.replaceAll("|", "\\|")} `).join("|"),
  );
  return [
    "| id | severity | reason | example | what to do |",
    "|---|---|---|---|---|",
    ...rows.map((row) => `|${row}|`),
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DOCUMENT, withLintTables(readFileSync(DOCUMENT, "utf8")));
}
