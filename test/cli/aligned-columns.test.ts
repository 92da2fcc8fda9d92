import { describe, expect, it } from "vitest";
import { alignedColumns } from "../../src/cli/aligned-columns.ts";

describe("aligned columns", () => {
  it("are as wide as their widest text, without blanks at the ends of lines", () => {
    expect(
      alignedColumns([
        ["FROM", "TO"],
        ["a", "bbb"],
        ["cccccc", ""],
      ]),
    ).toEqual(["FROM    TO", "a       bbb", "cccccc"]);
  });

  it("end alike where that is asked for", () => {
    expect(
      alignedColumns(
        [
          ["x", "7", "s"],
          ["y", "1,000", "s"],
        ],
        [1],
      ),
    ).toEqual(["x      7  s", "y  1,000  s"]);
  });

  it("count what is seen: wide characters twice, control characters as they are written out", () => {
    expect(
      alignedColumns([
        ["日本", "1"],
        ["\u001b[31m", "2"],
      ]),
    ).toEqual(["日本      1", "\\x1b[31m  2"]);
  });
});
