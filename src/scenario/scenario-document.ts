import type { Scenario } from "../model/scenario.ts";
import type { SourceRange } from "../source/position.ts";
import { readEndpoint } from "./declared-endpoint.ts";
import { EndpointTable } from "./endpoint-table.ts";
import { asList, asMapping, asText, asWord, type FieldRules, type Fields, readFields } from "./fields.ts";
import { checkForRepeats } from "./flow-identity.ts";
import { readFlow } from "./flow-object.ts";
import { expandFlow } from "./flows.ts";
import { isDnsLabel, LABEL_RULE, readNamespace } from "./object-names.ts";
import type { Problems } from "./problems.ts";
import { DEFAULT_TIMEOUT_MS, readTimeout } from "./timeout.ts";
import { API_VERSIONS, anyOf, RESERVED_WORDS, SCENARIO_KIND } from "./words.ts";
import { describe, type YamlMapping, type YamlNode } from "./yaml-node.ts";

const FLOWS_HINT = 'write flows: ["frontend -> backend:8080 should succeed"]';
const DOCUMENT: FieldRules = {
  keys: ["apiVersion", "kind", "metadata", "defaults", "endpoints", "flows"],
  required: {
    apiVersion: `write apiVersion: ${API_VERSIONS[0]}`,
    kind: `write kind: ${SCENARIO_KIND}`,
    metadata: "write metadata: {name: my-scenario}",
    flows: FLOWS_HINT,
  },
  advice: {
    spec: "a scenario has no spec: endpoints and flows stand at the top",
    name: "the name stands in metadata: metadata: {name: NAME}",
    namespace: "the namespace stands in defaults: defaults: {namespace: NAMESPACE}",
    timeout: "the timeout stands in defaults: defaults: {timeout: 2s}",
    "<<": "YAML 1.2 has no merge keys; use defaults, or an alias for a whole value",
  },
};
const METADATA: FieldRules = {
  keys: ["name", "annotations"],
  required: { name: "write metadata: {name: my-scenario}" },
  advice: {
    namespace: "the namespace stands in defaults: defaults: {namespace: NAMESPACE}",
    labels: "a scenario has no labels; free text goes into annotations",
  },
};
const DEFAULTS: FieldRules = { keys: ["namespace", "timeout"] };

const DEFAULT_NAMESPACE = "default";

/** A scenario that was read, and where its name stands. */
export interface ReadScenario {
  readonly scenario: Scenario;
  readonly nameRange: SourceRange;
}

/** Reads one document; undefined after an error. Flow ids are unique in the scenario only as far as it repeats none. */
export function readScenario(node: YamlNode, problems: Problems): ReadScenario | undefined {
  const before = problems.errors;
  if (node.kind === "scalar" && node.value === null) {
    return problems.error(node.range, "empty document", {
      hint: "remove the --- that begins it, or write a scenario",
    });
  }
  const document = asMapping(node, "a scenario", problems, "write apiVersion, kind, metadata and flows");
  if (document === undefined || !isScenario(document, problems)) return undefined;

  const fields = readFields(document, "a scenario", DOCUMENT, problems);
  const metadata = readMetadata(document, fields, problems);
  const defaults = readDefaults(fields, problems);
  const endpoints = readEndpoints(fields, defaults.namespace, problems);

  const name = metadata.name ?? "";
  const context = { scenario: name, timeoutMs: defaults.timeoutMs, endpoints, problems };
  const flows = readFlows(fields, problems).flatMap((flowNode) => {
    const syntax = readFlow(flowNode, problems);
    return syntax === undefined ? [] : expandFlow(syntax, context);
  });
  checkForRepeats(flows, problems);

  if (problems.errors > before) return undefined;
  // Only now: a flow with a mistake may be the one that uses the endpoint.
  endpoints.warnOfUnused(problems);
  const { file } = node.range;
  const { annotations } = metadata;
  return {
    scenario: { name, file, annotations, endpoints: endpoints.endpoints(), flows },
    nameRange: metadata.range,
  };
}

