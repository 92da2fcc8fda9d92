import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Flow } from "../../src/model/scenario.ts";
import { scenarioSchema } from "../../src/scenario/json-schema.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import { formatDiagnostics } from "../../src/source/code-frame.ts";
import { createTextFile } from "../../src/source/text-file.ts";

/**
 * Each fixture is one file; `invalid/` ones hold one mistake. Beside each stands what the loader says about it
 * (`vitest -u` writes it anew). A first line `# schema: accepts: REASON` marks mistakes that no schema can see.
 */
const FIXTURES = join(import.meta.dirname, "../fixtures/scenarios");
const validate = new Ajv({ strict: true, allErrors: true }).compile(scenarioSchema);

function fixtures(folder: "valid" | "invalid"): { name: string; path: string; text: string }[] {
  return readdirSync(join(FIXTURES, folder))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => {
      const path = join(FIXTURES, folder, file);
      return { name: file.replace(/\.yaml$/, ""), path, text: readFileSync(path, "utf8") };
    });
}

/** As an editor sees it: YAML that is YAML, and every document fits the schema. */
function schemaAccepts(text: string): boolean {
  const documents = parseAllDocuments(text, { logLevel: "error" });
  return (
    documents.length > 0 &&
    documents.every((document) => document.errors.length === 0 && validate(contentOf(document)) === true)
  );
}

/** Undefined, which no schema of ours accepts, for aliases that lead nowhere. */
function contentOf(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

function load(name: string, text: string) {
  const file = createTextFile(`${name}.yaml`, text);
  const { scenarios, diagnostics } = loadScenarios([file]);
  return { scenarios, diagnostics, formatted: formatDiagnostics(diagnostics, [file], { color: false }) };
}

function line({ id, expect: expected, timeoutMs, ...flow }: Flow): string {
  const rest = [
    flow.name && `name=${flow.name}`,
    flow.send && `send=${JSON.stringify(flow.send)}`,
    flow.unreachableIsFine && "unreachableIsFine",
    !flow.observe && "unobserved",
  ].filter((part) => part);
  return [id, expected, `${timeoutMs}ms`, ...rest].join("  ");
}

describe("valid fixtures", () => {
  it.each(fixtures("valid"))("$name is read without an error and gives its flows", async ({
    name,
    path,
    text,
  }) => {
    const { scenarios, diagnostics, formatted } = load(name, text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const flows = scenarios.flatMap((scenario) => scenario.flows);
    expect(flows.length).toBeGreaterThan(0);
    const shown = [...flows.map(line), ...(formatted === "" ? [] : ["", formatted])].join("\n");
    await expect(`${shown}\n`).toMatchFileSnapshot(path.replace(/yaml$/, "txt"));
  });

  it.each(fixtures("valid"))("$name fits the schema", ({ text }) => {
    expect(schemaAccepts(text), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe("invalid fixtures", () => {
  it.each(fixtures("invalid"))("$name is refused with its message", async ({ name, path, text }) => {
    const { scenarios, diagnostics, formatted } = load(name, text);
    // A second scenario of the same name is the one mistake that leaves the first one standing.
    expect(scenarios.length).toBe(name === "name-twice" || name === "empty-document" ? 1 : 0);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(["error"]);
    await expect(`${formatted}\n`).toMatchFileSnapshot(path.replace(/yaml$/, "txt"));
  });

  it.each(fixtures("invalid"))("$name is refused by the schema, or marked as beyond it", ({ text }) => {
    const marked = /^# schema: accepts: \S/.test(text);
    expect(schemaAccepts(text)).toBe(marked);
  });
});

describe("the fixture folders", () => {
  it.each(["valid", "invalid"] as const)("%s holds no golden without its fixture", (folder) => {
    const goldens = readdirSync(join(FIXTURES, folder)).filter((file) => file.endsWith(".txt"));
    const orphans = goldens.filter(
      (file) => !existsSync(join(FIXTURES, folder, file.replace(/txt$/, "yaml"))),
    );
    expect(goldens.length).toBeGreaterThan(10);
    expect(orphans).toEqual([]);
  });
});
