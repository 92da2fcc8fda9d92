import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "vitest";
import type { RunReport } from "../src/model/report.ts";

const DOCUMENT = "docs/faults.md";

/** One line of the table of faults. */
export interface FaultRow {
  readonly fault: string;
  /** How it is played. */
  readonly played: string;
  /** Where the moment decides: `0 or 2`. */
  readonly exitCode: number | string;
  /** In the run's own words. */
  readonly says: string;
  /** What of ours was left in the cluster. */
  readonly left: readonly string[];
}

/** Compares a section of docs/faults.md with what was just seen; `vitest -u` writes it. */
export async function expectSection(name: string, rows: readonly FaultRow[]): Promise<void> {
  const { before, after } = sectionOf(name);
  await expect(before + tableOf(rows) + after).toMatchFileSnapshot(resolve(DOCUMENT));
}

/** The names of the faults in a section of docs/faults.md. */
export function faultsIn(name: string): readonly string[] {
  const [, , ...lines] = sectionOf(name).table.trim().split("\n");
  return lines.map((line) => line.split("|")[1]?.trim() ?? "");
}

function sectionOf(name: string): {
  readonly before: string;
  readonly table: string;
  readonly after: string;
} {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = `<!-- ${name}: generated -->\n`;
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(`<!-- end of ${name} -->`);
  if (!text.includes(begin) || to < from) throw new Error(`${DOCUMENT} has no section ${name}`);
  return { before: text.slice(0, from), table: text.slice(from, to), after: text.slice(to) };
}

function tableOf(rows: readonly FaultRow[]): string {
  const lines = rows.map(
    ({ fault, played, exitCode, says, left }) =>
      `| ${fault} | ${played} | ${exitCode} | ${cell(steady(says))} | ${left.length === 0 ? "nothing" : cell(left.join(", "))} |`,
  );
  return `\n| fault | played by | exit code | the run says | left behind |\n|---|---|---|---|---|\n${lines.join("\n")}\n\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(/\s+/g, " ").trim();
}

/** Every text of a report, and what was printed beside it, a line each. */
export function allTexts(report: RunReport | undefined, printed: string): string {
  const texts: string[] = [printed];
  const collect = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  collect(report);
  return texts.join("\n");
}

/** What a run said, without what differs from run to run. */
export function steady(text: string): string {
  return text
    .replaceAll(/netverdict-[0-9a-f]{7}(?:-[a-z0-9-]+)?/g, "netverdict-…")
    .replaceAll(/\/namespaces\/[a-z0-9-]+\//g, "/namespaces/…/")
    .replaceAll(/run [0-9a-f]{7}\b/g, "run …")
    .replaceAll(/\bnode-\d+\b/g, "node-…")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:…")
    .replaceAll(/\b(\d+\.){3}\d+\b/g, "…")
    .replaceAll(/\b(web|db)-[0-9a-z]{6,10}-[0-9a-z]{5}\b/g, "$1-…");
}

/** `2 passed, 1 inconclusive` */
export function counts({ summary }: RunReport): string {
  const { passed, failed, inconclusive, skipped } = summary;
  const words = [
    passed > 0 ? `${passed} passed` : "",
    failed > 0 ? `${failed} failed` : "",
    inconclusive > 0 ? `${inconclusive} inconclusive` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ];
  return words.filter(Boolean).join(", ");
}
