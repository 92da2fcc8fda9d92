import { expect } from "vitest";
import type { Scenario } from "../../src/model/scenario.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import { formatDiagnostics } from "../../src/source/code-frame.ts";
import { createTextFile } from "../../src/source/text-file.ts";

export const HEADER = "apiVersion: netverdict.dev/v1alpha1\nkind: Scenario\nmetadata: {name: shop}\n";

/** Reads files by their names; what is wrong with them comes as `file:line:column: severity: message`. */
export function loadTexts(texts: Readonly<Record<string, string>>) {
  const files = Object.entries(texts).map(([path, text]) => createTextFile(path, text));
  const { scenarios, diagnostics } = loadScenarios(files);
  const messages = diagnostics.map(({ range, severity, message }) =>
    range === undefined
      ? `${severity}: ${message}`
      : `${range.file}:${range.start.line}:${range.start.column}: ${severity}: ${message}`,
  );
  return {
    scenarios,
    diagnostics,
    messages,
    formatted: formatDiagnostics(diagnostics, files, { color: false }),
  };
}

/** The one scenario of a text without any mistake. */
export function loadValid(body: string): Scenario {
  const { scenarios, formatted } = loadTexts({ "shop.yaml": HEADER + body });
  expect(formatted).toBe("");
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error("no scenario");
  return scenario;
}
