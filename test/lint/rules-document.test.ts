import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withLintTables } from "../../scripts/generate-lint-tables.ts";
import { RULE_IDS, RULES } from "../../src/lint/rules.ts";

describe("docs/lint.md", () => {
  const document = readFileSync(new URL("../../docs/lint.md", import.meta.url), "utf8");

  it("has the tables that the rules make", () => {
    expect(document).toBe(withLintTables(document));
  });

  it.each(RULE_IDS)("explains %s with a reason, an example and what to do", (id) => {
    const { reason, example, fix } = RULES[id];
    expect(document).toContain(`\`${id}\``);
    for (const text of [reason, example, fix]) expect(text.length).toBeGreaterThan(5);
  });
});
