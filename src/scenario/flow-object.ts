import type { Expectation } from "../model/scenario.ts";
import { asBoolean, asList, asText, asWord, type FieldRules, type Fields, readFields } from "./fields.ts";
import { parseFlowLine, parseSourceReference } from "./flow-line.ts";
import type { FlowSyntax, Located } from "./flow-syntax.ts";
import type { LocatedText } from "./located-text.ts";
import { parseProtocol, readPort } from "./port-grammar.ts";
import type { Problems } from "./problems.ts";
import { parseTarget } from "./target-grammar.ts";
import { readTimeout } from "./timeout.ts";
import { meaningOf } from "./words.ts";
import { describe, type YamlMapping, type YamlNode } from "./yaml-node.ts";

const EXPECTATIONS: readonly Expectation[] = ["allow", "deny"];

const RULES: FieldRules = {
  keys: [
    "from",
    "to",
    "port",
    "protocol",
    "expect",
    "name",
    "timeout",
    "send",
    "unreachableIsFine",
    "observe",
  ],
  required: {
    from: "write from: NAME",
    to: "write to: NAME:PORT",
    expect: "write expect: allow or expect: deny",
  },
  synonyms: {
    should: "expect",
    expected: "expect",
    source: "from",
    src: "from",
    destination: "to",
    dest: "to",
    dst: "to",
    target: "to",
  },
  advice: {
    should: "write expect: allow or expect: deny",
    ports: "a flow has one port; list several as `ports` of the endpoint",
    path: "the path is part of the target: to: http://NAME:PORT/PATH",
  },
};

/** Reads one entry of `flows`: a text in the one-line form, or a mapping that says the same. */
export function readFlow(node: YamlNode, problems: Problems): FlowSyntax | undefined {
  if (node.kind === "scalar" && typeof node.value === "string" && node.value !== "") {
    return parseFlowLine(node.text, problems);
  }
  if (node.kind !== "mapping") {
    return problems.error(node.range, `a flow must be a text or a mapping, not ${describe(node)}`, {
      hint: 'write it like "frontend -> backend:8080 should succeed"',
    });
  }
  const split = node.entries.find((entry) => /->|→/u.test(entry.key));
  if (split !== undefined) {
    return problems.error(split.keyRange, "a colon with a space after it makes this a YAML mapping", {
      hint: "no space between the colon and the port: NAME:PORT",
    });
  }
  return readObject(node, problems);
}

function readObject(node: YamlMapping, problems: Problems): FlowSyntax | undefined {
  const before = problems.errors;
  const fields = readFields(node, "a flow", RULES, problems);

  const from = readEach(fields, "from", parseSourceReference, problems);
  const to = readEach(fields, "to", parseTarget, problems);
  const port = readLocated(fields, "port", (value) => readPort(value, problems));
  const protocol = readLocated(fields, "protocol", (value) => {
    const text = asText(value, '"protocol"', problems);
    return text && parseProtocol(text, problems);
  });
  const expect = readValue(fields, "expect", (value) =>
    asWord(value, '"expect"', EXPECTATIONS, problems, meaningOf),
  );
  const name = readValue(fields, "name", (value) => readTitle(value, problems));
  const timeoutMs = readValue(fields, "timeout", (value) => readTimeout(value, problems));
  const send = readLocated(fields, "send", (value) => asText(value, '"send"', problems)?.text);
  const unreachableIsFine = readLocated(fields, "unreachableIsFine", (value) =>
    asBoolean(value, '"unreachableIsFine"', problems),
  );
  const observe = readValue(fields, "observe", (value) => asBoolean(value, '"observe"', problems));

  if (problems.errors > before || from === undefined || to === undefined || expect === undefined)
    return undefined;
  return {
    from,
    to,
    expect,
    range: node.range,
    ...(port !== undefined && { port }),
    ...(protocol !== undefined && { protocol }),
    ...(name !== undefined && { name }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(send !== undefined && { send }),
    ...(unreachableIsFine !== undefined && { unreachableIsFine }),
    ...(observe !== undefined && { observe }),
  };
}

/** `from` and `to`: one text or a list of texts. */
function readEach<Parsed>(
  fields: Fields,
  key: "from" | "to",
  parse: (source: LocatedText, problems: Problems) => Parsed | undefined,
  problems: Problems,
): readonly Parsed[] | undefined {
  const value = fields.get(key)?.value;
  if (value === undefined) return undefined;
  const items = value.kind === "sequence" ? asList(value, `"${key}"`, problems) : [value];
  return items?.flatMap((item) => {
    const text = asText(item, `"${key}"`, problems)?.trim();
    const parsed = text && parse(text, problems);
    return parsed === undefined ? [] : [parsed];
  });
}

/** A title is one line in every report. */
function readTitle(node: YamlNode, problems: Problems): string | undefined {
  const text = asText(node, '"name"', problems)?.text.trim();
  if (text === undefined || !/[\r\n]/.test(text)) return text;
  return problems.error(node.range, '"name" must be a single line');
}

function readValue<Value>(
  fields: Fields,
  key: string,
  read: (node: YamlNode) => Value | undefined,
): Value | undefined {
  const entry = fields.get(key);
  return entry && read(entry.value);
}

function readLocated<Value>(
  fields: Fields,
  key: string,
  read: (node: YamlNode) => Value | undefined,
): Located<Value> | undefined {
  const node = fields.get(key)?.value;
  const value = node && read(node);
  return node === undefined || value === undefined ? undefined : { value, range: node.range };
}
