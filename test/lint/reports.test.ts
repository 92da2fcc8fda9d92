import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/lint/finding.ts";
import type { LintReport } from "../../src/lint/report/lint-report.ts";
import { LINT_REPORTERS, type LintFormat } from "../../src/lint/report/registry.ts";
import { createTextFile } from "../../src/source/text-file.ts";

const range = (file: string, line: number, column: number, end: number) => ({
  file,
  start: { line, column },
  end: { line, column: end },
});
const FINDINGS: readonly Finding[] = [
  {
    id: "invalid-port-number",
    severity: "error",
    object: "NetworkPolicy shop/web",
    path: "spec.ingress[0].ports[0].port",
    type: "Invalid value",
    message: "must be between 1 and 65535, inclusive",
    text: "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    range: range("a b/x#1.yaml", 2, 9, 10),
    hint: "100%, sure:\nyes",
  },
  {
    id: "redundant-rule",
    severity: "warning",
    object: "NetworkPolicy shop/web",
    path: "spec.ingress[1]",
    type: "Lint",
    message: "needless",
    text: "spec.ingress[1]: needless",
    range: range("a b/x#1.yaml", 1, 1, 4),
    related: [{ message: "the wider rule", range: range("a b/x#1.yaml", 2, 1, 3) }],
  },
  {
    id: "empty-pod-selector-peer",
    severity: "info",
    object: "",
    path: "",
    type: "Lint",
    message: "as it is",
    text: "as it is",
    range: range("a b/x#1.yaml", 1, 1, 4),
  },
];
const REPORT: LintReport = {
  findings: FINDINGS,
  texts: [createTextFile("a b/x#1.yaml", "one: 1\ntwo:    0\n")],
  policies: 1,
  notes: [],
};
const printed = (format: LintFormat, report = REPORT): string =>
  LINT_REPORTERS[format](report, { color: false, version: "1.2.3" });

describe("the formats of lint", () => {
  it("show findings with their text and a hint, infos on one line, and the counts", () => {
    expect(
      printed("text"),
    ).toBe(`a b/x#1.yaml:2:9: error: NetworkPolicy shop/web: spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive [invalid-port-number]
  2 | two:    0
    |         ^
  hint: 100%, sure:\\nyes

a b/x#1.yaml:1:1: warning: NetworkPolicy shop/web: spec.ingress[1]: needless [redundant-rule]
  1 | one: 1
    | ^^^
  a b/x#1.yaml:2:1: the wider rule
  2 | two:    0
    | ^^

a b/x#1.yaml:1:1: info: as it is [empty-pod-selector-peer]

1 error, 1 warning, 1 info (1 policy in 1 file)
`);
  });

  it("say that there is nothing, and what was not looked at", () => {
    expect(printed("text", { ...REPORT, findings: [] })).toBe("no findings (1 policy in 1 file)\n");
    expect(printed("text", { ...REPORT, findings: [], incomplete: "mistakes" })).toContain("was not checked");
  });

  it("give the fields of JSON, and no other", () => {
    const { findings } = JSON.parse(printed("json")) as { findings: Record<string, unknown>[] };
    expect(findings).toHaveLength(3);
    expect(findings[0]).toEqual({
      file: "a b/x#1.yaml",
      line: 2,
      column: 9,
      object: "NetworkPolicy shop/web",
      path: "spec.ingress[0].ports[0].port",
      type: "Invalid value",
      message: "must be between 1 and 65535, inclusive",
      severity: "error",
      id: "invalid-port-number",
    });
  });

  it("escape what GitHub's commands give a meaning to", () => {
    expect(printed("github").split("\n")).toEqual([
      "::error file=a b/x#1.yaml,line=2,col=9,endLine=2,title=invalid-port-number::NetworkPolicy shop/web: spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive%0A100%25, sure:%0Ayes",
      "::warning file=a b/x#1.yaml,line=1,col=1,endLine=1,title=redundant-rule::NetworkPolicy shop/web: spec.ingress[1]: needless",
      "::notice file=a b/x#1.yaml,line=1,col=1,endLine=1,title=empty-pod-selector-peer::as it is",
      "",
    ]);
  });

  it("write SARIF with levels, rules, places and related places", () => {
    const log = JSON.parse(printed("sarif"));
    const [run] = log.runs;
    expect(log.version).toBe("2.1.0");
    expect(run.tool.driver).toMatchObject({ name: "netverdict", version: "1.2.3" });
    expect(run.results.map((result: { level: string }) => result.level)).toEqual([
      "error",
      "warning",
      "note",
    ]);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    expect(run.results[0].locations[0]).toEqual({
      physicalLocation: {
        artifactLocation: { uri: "a%20b/x%231.yaml" },
        region: { startLine: 2, startColumn: 9, endLine: 2, endColumn: 10 },
      },
      logicalLocations: [{ fullyQualifiedName: "NetworkPolicy shop/web spec.ingress[0].ports[0].port" }],
    });
    expect(run.results[1].relatedLocations).toHaveLength(1);
    expect(run.results[2].locations[0]).not.toHaveProperty("logicalLocations");
  });
});
