import type { Scenario } from "../model/scenario.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { rangeBetween, type TextFile } from "../source/text-file.ts";
import { withUniqueIds } from "./flow-identity.ts";
import { Problems } from "./problems.ts";
import { type ReadScenario, readScenario } from "./scenario-document.ts";
import { parseYaml } from "./yaml-documents.ts";

export interface LoadedScenarios {
  /** Those without an error, in the order of the files. Not to be run while there is any error. */
  readonly scenarios: readonly Scenario[];
  /** Every mistake of every file, by file and place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads scenario files. Never throws for what they say: mistakes are diagnostics. */
export function loadScenarios(files: readonly TextFile[]): LoadedScenarios {
  const problems = new Problems();
  const read: ReadScenario[] = [];
  for (const file of files) {
    const before = problems.diagnostics.length;
    const documents = parseYaml(file, problems);
    if (documents.length === 0 && problems.diagnostics.length === before) {
      problems.error(rangeBetween(file, 0, 0), "empty file: there is no scenario in it");
    }
    for (const document of documents) {
      const scenario = readScenario(document, problems);
      if (scenario !== undefined) read.push(scenario);
    }
  }
  const scenarios = withUniqueIds(withoutNamesakes(read, problems));
  return { scenarios, diagnostics: inOrder(problems.diagnostics, files) };
}

function withoutNamesakes(read: readonly ReadScenario[], problems: Problems): readonly Scenario[] {
  const first = new Map<string, ReadScenario>();
  for (const candidate of read) {
    const { name } = candidate.scenario;
    const namesake = first.get(name);
    if (namesake === undefined) {
      first.set(name, candidate);
      continue;
    }
    problems.error(candidate.nameRange, `two scenarios are named "${name}"`, {
      hint: "reports tell scenarios apart by their names",
      related: [{ message: "the first one is here", range: namesake.nameRange }],
    });
  }
  return [...first.values()].map(({ scenario }) => scenario);
}

function inOrder(diagnostics: readonly Diagnostic[], files: readonly TextFile[]): readonly Diagnostic[] {
  const order = new Map(files.map(({ path }, index) => [path, index]));
  const rank = ({ range }: Diagnostic) => (range === undefined ? -1 : (order.get(range.file) ?? -1));
  const line = ({ range }: Diagnostic) => range?.start.line ?? 0;
  const column = ({ range }: Diagnostic) => range?.start.column ?? 0;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || line(a) - line(b) || column(a) - column(b));
}
