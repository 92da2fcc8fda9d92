import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "../../src/source/nearest.ts";

const KEYS = ["namespace", "timeout", "labels", "workload", "pod", "ip"];

describe("nearest", () => {
  it.each([
    ["namepsace", "namespace"], // two neighbours swapped
    ["namespce", "namespace"], // one missing
    ["timeoutt", "timeout"], // one too many
    ["lebels", "labels"], // one wrong
    ["NameSpace", "namespace"], // upper and lower case are alike
    ["wrkloda", "workload"], // two mistakes in a long word
    ["pdo", "pod"],
  ])("takes %s for %s", (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each(["", "x", "selector", "ports", "ns"])("takes %j for none of them", (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  it("takes the first of two that are equally near", () => {
    expect(nearest("bat", ["cat", "hat"])).toBe("cat");
  });

  it("takes the nearer one, wherever it stands", () => {
    expect(nearest("backend", ["backends", "backend-2", "backend"])).toBe("backend");
  });

  it("does not take a word for a candidate that shares no letter with it", () => {
    expect(nearest("x", ["y"])).toBeUndefined();
  });

  it("finds every word again after one letter was dropped", () => {
    const words = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(words, fc.nat(11), (word, at) => {
        const index = at % word.length;
        expect(nearest(word.slice(0, index) + word.slice(index + 1), [word])).toBe(word);
      }),
      { seed: 2 },
    );
  });
});
