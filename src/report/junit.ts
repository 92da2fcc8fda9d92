import type { FlowReport, RunReport } from "../model/report.ts";
import { type Detail, printDetails } from "./detail.ts";
import { flowDetails, policyDetails } from "./flow-details.ts";
import { type CaseName, CaseNames } from "./junit-names.ts";
import { createPrinter } from "./printer.ts";
import type { Reporter } from "./reporter.ts";
import { enforcementTexts, notesOn, originText, problemText, whyUndecided } from "./run-facts.ts";
import { countErrors, decidingTarget } from "./words.ts";
import { formatXml, type XmlElement } from "./xml.ts";

/**
 * JUnit XML for CI systems: a suite a scenario, a case a flow. A broken expectation is a `failure`, what could not be
 * decided an `error`. Errors of the run and runs without a flow are cases of a suite `netverdict`, since these systems
 * look at cases only and take a file without a failed one for green.
 */
export const reportJunit: Reporter = (report) => {
  const names = new CaseNames();
  const suites = [
    ...scenarioSuites(report).map((suite) => flowSuite(suite, report, names)),
    ...runSuite(report, names),
  ];
  return formatXml({
    name: "testsuites",
    attributes: {
      name: "netverdict",
      ...totals(
        suites.flatMap(({ cases }) => cases),
        report.durationMs,
      ),
    },
    content: suites.map(({ element }) => element),
  });
};

type Outcome = "passed" | "failure" | "error" | "skipped";

interface Case {
  readonly outcome: Outcome;
  readonly durationMs: number;
  readonly element: XmlElement;
}

interface Suite {
  readonly cases: readonly Case[];
  readonly element: XmlElement;
}

interface ScenarioSuite {
  readonly name: string;
  readonly file: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly flows: readonly FlowReport[];
}

/** In the order of the report's scenarios; flows of others, which there should not be, are not lost. */
function scenarioSuites({ scenarios, flows }: RunReport): readonly ScenarioSuite[] {
  const names = new Set([...scenarios.map(({ name }) => name), ...flows.map(({ scenario }) => scenario)]);
  return [...names].map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    return {
      name,
      file: scenario?.file,
      annotations: scenario?.annotations ?? {},
      flows: flows.filter((flow) => flow.scenario === name),
    };
  });
}

function flowSuite(suite: ScenarioSuite, report: RunReport, names: CaseNames): Suite {
  const cases = suite.flows.map((flow) => flowCase(flow, names.of(flow)));
  const properties = Object.entries(suite.annotations).map(([name, value]) => ({ name, value }));
  return suiteOf(suite.name, cases, {
    file: suite.file,
    report,
    properties: [{ name: "netverdict.origin", value: originText(report) }, ...properties],
  });
}

function flowCase(flow: FlowReport, { classname, name }: CaseName): Case {
  const durationMs = Math.max(0, ...flow.targets.map((target) => target.durationMs ?? 0));
  const { outcome, element } = resultOf(flow);
  const said = systemOut(flow);
  const attributes = {
    classname,
    name,
    time: inSeconds(durationMs),
    file: flow.position.file,
    line: flow.position.line,
  };
  const content = [
    propertiesOf([
      { name: "expected", value: flow.expected },
      { name: "predicted", value: flow.predicted },
      { name: "observed", value: flow.observed ?? "not observed" },
      ...(flow.name === undefined ? [] : [{ name: "title", value: flow.name }]),
    ]),
    ...element,
    ...(said === "" ? [] : [{ name: "system-out", content: said }]),
  ];
  return { outcome, durationMs, element: { name: "testcase", attributes, content } };
}

