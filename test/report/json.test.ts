import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { reportJson } from "../../src/report/json.ts";
import { buildFlow, buildReport } from "./build-report.ts";
import { RICH } from "./rich-report.ts";

const OPTIONS = { color: true, width: 10, ascii: true, verbose: true };

/** The same values, the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe("the JSON report", () => {
  it("is the report itself", () => {
    expect(JSON.parse(reportJson(RICH, OPTIONS))).toEqual(JSON.parse(JSON.stringify(RICH)));
  });

  it("is set in by two spaces and ends with a line break", () => {
    const text = reportJson(RICH, OPTIONS);
    expect(text.startsWith('{\n  "apiVersion": "netverdict.dev/v1alpha1",\n  "kind": "RunReport",\n')).toBe(
      true,
    );
    expect(text.endsWith("\n}\n")).toBe(true);
  });

  it("does not depend on the order in which a report was put together", () => {
    expect(reportJson(reversed(RICH) as RunReport, OPTIONS)).toBe(reportJson(RICH, OPTIONS));
  });

  it("orders free keys, such as labels, by name", () => {
    const text = reportJson({ ...buildReport(), settings: { b: 1, a: 2 } }, OPTIONS);
    expect(text).toContain('"settings": {\n    "a": 2,\n    "b": 1\n  }');
  });

  it("escapes what would disturb a terminal and keeps its meaning", () => {
    const name = "a\x1b[31m\x7f\x9b\u202e\u2028\u{e0001}b";
    const text = reportJson(buildReport({ flows: [buildFlow({ name })] }), OPTIONS);
    expect(text).toContain("a\\u001b[31m\\u007f\\u009b\\u202e\\u2028\\udb40\\udc01b");
    expect(JSON.parse(text).flows[0].name).toBe(name);
  });
});
