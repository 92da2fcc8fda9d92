import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { generateCluster } from "../../bench/cluster.ts";
import { readPlainYaml } from "../../src/manifests/plain-yaml.ts";
import { parseYamlDocument, RecentTrees } from "../../src/manifests/yaml-document.ts";

const ROOT = join(import.meta.dirname, "../..");

function documentsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => readFileSync(join(ROOT, folder, name), "utf8").split(/^---.*$/m));
}

/** Undefined where the plain reader leaves the text to the parser; else both must say the same. */
function readBoth(text: string): unknown {
  const plain = readPlainYaml(text);
  if (plain === undefined) return undefined;
  const parsed = parseYamlDocument(text, { start: 0, end: text.length }, new RecentTrees());
  expect({ text, value: plain.value, problems: [] }).toEqual({
    text,
    value: parsed.value,
    problems: parsed.problems,
  });
  return plain;
}

/** Pieces that YAML is made of, in an order that it rarely is. */
const TOKENS = [
  "a",
  "b: ",
  "key:",
  "app: web",
  "- ",
  "-",
  "\n",
  "\n  ",
  "\n    ",
  "\n- ",
  "\n  - ",
  "\n   ",
  ": ",
  ":",
  " #",
  "# c",
  "{}",
  "[]",
  "{a: b}",
  "{a: b, c: [d, e]}",
  "[a, 'b']",
  "{a:}",
  "[a b]",
  ", ",
  '"',
  "'",
  '"q"',
  "'s'",
  "|",
  "|-",
  "|\n  text",
  ">",
  "&x",
  "*x",
  "!t",
  "?",
  "<<: ",
  "~",
  "null",
  "true",
  "on",
  "0x1F",
  "012",
  "1e3",
  "-1",
  ".inf",
  "1_000",
  "--flag=a b",
  "a:b",
  "10.0.0.0/8",
  "::1",
  "\t",
  "\r\n",
  "é",
  "...",
  "---",
  "%",
  "@",
  "`",
  "\\",
  "y",
  "__proto__: a",
];

describe("the plain reader of YAML", () => {
  const files = ["scenarios", "test", "manifests"].flatMap(documentsBelow);

  it("says what the parser says of every manifest in this repository that it reads", () => {
    const read = files.filter((text) => readBoth(text) !== undefined);
    expect(read.length).toBeGreaterThan(100);
  });

  it("reads all of a generated cluster", () => {
    for (const as of ["pods", "workloads"] as const) {
      for (const object of generateCluster({ pods: 30, policies: 60, seed: 5, as })) {
        expect(readBoth(stringify(object, { aliasDuplicateObjects: false }))).toEqual({ value: object });
      }
    }
  });

  it("says what the parser says of manifests with something changed, or leaves them to it", () => {
    const texts = files.filter((text) => text.length < 2000 && readPlainYaml(text) !== undefined);
    let read = 0;
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.constantFrom(0, 0, 1, 2, 5),
      insert: fc.constantFrom(...TOKENS, "", " ", "  "),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (text, changes) => {
          let changed = text;
          for (const { at, length, insert } of changes) {
            const place = Math.floor(at * changed.length);
            changed = changed.slice(0, place) + insert + changed.slice(place + length);
          }
          if (readBoth(changed) !== undefined) read += 1;
        },
      ),
      { numRuns: 1500, seed: 20_260 },
    );
    expect(read).toBeGreaterThan(100);
  }, 60_000);

  it("says what the parser says of any pieces of YAML, or leaves them to it", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 14 }), (tokens) => {
        if (readBoth(tokens.join("")) !== undefined) read += 1;
      }),
      { numRuns: 12_000, seed: 20_260 },
    );
    expect(read).toBeGreaterThan(150);
  }, 60_000);

  it.each([
    [
      "keys at any indent, comments and empty lines",
      "# c\n\n  a: 1 # one\n\n  b:\n  # in between\n    c: x\n",
    ],
    ["lists as far left as their key", "a:\n- b\n- c: d\n  e: f\ng: h"],
    ["words with colons and spaces in them", "image: host:5000/x:1.2\ncommand: sh -c ls\n"],
    [
      "quotes and lists on one line",
      'a: "x: y"\nb: \'it # is\'\nc: [Ingress, "Egress"]\nd: {app: web, port: 80}\n',
    ],
    ["block texts", "a: |\n  x: y\n    z\nb: |-\n  one\nc: d\n"],
    ["the scalars of YAML 1.1", "a: on\nb: 0x50\nc: 8e1\nd: ~\ne: 012\nf: 1_0\n"],
  ])("reads %s", (_, text) => {
    expect(readBoth(text)).toBeDefined();
  });

  it.each([
    ["anchors", "a: &x 1\nb: *x\n"],
    ["keys that stand twice", "a: 1\na: 2\n"],
    ["keys that are no words", "on: 1\n"],
    ["tags", "a: !!str 1\n"],
    ["values that go on in the next line", "a: b\n  c\n"],
    ["lines further left than they may be", "a:\n    b: 1\n  c: 2\n"],
    ["merge keys", "a: 1\n<<: {b: 1}\n"],
    ["numbers that JSON does not have", "a: .inf\n"],
    ["characters beyond ASCII", "a: é\n"],
    ["tabs", "a:\tb\n"],
  ])("leaves %s to the parser", (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});