function resultOf(flow: FlowReport): { outcome: Outcome; element: readonly XmlElement[] } {
  const { verdict, reason: message, cause } = flow;
  const attributes = { message, type: cause ?? verdict };
  const content = blockText(flowDetails(flow, { verbose: false }));
  switch (verdict) {
    case "pass":
      return { outcome: "passed", element: [] };
    case "fail":
      return { outcome: "failure", element: [{ name: "failure", attributes, content }] };
    case "inconclusive":
      return { outcome: "error", element: [{ name: "error", attributes, content }] };
    case "skipped":
      return { outcome: "skipped", element: [{ name: "skipped", attributes: { message } }] };
    default: {
      const never: never = verdict;
      throw new Error(`unhandled verdict ${String(never)}`);
    }
  }
}

/** For a flow that passed all there is to know; for others the failure says it, so only the policies and raw output. */
function systemOut(flow: FlowReport): string {
  const failed = flow.verdict === "fail" || flow.verdict === "inconclusive";
  const output = decidingTarget(flow)?.output;
  const parts = [
    ...notesOn(flow).map((note) => `note: ${note}`),
    blockText(failed ? policyDetails(flow) : flowDetails(flow, { verbose: true })),
    ...(failed && output !== undefined ? [`raw output:\n${output.trimEnd()}`] : []),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** CI systems wrap by themselves. */
const PRINTER = createPrinter({ color: false, ascii: false, width: Number.POSITIVE_INFINITY });

function blockText(details: readonly Detail[]): string {
  return printDetails(details, PRINTER).join("\n");
}

/** What concerns no single flow; nothing where the run was sound. */
function runSuite(report: RunReport, names: CaseNames): readonly Suite[] {
  const errors = report.problems.filter(({ severity }) => severity === "error");
  const messages = errors.map((problem) => ({
    message: problemText(problem),
    hint: problem.hint,
    position: problem.position,
  }));
  const unenforced = enforcementTexts(report)
    .filter(({ severity }) => severity === "error")
    .map(({ text }) => ({ message: text, hint: undefined, position: undefined }));
  const undecided =
    report.summary.inconclusive === 0 && countErrors(report) === 0 && unenforced.length === 0
      ? whyUndecided(report)
      : undefined;
  const all = [
    ...unenforced,
    ...messages,
    ...(undecided === undefined ? [] : [{ message: undecided, hint: undefined, position: undefined }]),
  ];
  if (all.length === 0) return [];
  const cases = all.map(({ message, hint, position }): Case => {
    const attributes = {
      ...names.unique("netverdict.run", message),
      time: inSeconds(0),
      file: position?.file,
      line: position?.line,
    };
    const error = {
      name: "error",
      attributes: { message, type: "run" },
      content: hint === undefined ? message : `${message}\nhint: ${hint}`,
    };
    return { outcome: "error", durationMs: 0, element: { name: "testcase", attributes, content: [error] } };
  });
  return [suiteOf("netverdict", cases, { file: undefined, report, properties: [] })];
}

interface SuiteOptions {
  readonly file: string | undefined;
  readonly report: RunReport;
  readonly properties: readonly Property[];
}

function suiteOf(name: string, cases: readonly Case[], { file, report, properties }: SuiteOptions): Suite {
  const durationMs = cases.reduce((sum, one) => sum + one.durationMs, 0);
  const attributes = { name, ...totals(cases, durationMs), timestamp: report.startedAt, file };
  const content = [
    propertiesOf([{ name: "netverdict.version", value: report.version }, ...properties]),
    ...cases.map(({ element }) => element),
  ];
  return { cases, element: { name: "testsuite", attributes, content } };
}

interface Property {
  readonly name: string;
  readonly value: string;
}

function propertiesOf(properties: readonly Property[]): XmlElement {
  return {
    name: "properties",
    content: properties.map(({ name, value }) => ({ name: "property", attributes: { name, value } })),
  };
}

function totals(cases: readonly Case[], durationMs: number): Readonly<Record<string, string | number>> {
  const count = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length;
  return {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: inSeconds(durationMs),
  };
}

/** Seconds with a point, whatever the locale. */
function inSeconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}
