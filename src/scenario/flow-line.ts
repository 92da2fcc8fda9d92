import type { Expectation } from "../model/scenario.ts";
import { nearest } from "../source/nearest.ts";
import type { FlowSyntax, Reference } from "./flow-syntax.ts";
import type { LocatedText } from "./located-text.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { parseReference } from "./reference-grammar.ts";
import { parseTarget } from "./target-grammar.ts";
import { meaningOf } from "./words.ts";

const EXAMPLE = "frontend -> backend:8080 should succeed";
/** Everything that is meant as an arrow; only `->` and `→` are accepted. */
const ARROW = /-+>|=+>|~+>|>+|[→⇒➔➜➝➞⟶⟹—–]>?|(?<=\s)-+(?=\s)/u;
const EXPECTATIONS = { succeed: "allow", fail: "deny" } as const satisfies Record<string, Expectation>;

/** Parses `SOURCE -> TARGET should succeed|fail`. Both ends and the expectation are checked, whichever is wrong. */
export function parseFlowLine(source: LocatedText, problems: Problems): FlowSyntax | undefined {
  const line = source.trim();
  const arrow = ARROW.exec(line.text);
  if (arrow === null) {
    return problems.error(line.range, 'a flow needs "->" between its source and its target', {
      hint: `write it like "${EXAMPLE}"`,
    });
  }
  const afterArrow = arrow.index + arrow[0].length;
  if (arrow[0] !== "->" && arrow[0] !== "→") {
    return problems.error(line.slice(arrow.index, afterArrow).range, `unknown arrow "${arrow[0]}"`, {
      hint: 'write "->"',
    });
  }
  const from = parseSource(line.slice(0, arrow.index), problems);
  const rest = parseRest(line.slice(afterArrow), problems);
  if (from === undefined || rest === undefined) return undefined;
  return { from: [from], ...rest, range: line.range };
}

function parseSource(part: LocatedText, problems: Problems): Reference | undefined {
  const [first, second] = part.words();
  if (first === undefined) return problems.error(part.range, 'missing source before "->"');
  if (second !== undefined) return problems.error(second.range, `unexpected "${second.text}" before "->"`);
  return parseSourceReference(first, problems);
}

/** A reference that stands for a source: without port, protocol or scheme. */
export function parseSourceReference(source: LocatedText, problems: Problems): Reference | undefined {
  const { text } = source;
  const scheme = /^[a-z]+:\/\//i.exec(text);
  if (scheme !== null) {
    return problems.error(source.slice(0, scheme[0].length).range, "a source has no scheme", {
      hint: "only the target of a flow can be a URL",
    });
  }
  const port = /^(?:\[[^\]]*\]|[^:[\]]*)(:[^:]*)$/.exec(text)?.[1];
  if (port !== undefined) {
    return problems.error(source.slice(text.length - port.length).range, "a source has no port", {
      hint: "ports are those of the target",
    });
  }
  return parseReference(source, problems);
}

function parseRest(part: LocatedText, problems: Problems): Pick<FlowSyntax, "to" | "expect"> | undefined {
  const [target, ...tail] = part.words();
  if (target === undefined || target.text === "should") {
    return problems.error(target?.range ?? part.slice(part.text.length).range, 'missing target after "->"');
  }
  const next = tail.find((word) => ["->", "→"].includes(word.text));
  if (next !== undefined) {
    return problems.error(next.range, "a flow has one source and one target", {
      hint: "write one flow for each hop",
    });
  }
  const to = parseTarget(target, problems);
  const expect = parseExpectation(tail, part.slice(part.text.length), problems);
  return to === undefined || expect === undefined ? undefined : { to: [to], expect };
}

function parseExpectation(
  words: readonly LocatedText[],
  end: LocatedText,
  problems: Problems,
): Expectation | undefined {
  const [should, outcome, extra] = words;
  if (should === undefined) {
    return problems.error(end.range, 'missing "should succeed" or "should fail" at the end');
  }
  if (should.text !== "should") {
    const meant = meaningOf(should.text);
    return problems.error(should.range, `expected "should" after the target, not "${should.text}"`, {
      hint: meant === undefined ? afterTarget(should.text) : `write "should ${wordFor(meant)}"`,
    });
  }
  if (outcome === undefined) {
    return problems.error(end.range, 'expected "succeed" or "fail" after "should"');
  }
  if (outcome.text !== "succeed" && outcome.text !== "fail") {
    return problems.error(outcome.range, `expected "succeed" or "fail", not "${outcome.text}"`, {
      hint: meantOutcome(outcome.text, extra?.text),
    });
  }
  if (extra !== undefined) {
    return problems.error(extra.range, `unexpected "${extra.text}" at the end of the flow`);
  }
  return EXPECTATIONS[outcome.text];
}

function afterTarget(word: string): string | undefined {
  if (word.startsWith(":") || /^\d+$/.test(word)) return "no space before the port: NAME:PORT";
  return didYouMean(nearest(word, ["should"]));
}

function meantOutcome(word: string, following: string | undefined): string | undefined {
  if (word === "not") return 'write "should fail"';
  const meant = meaningOf(word === "be" ? (following ?? "") : word);
  if (meant !== undefined) return `write "should ${wordFor(meant)}"`;
  return didYouMean(nearest(word, Object.keys(EXPECTATIONS)));
}

function wordFor(expectation: Expectation): "succeed" | "fail" {
  return expectation === "allow" ? "succeed" : "fail";
}
