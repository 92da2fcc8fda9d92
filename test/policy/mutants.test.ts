import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

describe("the mutants of the evaluator", () => {
  it.each(MUTANTS)("$rule: what it breaks in $file still stands there, once", ({
    file,
    original,
    mutated,
  }) => {
    const text = readFileSync(file, "utf8");
    expect(text.split(original)).toHaveLength(2);
    expect(mutated).not.toBe(original);
  });

  it("break every rule that the evaluator has", () => {
    const rules = new Set(MUTANTS.map(({ rule }) => rule));
    const all = [
      ...Array.from({ length: 46 }, (_, index) => `S${index + 1}`),
      ...Array.from({ length: 15 }, (_, index) => `T${index + 1}`),
    ];
    expect(all.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});
