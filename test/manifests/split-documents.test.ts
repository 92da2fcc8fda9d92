import { describe, expect, it } from "vitest";
import { splitDocuments } from "../../src/manifests/split-documents.ts";
import { RecentTrees } from "../../src/manifests/yaml-document.ts";

/** The value of each document, or what is wrong with it. */
function split(text: string): unknown[] {
  return splitDocuments(text, new RecentTrees()).map(({ value, problems }) =>
    problems.length > 0 ? problems.map(({ message }) => message) : value,
  );
}

// What kubectl makes of a text follows from k8s.io/apimachinery pkg/util/yaml decoder.go.
describe("taking a text apart as kubectl does", () => {
  it.each([
    ["", []],
    ["# nothing\n", []],
    ["a: b", [{ a: "b" }]],
    ["---\na: b\n---\nc: d\n", [{ a: "b" }, { c: "d" }]],
    ["a: b\n--- # comment\nc: d\n", [{ a: "b" }, { c: "d" }]],
    ["a: b\n---   \r\nc: d\n", [{ a: "b" }, { c: "d" }]],
    ["---\n---\n---\n", []],
    ["a: |\n  x\n  ---\n  y\n", [{ a: "x\n---\ny\n" }]],
    ["null\n---\na: b\n", [{ a: "b" }]],
    ["a: b\n...\n", [{ a: "b" }]],
  ])("YAML: %j", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it.each([
    ['{"a":1}{"b":2}\n{"c":3}', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    [' \n {"a": {"b": [1, null, "\\u00e9"]}}\n', [{ a: { b: [1, null, "é"] } }]],
    ['{"a":1}\n---\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ['{"a":1}\n---\nb: y\n', [{ a: 1 }, { b: true }]],
    ["{a: y}\n---\n{b: 2}\n", [{ a: true }, { b: 2 }]],
  ])("JSON and what looks like it: %j", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it.each([
    ["a: b\n--- c\nd: e\n", [{ a: "b" }, ["invalid Yaml document separator: c"], { d: "e" }]],
    ["-----BEGIN-----\n", [["invalid Yaml document separator: --BEGIN-----"]]],
    ["a: b\n...\nc: d\n", [['YAML: kubectl ignores what follows the document end marker "..."']]],
    ["%YAML 1.2\n---\na: b\n", [["YAML: kubectl does not read directives"], { a: "b" }]],
    ["%TAG ! tag:x,2000:\na: b\n", [["YAML: kubectl does not read directives"]]],
    ['{"a":1', [['JSON: "," or "}" was expected, not the end of the text']]],
    ['{"a":1}{"b":2}{"c"', [{ a: 1 }, { b: 2 }, ['JSON: ":" was expected, not the end of the text']]],
    ['{"a": y}', [{ a: true }]],
    ['{"a":1,"a":2,"b":{"c":1,"c":2}}', [['duplicate field "a"', 'duplicate field "b.c"']]],
  ])("what can't be read: %j", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it("complains of a broken flow map as YAML, and of what was clearly meant as JSON as JSON", () => {
    expect(split("{a: [}")).toEqual([[expect.stringMatching(/^YAML: /)]]);
    expect(split('{"a": [}')).toEqual([[expect.stringMatching(/^JSON: /)]]);
  });
});
