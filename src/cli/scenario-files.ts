import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Scenario } from "../model/scenario.ts";
import { loadScenarios } from "../scenario/load-scenarios.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { UserError } from "../source/errors.ts";
import { createTextFile, type TextFile } from "../source/text-file.ts";

export interface LoadedScenarios {
  readonly scenarios: readonly Scenario[];
  readonly texts: readonly TextFile[];
  readonly warnings: readonly Diagnostic[];
}

/** A UserError that knows the texts which its diagnostics point into. */
export class ScenarioError extends UserError {
  readonly texts: readonly TextFile[];

  constructor(message: string, diagnostics: readonly Diagnostic[], texts: readonly TextFile[]) {
    super(message, { diagnostics });
    this.name = "ScenarioError";
    this.texts = texts;
  }
}

/** Reads scenario files and directories of them; all mistakes of all files at once, as one error. */
export async function readScenarios(paths: readonly string[]): Promise<LoadedScenarios> {
  const texts: TextFile[] = [];
  const unreadable: Diagnostic[] = [];
  for (const path of new Set(paths)) {
    try {
      for (const file of await filesOf(path)) texts.push(createTextFile(file, await readFile(file, "utf8")));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unreadable.push({
        severity: "error",
        message: `cannot read ${path}: ${reason}`,
        hint: "check the path",
      });
    }
  }
  const { scenarios, diagnostics } = loadScenarios(texts);
  const all = [...unreadable, ...diagnostics];
  throwOnErrors(all, texts);
  return { scenarios, texts, warnings: all };
}

/** Ends with all errors among the diagnostics, if there are any. */
export function throwOnErrors(diagnostics: readonly Diagnostic[], texts: readonly TextFile[]): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  if (errors.length === 0) return;
  throw new ScenarioError(
    `${errors.length} ${errors.length === 1 ? "mistake" : "mistakes"} to mend first`,
    diagnostics,
    texts,
  );
}

/** A file is itself; a directory is the YAML files in it, as a mounted ConfigMap holds them. */
async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw new Error("the directory holds no .yaml file");
  return names.map((name) => join(path, name));
}

/** The namespaces that scenarios name. */
export function namespacesOf(scenarios: readonly Scenario[]): readonly string[] {
  const endpoints = scenarios.flatMap((scenario) => scenario.endpoints);
  return [...new Set(endpoints.flatMap((endpoint) => ("namespace" in endpoint ? [endpoint.namespace] : [])))];
}