/** Checks `apiVersion` and `kind` where they are given. With other values nothing can be said about the rest. */
function isScenario(document: YamlMapping, problems: Problems): boolean {
  const find = (key: string) => document.entries.find((entry) => entry.key === key)?.value;
  const apiVersion = find("apiVersion");
  if (apiVersion !== undefined && !isText(apiVersion, API_VERSIONS)) {
    const works = `this version of Netverdict reads ${anyOf(API_VERSIONS)}`;
    const kubernetes =
      apiVersion.kind === "scalar" && /^(?:v1$|apps\/|.*\.k8s\.io\/)/.test(apiVersion.text.text);
    problems.error(apiVersion.range, unknownVersion(apiVersion), {
      hint: kubernetes ? `this is a Kubernetes object, not a scenario; ${works}` : works,
    });
    return false;
  }
  const kind = find("kind");
  return kind === undefined || asWord(kind, '"kind"', [SCENARIO_KIND], problems) !== undefined;
}

function unknownVersion(node: YamlNode): string {
  const text = node.kind === "scalar" ? node.text.text : "";
  return text === "" ? `"apiVersion" must be a text, not ${describe(node)}` : `unknown apiVersion "${text}"`;
}

function isText(node: YamlNode, texts: readonly string[]): boolean {
  return node.kind === "scalar" && typeof node.value === "string" && texts.includes(node.value);
}

function readMetadata(document: YamlMapping, fields: Fields, problems: Problems) {
  const node = fields.get("metadata")?.value;
  const mapping = node && asMapping(node, '"metadata"', problems, "write metadata: {name: my-scenario}");
  const inner = mapping && readFields(mapping, "metadata", METADATA, problems);
  const name = inner?.get("name")?.value;
  const annotations = inner?.get("annotations")?.value;
  return {
    name: name && readName(name, problems),
    annotations: annotations === undefined ? {} : readAnnotations(annotations, problems),
    range: name?.range ?? document.range,
  };
}

function readName(node: YamlNode, problems: Problems): string | undefined {
  const text = asText(node, "the name of a scenario", problems)?.text;
  if (text === undefined || isDnsLabel(text)) return text;
  return problems.error(node.range, `"${text}" is not a valid scenario name`, { hint: LABEL_RULE });
}

function readAnnotations(node: YamlNode, problems: Problems): Readonly<Record<string, string>> {
  const mapping = asMapping(node, '"annotations"', problems);
  const pairs = (mapping?.entries ?? []).map(({ key, value }): [string, string] => {
    if (value.kind === "scalar" && value.value === "") return [key, ""];
    return [key, asText(value, `the annotation "${key}"`, problems)?.text ?? ""];
  });
  return Object.fromEntries(pairs);
}

function readDefaults(fields: Fields, problems: Problems): { namespace: string; timeoutMs: number } {
  const node = fields.get("defaults")?.value;
  const mapping =
    node && asMapping(node, '"defaults"', problems, "write defaults: {namespace: shop, timeout: 2s}");
  const inner = mapping && readFields(mapping, "defaults", DEFAULTS, problems);
  const namespace = inner?.get("namespace")?.value;
  const timeout = inner?.get("timeout")?.value;
  return {
    namespace: (namespace && readNamespace(namespace, problems)) ?? DEFAULT_NAMESPACE,
    timeoutMs: (timeout && readTimeout(timeout, problems)) ?? DEFAULT_TIMEOUT_MS,
  };
}

function readEndpoints(fields: Fields, namespace: string, problems: Problems): EndpointTable {
  const table = new EndpointTable(namespace);
  const node = fields.get("endpoints")?.value;
  const mapping =
    node && asMapping(node, '"endpoints"', problems, "write endpoints: {web: {labels: {app: web}}}");
  for (const entry of mapping?.entries ?? []) {
    const { key, keyRange } = entry;
    if (RESERVED_WORDS.includes(key)) {
      problems.error(keyRange, `"${key}" is a reserved word and can't name an endpoint`, {
        hint: `the reserved words are ${RESERVED_WORDS.join(", ")}`,
      });
    } else if (!isDnsLabel(key)) {
      problems.error(keyRange, `"${key}" is not a valid endpoint name`, { hint: LABEL_RULE });
    }
    table.declare(key, keyRange, readEndpoint(entry, namespace, problems));
  }
  return table;
}

function readFlows(fields: Fields, problems: Problems): readonly YamlNode[] {
  const entry = fields.get("flows");
  if (entry === undefined) return [];
  const { value } = entry;
  if (
    (value.kind === "scalar" && value.value === null) ||
    (value.kind === "sequence" && value.items.length === 0)
  ) {
    problems.error(entry.keyRange, "no flow at all: a scenario that asks nothing proves nothing", {
      hint: FLOWS_HINT,
    });
    return [];
  }
  return asList(value, '"flows"', problems, FLOWS_HINT) ?? [];
}
