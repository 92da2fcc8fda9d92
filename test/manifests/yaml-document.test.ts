import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentTrees, readYamlDocument } from "../../src/manifests/yaml-document.ts";

function read(text: string) {
  const { value, problems } = readYamlDocument(text, { start: 0, end: text.length }, new RecentTrees());
  return { value, problems: problems.map(({ message }) => message) };
}

describe("reading a YAML document", () => {
  it("reads any JSON text as JSON does", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false, maxDepth: 4 }), (text) => {
        // An escaped slash, line separators and numbers beyond float64 are read otherwise on purpose.
        fc.pre(!/\\\/|[\u2028\u2029\x7f-\x9f\ufeff\ufffe\uffff]|"__proto__"/.test(text));
        const expected: unknown = JSON.parse(text, (_, value) => (Object.is(value, -0) ? 0 : value));
        const { value, problems } = read(text);
        expect(problems).toEqual([]);
        expect(value).toEqual(expected);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("keeps a key that every object seems to have", () => {
    const { value } = read("__proto__: {a: b}\nconstructor: c\n");
    expect(Object.entries(value as object)).toEqual([
      ["__proto__", { a: "b" }],
      ["constructor", "c"],
    ]);
  });

  it("turns keys that are no strings into the text that the API server makes of them", () => {
    const keys = [
      "1",
      "0x10",
      "1.5",
      "1e6",
      "0.00001",
      "123456789.5",
      "1e-7",
      "y",
      ".inf",
      "-.inf",
      ".nan",
      "!!str 5",
      "-0",
    ];
    const { value } = read(keys.map((key) => `? ${key}\n: x\n`).join(""));
    expect(Object.keys(value as object).sort()).toEqual(
      [
        "1",
        "16",
        "1.5",
        "1e+06",
        "1e-05",
        "1.2345679e+08",
        "1e-07",
        "true",
        ".inf",
        "-.inf",
        ".nan",
        "5",
        "0",
      ].sort(),
    );
  });

  it.each([
    ["a: .nan", "YAML: unsupported value: .nan"],
    ["a: !!int x", "YAML: cannot decode `x` as a !!int"],
    ["a: !!binary '?'", "YAML: cannot decode `?` as a !!binary"],
    ["~: b", "YAML: invalid map key: a key must be a word"],
    ["{a: b}: c", "YAML: invalid map key: a key must be a word"],
    ["a: *b", "YAML: unknown anchor 'b' referenced"],
    ["a: *b\nc: &b d", "YAML: unknown anchor 'b' referenced"],
    ["a: &b [*b]", "YAML: anchor 'b' value contains itself"],
    ["a: &b\n  <<: *b", "YAML: anchor 'b' value contains itself"],
    ["<<: x", "YAML: map merge requires map or sequence of maps as the value"],
    ["a: &s [{b: c}]\nd: {<<: *s}", "YAML: map merge requires map or sequence of maps as the value"],
  ])("refuses what the API server refuses: %j", (text, message) => {
    expect(read(text).problems).toEqual([message]);
  });

  it("refuses a document that grows by its aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      const item = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array(9).fill(item).join(", ")}]`);
    }
    expect(read(lines.join("\n")).problems).toEqual(["YAML: document contains excessive aliasing"]);
  });

  it("refuses a document that grows by its merges", () => {
    const lines = ["a0: &a0 {k: v}"];
    for (let level = 1; level < 9; level++) {
      lines.push(
        `a${level}: &a${level} {<<: [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]}`,
      );
    }
    expect(read(lines.join("\n")).problems).toEqual(["YAML: document contains excessive aliasing"]);
  });

  it("reads many aliases that do not grow", () => {
    const lines = ["a: &a x", ...Array.from({ length: 2000 }, (_, index) => `b${index}: *a`)];
    expect(read(lines.join("\n")).problems).toEqual([]);
  });

  it("lets entries replace what a merge before them gave, and refuses the other order", () => {
    expect(read("<<: {a: 1, b: 2}\na: 3").value).toEqual({ a: 3, b: 2 });
    expect(read("<<: [{a: 1}, {a: 2, b: 3}]").value).toEqual({ a: 1, b: 3 });
    expect(read("a: 3\n<<: {a: 1, b: 2}").problems).toEqual([
      'duplicate field "a": it is merged here, and stands before',
    ]);
    expect(read("<<: {a: 1}\n<<: {a: 2}").problems).toEqual([
      'duplicate field "a": it is merged here, and stands before',
    ]);
    expect(read("a: {b: 1, c: {d: 1, d: 2}, b: 2}").problems).toEqual([
      'duplicate field "a.c.d"',
      'duplicate field "a.b"',
    ]);
  });
});
