import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { reportJunit } from "../../src/report/junit.ts";
import { buildFlow, buildReport } from "./build-report.ts";
import { PREDICTED, RICH } from "./rich-report.ts";
import { elementsOf, parseStrictXml, type XmlNode } from "./strict-xml.ts";

const OPTIONS = { color: true, width: 80, ascii: false, verbose: false };

function junit(report: RunReport): XmlNode {
  return parseStrictXml(reportJunit(report, OPTIONS));
}

function casesOf(report: RunReport): readonly XmlNode[] {
  return elementsOf(junit(report), "testcase");
}

const RESULTS = ["failure", "error", "skipped"];

function resultsOf(testcase: XmlNode | undefined): readonly XmlNode[] {
  return (testcase?.children ?? []).filter(({ name }) => RESULTS.includes(name));
}

describe("the JUnit report", () => {
  it("is what it was", async () => {
    await expect(reportJunit(RICH, OPTIONS)).toMatchFileSnapshot("golden/junit-rich.xml");
  });

  it.each([
    ["of a run", RICH],
    ["of predictions", PREDICTED],
    ["of nothing", buildReport({ flows: [], scenarios: [] })],
  ])("%s counts its cases rightly, in suites and in all", (_, report) => {
    const root = junit(report);
    const suites = root.children;
    expect(suites.length).toBeGreaterThan(0);
    for (const node of [root, ...suites]) {
      const cases = elementsOf(node, "testcase");
      const count = (name: string) =>
        String(cases.filter((one) => one.children.some((c) => c.name === name)).length);
      expect(node.attributes).toMatchObject({
        tests: String(cases.length),
        failures: count("failure"),
        errors: count("error"),
        skipped: count("skipped"),
      });
      expect(node.attributes.time).toMatch(/^\d+\.\d{3}$/);
    }
  });

  it("has a suite for each scenario, a case for each flow, and one for each error of the run", () => {
    const root = junit(RICH);
    expect(root.children.map(({ attributes }) => [attributes.name, attributes.tests])).toEqual([
      ["three-tier-broken", "15"],
      ["netverdict", "3"],
    ]);
    expect(root.children[0]?.attributes).toMatchObject({
      file: "scenarios/three-tier-broken/scenario.yaml",
      timestamp: "2026-11-21T03:00:00.000Z",
    });
  });

  it.each([
    ["fail", "failure"],
    ["inconclusive", "error"],
    ["skipped", "skipped"],
    ["pass", undefined],
  ] as const)("shows %s as %s, and as nothing else", (verdict, element) => {
    const flow = buildFlow({ verdict, cause: "policy", reason: "because" });
    const [testcase] = casesOf(buildReport({ flows: [flow, buildFlow()] }));
    expect(resultsOf(testcase).map(({ name }) => name)).toEqual(element === undefined ? [] : [element]);
    expect(resultsOf(testcase).map(({ attributes }) => attributes.message)).toEqual(
      element === undefined ? [] : ["because"],
    );
  });

  it("names the place, the suite for GitLab, and the flow as every other format does", () => {
    expect(casesOf(RICH)[1]?.attributes).toEqual({
      classname: "three-tier-broken.staging->staging",
      name: "staging/backend -> staging/database:5432/TCP allow",
      time: "2.004",
      file: "scenarios/three-tier-broken/scenario.yaml",
      line: "19",
    });
  });

  it.each([
    ["shop/api -> http://web/front:80/a/front", "api", "front", "s.shop->web"],
    ["shop/api -> dns:53/UDP", "api", "dns", "s.shop->dns"],
    ["shop/deploy/api -> 10.0.0.0/8:443/TCP", "shop/deploy/api", "10.0.0.0/8", "s.shop->outside"],
    ["shop/deploy/api -> example.com:443/TCP", "deploy/api", "example.com", "s.shop->outside"],
    ["shop/api -> shop/api:80/TCP (s)", "api", "api", "s.shop->shop"],
  ])("finds the namespaces of %s", (id, from, to, classname) => {
    const [testcase] = casesOf(buildReport({ flows: [buildFlow({ id, from, to, scenario: "s" })] }));
    expect(testcase?.attributes.classname).toBe(classname);
  });

  it("gives no two cases the same names, even if flows share one", () => {
    const cases = casesOf(
      buildReport({
        flows: [buildFlow({ id: "a -> b" }), buildFlow({ id: "a -> b" }), buildFlow({ id: "a -> b\uffff" })],
        problems: [
          { severity: "error", message: "same" },
          { severity: "error", message: "same" },
        ],
      }),
    );
    const names = cases.map(({ attributes }) => `${attributes.classname} ${attributes.name}`);
    expect(names).toHaveLength(5);
    expect(new Set(names).size).toBe(5);
  });

  it("carries the evidence of a pass, and all of a failure, in a text that CI systems show", () => {
    const cases = casesOf(RICH);
    const passed = elementsOf(cases[0] as XmlNode, "system-out")[0]?.text;
    expect(passed).toContain("settled after 3.2 s");
    expect(passed).toContain("(proof: kubelet)");
    const failed = cases[1] as XmlNode;
    const failure = elementsOf(failed, "failure")[0];
    expect(failure?.attributes.type).toBe("policy");
    for (const part of ["label tier=back-end wanted", "(proof: kubelet)", "kubectl exec", "on node-b"]) {
      expect(failure?.text).toContain(part);
    }
    expect(elementsOf(failed, "system-out")[0]?.text).toMatch(/nearest rule:.*raw output:\nnc: .*timed out/s);
  });

  it("copies the scenario's annotations as properties", () => {
    const suite = junit(RICH).children[0];
    expect(suite?.children[0]?.children.map(({ attributes }) => attributes.name)).toEqual([
      "netverdict.version",
      "netverdict.origin",
      "controls",
    ]);
  });

  it("keeps flows of a scenario that the report does not list", () => {
    expect(casesOf(buildReport({ scenarios: [] }))).toHaveLength(1);
  });
});

describe("a run that decided nothing is not green in JUnit", () => {
  const skipped = buildFlow({ verdict: "skipped", reason: "left out by --filter" });
  it.each([
    ["no flow at all", buildReport({ flows: [] }), "there is no flow at all"],
    ["all skipped", buildReport({ flows: [skipped] }), "every flow was skipped"],
    [
      "an error of the run",
      buildReport({
        problems: [
          {
            severity: "error",
            message: "canary unproven on node-b",
            hint: "look at the network plugin",
            position: { file: "shop.yaml", line: 3, column: 1 },
          },
        ],
      }),
      "canary unproven on node-b",
    ],
    [
      "an exit code of which nobody knows the reason",
      { ...buildReport(), exitCode: 2 as const },
      "could not decide",
    ],
  ])("%s", (_, report, message) => {
    expect(report.exitCode).toBe(2);
    const [run] = casesOf(report).filter(({ attributes }) => attributes.classname === "netverdict.run");
    expect(resultsOf(run).map(({ name }) => name)).toEqual(["error"]);
    expect(resultsOf(run)[0]?.attributes.message).toContain(message);
  });

  it("and a sound run has no case beside its flows", () => {
    expect(casesOf(buildReport())).toHaveLength(1);
  });
});
