import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

/** The rules of the evaluator: NetworkPolicy and its ends (S), the admin tiers (T). */
const RULES = [...numbered("S", 46), ...numbered("T", 15)];

/** Titles name their rules in front, `S10, V9: …`, or behind, `… (S43)`. */
const IN_FRONT = /["'`]((?:[STV]\d+(?:, )?)+): /g;
const BEHIND = /^.*\b(?:it|describe)\(.*\(((?:[STV]\d+(?:, )?)+)\)["'`].*$/gm;

function rulesIn(text: string): readonly string[] {
  return [...text.matchAll(IN_FRONT), ...text.matchAll(BEHIND)].flatMap(
    (match) => match[1]?.split(", ") ?? [],
  );
}

describe("the numbered rules", () => {
  it("are all named by the title of a test", () => {
    const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".test.ts") && !file.startsWith("e2e"),
    );
    const named = new Set(files.flatMap((file) => rulesIn(readFileSync(`test/${file}`, "utf8"))));
    expect(RULES.filter((rule) => !named.has(rule))).toEqual([]);
  });

  it("would be missed if no title named them", () => {
    expect(rulesIn('it("a thing of S99", () => {')).toEqual([]);
    expect(rulesIn('it("S98, S97: a thing", () => {')).toEqual(["S98", "S97"]);
    expect(rulesIn('  it("a thing (S96)", () => {')).toEqual(["S96"]);
  });
});
