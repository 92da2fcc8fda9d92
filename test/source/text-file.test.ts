import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextFile, lineAt, positionAt, rangeBetween } from "../../src/source/text-file.ts";

describe("createTextFile", () => {
  it("finds lines that end with LF and with CRLF", () => {
    const file = createTextFile("a.yaml", "one\r\ntwo\n\nfour");
    expect([1, 2, 3, 4, 5].map((line) => lineAt(file, line))).toEqual(["one", "two", "", "four", undefined]);
  });

  it("leaves out a byte order mark, so that columns count what people see", () => {
    const file = createTextFile("a.yaml", "\uFEFFkey: value");
    expect(file.text).toBe("key: value");
    expect(positionAt(file, 5)).toEqual({ line: 1, column: 6 });
  });

  it("has one empty line for an empty text", () => {
    const file = createTextFile("a.yaml", "");
    expect(lineAt(file, 1)).toBe("");
    expect(lineAt(file, 2)).toBeUndefined();
    expect(positionAt(file, 0)).toEqual({ line: 1, column: 1 });
  });
});

describe("positionAt", () => {
  it("counts lines and columns from 1, the line break belonging to its line", () => {
    const file = createTextFile("a.yaml", "ab\ncd\n");
    const places = [0, 1, 2, 3, 5, 6].map((offset) => positionAt(file, offset));
    expect(places.map(({ line, column }) => `${line}:${column}`)).toEqual([
      "1:1",
      "1:2",
      "1:3",
      "2:1",
      "2:3",
      "3:1",
    ]);
  });

  it("moves offsets outside the text to its ends", () => {
    const file = createTextFile("a.yaml", "ab\ncd");
    expect(positionAt(file, -3)).toEqual({ line: 1, column: 1 });
    expect(positionAt(file, 99)).toEqual({ line: 2, column: 3 });
  });

  it("agrees with counting line breaks, for any text", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r\n", "\t"), maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.nat(80), (text, at) => {
        const offset = Math.min(at, text.length);
        const before = text.slice(0, offset).split("\n");
        const expected = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
        expect(positionAt(createTextFile("a.yaml", text), offset)).toEqual(expected);
      }),
      { seed: 1 },
    );
  });
});

describe("rangeBetween", () => {
  it("never ends before it starts", () => {
    const range = rangeBetween(createTextFile("a.yaml", "abc"), 2, 1);
    expect(range).toEqual({ file: "a.yaml", start: { line: 1, column: 3 }, end: { line: 1, column: 3 } });
  });
});
