import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { OUTPUT_FORMATS, renderReport } from "../../src/report/registry.ts";
import { buildFlow, buildPrediction, buildReport, policyRef, trace } from "./build-report.ts";
import { RICH } from "./rich-report.ts";
import { parseStrictXml } from "./strict-xml.ts";

/** All that a terminal may act on, and what makes a line read as another one (CVE-2021-42574); `\n` ends our lines. */
const UNSAFE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const NASTY = [
  "\x1b[2K\x1b[1A",
  "\x1b]0;title\x07",
  "\r",
  "\n",
  "\t",
  "\x00",
  "\x7f",
  "\x9b31m",
  "\u202e",
  "\u2028",
  "\ud800",
  "\ufffe",
  "]]>",
  "</failure>",
  "&amp;",
  '"',
  " -> ",
  "店",
  "e\u0301",
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 6 })
  .map((parts) => parts.join(""));

/** The report with every string in it that is no word of the model's replaced by what `next` gives. */
function poisoned(value: unknown, next: () => string, key = ""): unknown {
  if (typeof value === "string") return FIXED_KEYS.has(key) ? value : next() + value;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, next, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poisoned(item, next, name)]));
}

const FIXED_KEYS = new Set([
  "apiVersion",
  "kind",
  "mode",
  "protocol",
  "application",
  "expected",
  "predicted",
  "observed",
  "value",
  "direction",
  "verdict",
  "cause",
  "grade",
  "role",
  "severity",
  "resource",
  "prediction",
]);

/** Small, so that many can be tried, and with something in every place that holds text. */
const BASE: RunReport = buildReport({
  flows: [
    buildFlow(
      { name: "title" },
      {
        prediction: buildPrediction({
          ingress: trace({
            direction: "ingress",
            value: "deny",
            isolatedBy: [policyRef("policy", undefined, 3)],
            nearest: {
              rule: policyRef("policy", "spec"),
              condition: policyRef("policy", "spec", 4),
              text: "misses",
            },
          }),
          openPoint: "S33",
        }),
        observed: "timeout",
        verdict: "fail",
        cause: "policy",
        advice: "do this",
        output: "one\ntwo",
      },
    ),
    buildFlow({ id: "a -> b", verdict: "skipped", reason: "left out" }),
    buildFlow({ id: "a -> c" }, { advice: "a pass with a warning" }),
  ],
  policies: RICH.policies,
  standIns: RICH.standIns,
  problems: RICH.problems,
});

const reports = fc.array(text, { minLength: 1, maxLength: 20 }).map((texts) => {
  let index = 0;
  return poisoned(BASE, () => texts[index++ % texts.length] ?? "") as RunReport;
});

describe("texts that come from a cluster", () => {
  it.each(OUTPUT_FORMATS)("reach no terminal as they are: %s", async (format) => {
    await fc.assert(
      fc.asyncProperty(
        reports,
        fc.boolean(),
        fc.integer({ min: 1, max: 160 }),
        async (report, ascii, width) => {
          const rendered = await renderReport(format, report, { color: false, width, ascii, verbose: true });
          expect(UNSAFE.exec(rendered)).toBeNull();
          if (ascii && format !== "json" && format !== "junit") expect(rendered).toMatch(/^[\n\x20-\x7e]*$/);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("make no line of their own, but in raw output", async () => {
    const options = { color: false, width: 10_000, ascii: false, verbose: true };
    const plain = await renderReport("table", BASE, options);
    await fc.assert(
      fc.asyncProperty(text, async (nasty) => {
        const oneLine = nasty.replace(/[\r\n]/g, (character) => `\\${character}`);
        const report = poisoned(BASE, () => oneLine) as RunReport;
        const flows = report.flows.map((flow) => ({
          ...flow,
          targets: flow.targets.map(({ output: _output, ...target }) => target),
        }));
        const rendered = await renderReport("table", { ...report, flows }, options);
        expect(rendered.split("\n").length).toBeLessThanOrEqual(plain.split("\n").length);
      }),
      { numRuns: 60 },
    );
  });

  it("leave XML well-formed and JSON what it was", async () => {
    const options = { color: false, width: 80, ascii: false, verbose: false };
    await fc.assert(
      fc.asyncProperty(reports, async (report) => {
        const xml = parseStrictXml(await renderReport("junit", report, options));
        expect(xml.attributes.tests).toBe("4");
        const json: unknown = JSON.parse(await renderReport("json", report, options));
        expect(json).toEqual(JSON.parse(JSON.stringify(report)));
      }),
      { numRuns: 150 },
    );
  });
});
