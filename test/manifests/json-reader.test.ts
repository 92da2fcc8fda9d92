import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonReader, JsonSyntaxError } from "../../src/manifests/json-reader.ts";

describe("reading JSON", () => {
  it("reads what JSON.parse reads, and finds each field where it stands", () => {
    const paths = (value: unknown): (string | number)[][] => {
      if (typeof value !== "object" || value === null) return [[]];
      const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      return [
        [],
        ...entries.flatMap(([key, item]) => paths(item).map((path) => [key as string | number, ...path])),
      ];
    };
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom("", " ", "\n  "), (json, indent) => {
        fc.pre(!json.includes("__proto__"));
        const expected: unknown = JSON.parse(json);
        const text = `${indent}${JSON.stringify(expected, null, indent)}`;
        expect(new JsonReader(text, 0).value()).toEqual(JSON.parse(text));
        for (const path of paths(expected)) {
          const { value, depth } = new JsonReader(text, 0).place(path);
          const found = path.reduce<unknown>(
            (part, key) => (part as Record<string, unknown>)[key],
            JSON.parse(text),
          );
          expect(depth).toBe(path.length);
          expect(JSON.parse(text.slice(value.start, value.end))).toEqual(found);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it.each([
    ["", 0, "a value was expected, not the end of the text"],
    ["[1,]", 3, 'a value was expected, not "]"'],
    ['{"a":1,}', 7, 'a key in double quotes was expected, not "}"'],
    ["{a:1}", 1, 'a key in double quotes was expected, not "a"'],
    ['{"a" 1}', 5, '":" was expected, not "1"'],
    ["[01]", 2, '"," or "]" was expected, not "1"'],
    ["[1.]", 2, '"," or "]" was expected, not "."'],
    ["[.5]", 1, 'a value was expected, not "."'],
    ["[+1]", 1, 'a value was expected, not "+"'],
    ["[nul]", 1, 'a value was expected, not "n"'],
    ['["a', 1, "a string has no end"],
    ['["a\nb"]', 3, "a string holds a control character"],
    ['["\\x"]', 1, "a string holds an escape that JSON does not know"],
    ["[".repeat(2000), 1001, "nested too deeply"],
  ])("refuses %.20j at offset %d", (text, offset, message) => {
    expect(() => new JsonReader(text, 0).value()).toThrow(new JsonSyntaxError(message, offset));
  });
});
