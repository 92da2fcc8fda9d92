import type { Expectation, LabelsEndpoint, Scenario } from "../model/scenario.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { createTextFile, type TextFile } from "../source/text-file.ts";
import { EndpointTable } from "./endpoint-table.ts";
import { withUniqueIds } from "./flow-identity.ts";
import { parseSourceReference } from "./flow-line.ts";
import type { NameReference, Reference } from "./flow-syntax.ts";
import { expandFlow } from "./flows.ts";
import { isLabelKey, isLabelValue, KEY_HINT, VALUE_HINT } from "./label-map.ts";
import { LocatedText } from "./located-text.ts";
import { Problems } from "./problems.ts";
import { parseTarget } from "./target-grammar.ts";

export interface FlowArgumentOptions {
  /** Of the stand-in, and of references that name none. */
  readonly namespace: string;
  readonly expect: Expectation;
  readonly timeoutMs: number;
}

export interface ParsedFlowArguments {
  /** Absent where there is an error. It holds the one flow, or one for each port. */
  readonly scenario?: Scenario;
  readonly diagnostics: readonly Diagnostic[];
  /** What the diagnostics point into: both arguments as one line, as they were typed. */
  readonly text: TextFile;
}

const ARGUMENT_PATH = "<argument>";
const SCENARIO_NAME = "argument";

/**
 * Reads a flow from two words of a command line. `from`: a reference, or labels (`tier=frontend,app=web`) for a stand-in
 * that may be nobody's. `target`: a target of the grammar. There are no endpoints to name but `dns`.
 */
export function parseFlowArguments(
  from: string,
  target: string,
  options: FlowArgumentOptions,
): ParsedFlowArguments {
  const text = createTextFile(ARGUMENT_PATH, `${from} ${target}`);
  const problems = new Problems();
  const endpoints = new EndpointTable(options.namespace);
  const fromText = new LocatedText(text, from, 0, from.length);
  const targetText = new LocatedText(text, target, from.length + 1, text.text.length);

  const source = parseFrom(fromText, options.namespace, endpoints, problems);
  const to = parseTarget(targetText, problems);
  if (source === undefined || to === undefined) return { diagnostics: problems.diagnostics, text };

  const range = new LocatedText(text, text.text, 0, text.text.length).range;
  const syntax = { from: [source], to: [to], expect: options.expect, range };
  const flows = expandFlow(syntax, {
    scenario: SCENARIO_NAME,
    timeoutMs: options.timeoutMs,
    endpoints,
    problems,
  });
  if (problems.errors > 0) return { diagnostics: problems.diagnostics, text };
  const scenario = {
    name: SCENARIO_NAME,
    file: ARGUMENT_PATH,
    annotations: {},
    endpoints: endpoints.endpoints(),
    flows,
  };
  return { ...withFirst(withUniqueIds([scenario])), diagnostics: problems.diagnostics, text };
}

function withFirst([scenario]: readonly Scenario[]): { readonly scenario?: Scenario } {
  return scenario === undefined ? {} : { scenario };
}

function parseFrom(
  source: LocatedText,
  namespace: string,
  endpoints: EndpointTable,
  problems: Problems,
): Reference | undefined {
  if (!source.text.includes("=")) return parseSourceReference(source, problems);
  const endpoint = parseLabels(source, namespace, problems);
  if (endpoint === undefined) return undefined;
  endpoints.declare(endpoint.name, endpoint.range, endpoint);
  return { kind: "name", text: endpoint.name, range: source.range } satisfies NameReference;
}

/** `tier=frontend,app=web`: a stand-in with these labels. */
function parseLabels(source: LocatedText, namespace: string, problems: Problems): LabelsEndpoint | undefined {
  const before = problems.errors;
  const labels = new Map<string, string>();
  for (const pair of source.split(",")) {
    const equals = pair.text.indexOf("=");
    const key = pair.slice(0, equals === -1 ? pair.text.length : equals);
    const value = pair.slice(equals === -1 ? pair.text.length : equals + 1);
    if (equals === -1) {
      problems.error(pair.range, `"${pair.text}" is not a label`, { hint: "write KEY=VALUE" });
    } else if (!isLabelKey(key.text)) {
      problems.error(key.range, `"${key.text}" is not a valid label key`, { hint: KEY_HINT });
    } else if (!isLabelValue(value.text)) {
      problems.error(value.range, `"${value.text}" is not a valid label value`, { hint: VALUE_HINT });
    } else if (labels.has(key.text)) {
      problems.error(key.range, `the label "${key.text}" is given twice`);
    } else {
      labels.set(key.text, value.text);
    }
  }
  if (problems.errors > before) return undefined;
  return {
    kind: "labels",
    name: source.text,
    range: source.range,
    namespace,
    labels: Object.fromEntries(labels),
    ports: [],
    standIn: false,
    hypothetical: true,
  };
}
