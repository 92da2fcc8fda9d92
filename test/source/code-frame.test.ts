import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDiagnostic, formatDiagnostics } from "../../src/source/code-frame.ts";
import type { Diagnostic } from "../../src/source/diagnostic.ts";
import { createTextFile, rangeBetween } from "../../src/source/text-file.ts";

/** Formats an error about the part of the text between `«` and `»`. */
function format(marked: string, detail: Partial<Diagnostic> = {}): string[] {
  const start = marked.indexOf("«");
  const end = marked.indexOf("»") - 1;
  const file = createTextFile("a.yaml", marked.replace("«", "").replace("»", ""));
  const range = rangeBetween(file, start, end);
  return formatDiagnostic({ severity: "error", message: "wrong", range, ...detail }, [file], {
    color: false,
  }).split("\n");
}

describe("formatDiagnostic", () => {
  it("shows the place, the line, the offending text underlined, and the hint", () => {
    expect(format("a: 1\nkey: «vlaue»\n", { hint: 'did you mean "value"?' })).toEqual([
      "a.yaml:2:6: error: wrong",
      "  2 | key: vlaue",
      "    |      ^^^^^",
      '  hint: did you mean "value"?',
    ]);
  });

  it("says warning for a warning", () => {
    expect(format("«a»", { severity: "warning" })[0]).toBe("a.yaml:1:1: warning: wrong");
  });

  it("marks one place for an empty range, also at the end of a line and of the file", () => {
    expect(format("ab«»").slice(1)).toEqual(["  1 | ab", "    |   ^"]);
    expect(format("ab\n«»").slice(1)).toEqual(["  2 |", "    | ^"]);
  });

  it("shows tabs as spaces and keeps the marks below the text", () => {
    expect(format("\ta:\t«b»").slice(1)).toEqual(["  1 |   a:  b", "    |       ^"]);
  });

  it("does not show the carriage return of CRLF, nor marks it", () => {
    expect(format("a: «b\r\n»c: d\r\n").slice(1)).toEqual(["  1 | a: b", "    |    ^"]);
  });

  it("escapes control characters, bidirectional overrides and lone surrogates, and counts what is shown", () => {
    expect(format("\u001b[2J \u202e\ud800 «x»").slice(1)).toEqual([
      "  1 | \\x1b[2J \\u{202e}\\u{d800} x",
      `    | ${" ".repeat("\\x1b[2J \\u{202e}\\u{d800} ".length)}^`,
    ]);
  });

  it("escapes control characters in the message, the hint and the name of the file as well", () => {
    const file = createTextFile("a\u0007.yaml", "x");
    const range = rangeBetween(file, 0, 1);
    const diagnostic: Diagnostic = { severity: "error", message: "a\nb\tc", range, hint: "\u009b" };
    expect(formatDiagnostic(diagnostic, [file], { color: false }).split("\n")).toEqual([
      "a\\x07.yaml:1:1: error: a\\nb\\tc",
      "  1 | x",
      "    | ^",
      "  hint: \\x9b",
    ]);
  });

  it("counts wide characters as two columns and combining ones as none", () => {
    expect(format("データ e\u0301 «😀»").slice(1)).toEqual(["  1 | データ e\u0301 😀", "    |          ^^"]);
  });

  it("shows the first and the last line of a longer range", () => {
    expect(format("  - «from: a\n    to: b\n    expect: c»\n").slice(1)).toEqual([
      "  1 |   - from: a",
      "    |     ^^^^^^^",
      "    | ...",
      "  3 |     expect: c",
      "    |     ^^^^^^^^^",
    ]);
  });

  it("leaves the dots out between two lines that follow each other", () => {
    expect(format("«a\n  b»").slice(1)).toEqual(["  1 | a", "    | ^", "  2 |   b", "    |   ^"]);
  });

  it("ends a range that ends in blank lines where its text ends", () => {
    expect(format("«a: b  \n\n   »").slice(1)).toEqual(["  1 | a: b", "    | ^^^^"]);
  });

  it("aligns the numbers of lines", () => {
    const text = `${"\n".repeat(8)}«a\nb»`;
    expect(format(text).slice(1)).toEqual(["   9 | a", "     | ^", "  10 | b", "     | ^"]);
  });

  it("cuts a long line around the place that is meant", () => {
    const [, source = "", marks = ""] = format(`${"x".repeat(500)}«bad»${"y".repeat(500)}`);
    expect(source).toBe(`  1 | ...${"x".repeat(33)}bad${"y".repeat(64)}...`);
    expect(marks.indexOf("^")).toBe(source.indexOf("bad"));
    expect(marks.trim()).toBe(`${"| ".padEnd(38)}^^^`);
  });

  it("cuts a mark that is longer than the line shown", () => {
    const [, source = "", marks = ""] = format(`«${"x".repeat(5000)}»`);
    expect(source).toBe(`  1 | ${"x".repeat(100)}...`);
    expect(marks).toBe(`    | ${"^".repeat(100)}`);
  });

  it("shows related places after the hint", () => {
    const file = createTextFile("a.yaml", "a: 1\na: 2\n");
    const diagnostic: Diagnostic = {
      severity: "error",
      message: "twice",
      range: rangeBetween(file, 5, 6),
      related: [{ message: "the first one is here", range: rangeBetween(file, 0, 1) }],
    };
    expect(formatDiagnostic(diagnostic, [file], { color: false }).split("\n")).toEqual([
      "a.yaml:2:1: error: twice",
      "  2 | a: 2",
      "    | ^",
      "  a.yaml:1:1: the first one is here",
      "  1 | a: 1",
      "    | ^",
    ]);
  });

  it("needs no range", () => {
    const diagnostic: Diagnostic = {
      severity: "error",
      message: "no such file: a.yaml",
      hint: "check the path",
    };
    expect(formatDiagnostic(diagnostic, [], { color: false })).toBe(
      "error: no such file: a.yaml\n  hint: check the path",
    );
  });

  it("shows the place alone where the text is not at hand or shorter", () => {
    const range = { file: "gone.yaml", start: { line: 7, column: 3 }, end: { line: 9, column: 1 } };
    const diagnostic: Diagnostic = { severity: "error", message: "wrong", range };
    expect(formatDiagnostic(diagnostic, [], { color: false })).toBe("gone.yaml:7:3: error: wrong");
    const short = createTextFile("gone.yaml", "a");
    expect(formatDiagnostic(diagnostic, [short], { color: false })).toBe("gone.yaml:7:3: error: wrong");
  });

  it("colours only when asked to, and adds nothing else", () => {
    const file = createTextFile("a.yaml", "a: b");
    const diagnostic: Diagnostic = {
      severity: "error",
      message: "wrong",
      range: rangeBetween(file, 3, 4),
      hint: "c",
    };
    const plain = formatDiagnostic(diagnostic, [file], { color: false });
    const coloured = formatDiagnostic(diagnostic, [file], { color: true });
    expect(plain).not.toContain("\u001b");
    expect(coloured).toContain("\u001b[31m^\u001b[39m");
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  it("prints no control character for any text and any range", () => {
    const units = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom("\n", "\r\n", "\t", "\u001b"),
    );
    const texts = fc.array(units, { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, fc.nat(250), fc.nat(250), (text, start, length) => {
        const file = createTextFile("a.yaml", text);
        const range = rangeBetween(file, start, start + length);
        const shown = formatDiagnostic({ severity: "error", message: text, range }, [file], { color: false });
        expect(shown.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(shown.split("\n").length).toBeLessThanOrEqual(6);
        expect(shown).toContain("^");
      }),
      { seed: 3 },
    );
  });
});

describe("formatDiagnostics", () => {
  it("separates findings with an empty line", () => {
    const findings: Diagnostic[] = [
      { severity: "error", message: "one" },
      { severity: "warning", message: "two" },
    ];
    expect(formatDiagnostics(findings, [], { color: false })).toBe("error: one\n\nwarning: two");
    expect(formatDiagnostics([], [], { color: false })).toBe("");
  });
});
