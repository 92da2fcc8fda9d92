import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLSeq,
} from "yaml";
import type { Span, TextProblem } from "./raw-document.ts";

/*
 * The API server and kubectl read YAML with a port of libyaml (go.yaml.in/yaml/v2), which follows YAML 1.1; our parser
 * follows YAML 1.2. What libyaml refuses, or would read as something else, is refused here too: no object may mean one
 * thing to us and another to the cluster.
 */

/** Characters that libyaml's reader refuses (readerc.go). A byte order mark was cut off where it is allowed. */
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ud800-\udfff\ue000-\ufefe\uff00-\ufffd]/;

/** NEL, LS, PS and a lone CR break lines in YAML 1.1 and do not in YAML 1.2. */
const UNUSUAL_BREAK = /[\x85\u2028\u2029]|\r(?!\n)/;

/** The first character that may not stand in a text. */
export function unreadableCharacter(text: string): TextProblem | undefined {
  const unreadable = UNREADABLE.exec(text);
  if (unreadable !== null) {
    return { span: spanAt(unreadable.index), message: "YAML: control characters are not allowed" };
  }
  const unusual = UNUSUAL_BREAK.exec(text);
  if (unusual === null) return undefined;
  const code = unusual[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    span: spanAt(unusual.index),
    message: `YAML: the character U+${code} breaks lines for some readers and not for others`,
    hint: "remove it, or write it as an escape in double quotes",
  };
}

/** The first place that libyaml refuses or reads as something else. */
export function firstDifference(document: Document, text: string): TextProblem | undefined {
  if (!/[{[\t&*!]|\\["/]/.test(text)) return undefined;
  let problem: TextProblem | undefined;
  const report = (found: TextProblem | undefined) => {
    problem = found;
    return found === undefined ? undefined : visit.BREAK;
  };
  visit(document, {
    Alias: (_, alias) => report(oddAnchor(alias, alias.source)),
    Pair: (_, pair, path) => report(inFlow(path) ? missingSpace(pair, text) : undefined),
    Map: (_, map) => report(oddAnchor(map, map.anchor) ?? oddTag(map)),
    Seq: (_, seq) => report(oddAnchor(seq, seq.anchor) ?? oddTag(seq) ?? tabAfterDash(seq, text)),
    Scalar: (_, scalar, path) =>
      report(oddAnchor(scalar, scalar.anchor) ?? oddTag(scalar) ?? oddScalar(scalar, text, inFlow(path))),
  });
  return problem;
}

function inFlow(path: readonly unknown[]): boolean {
  return path.findLast((node) => isMap(node) || isSeq(node))?.flow === true;
}

/** In `{app:}` libyaml sees a key `app:`. */
function missingSpace({ key }: Pair, text: string): TextProblem | undefined {
  const colon = isScalar(key) && key.type === "PLAIN" ? (key.range?.[1] ?? 0) : 0;
  if (text.charAt(colon) !== ":" || /^\s?$/.test(text.charAt(colon + 1))) return undefined;
  return { span: spanAt(colon), message: "YAML: a space is missing after the colon" };
}

function oddAnchor(node: Node, name: string | undefined): TextProblem | undefined {
  if (name === undefined || /^[\w-]+$/.test(name)) return undefined;
  return {
    span: spanOf(node),
    message: `YAML: the name "${name}" of an anchor holds more than letters, digits, - and _`,
  };
}

/** libyaml takes characters into a tag that our parser ends it at; and a tag of their own nobody here resolves. */
function oddTag(node: Node): TextProblem | undefined {
  if (node.tag === undefined || /^tag:yaml\.org,2002:[a-z]+$/.test(node.tag)) return undefined;
  return { span: spanOf(node), message: `YAML: the tag ${node.tag} is not known`, hint: "remove it" };
}

function tabAfterDash(seq: YAMLSeq, text: string): TextProblem | undefined {
  if (seq.flow === true) return undefined;
  for (const item of seq.items) {
    const span = spanOf(item);
    if (/\t[ \t]*$/.test(text.slice(Math.max(0, span.start - 80), span.start))) {
      return { span, message: "YAML: a tab stands between a dash and what it begins", hint: "use spaces" };
    }
  }
  return undefined;
}

function oddScalar(scalar: Scalar, text: string, flow: boolean): TextProblem | undefined {
  const span = spanOf(scalar);
  const source = text.slice(span.start, span.end);
  switch (scalar.type) {
    case "QUOTE_DOUBLE":
      // Our parser takes an escaped quote at the end of a line for the closing one.
      if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(source)) return { span, message: "YAML: missing closing quote" };
      if (!/^(?:[^\\]|\\[^/])*\\\//.test(source)) return undefined;
      return { span, message: "YAML: found unknown escape character: \\/", hint: "write / alone" };
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL":
      if (!/^[^\n]*\n(?: *\r?\n)* *\t/.test(source)) return undefined;
      return {
        span,
        message: "YAML: found a tab character where an indentation space is expected",
        hint: "use spaces",
      };
    case "PLAIN":
      if (!flow || !/^:|\?/.test(source)) return undefined;
      return {
        span,
        message: "YAML: between braces or brackets a word holds no question mark and begins with no colon",
        hint: "put it in quotes",
      };
    default:
      return undefined;
  }
}

function spanAt(offset: number): Span {
  return { start: offset, end: offset + 1 };
}

function spanOf(node: unknown): Span {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
}
