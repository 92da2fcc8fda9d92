import { nearest } from "../source/nearest.ts";
import type { LocatedText } from "./located-text.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { anyOf } from "./words.ts";
import { beginning, describe, type YamlEntry, type YamlMapping, type YamlNode } from "./yaml-node.ts";

/** The entries of a mapping whose keys are all known. */
export type Fields = ReadonlyMap<string, YamlEntry>;

export interface FieldRules {
  readonly keys: readonly string[];
  /** Keys that must be there, each with advice for when it is not. */
  readonly required?: Readonly<Record<string, string>>;
  /** Wrong keys that people try, with the right one. Keys that are only misspelt need no entry. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** Advice for wrong keys where naming another key would not do. */
  readonly advice?: Readonly<Record<string, string>>;
}

/**
 * The entries by key. Unknown keys are reported and left out; so are missing ones, unless an unknown key was probably
 * meant for it. `what` names the mapping: `a flow`.
 */
export function readFields(node: YamlMapping, what: string, rules: FieldRules, problems: Problems): Fields {
  const fields = new Map<string, YamlEntry>();
  const meant = new Set<string>();
  for (const entry of node.entries) {
    if (rules.keys.includes(entry.key)) {
      fields.set(entry.key, entry);
      continue;
    }
    const right = rules.synonyms?.[entry.key] ?? nearest(entry.key, rules.keys);
    if (right !== undefined) meant.add(right);
    const known = `the keys of ${what} are ${rules.keys.join(", ")}`;
    problems.error(entry.keyRange, `unknown key "${entry.key}" in ${what}`, {
      hint: rules.advice?.[entry.key] ?? didYouMean(right, known),
    });
  }
  for (const [key, hint] of Object.entries(rules.required ?? {})) {
    if (!fields.has(key) && !meant.has(key))
      problems.error(beginning(node), `${what} needs "${key}"`, { hint });
  }
  return fields;
}

/** The mapping, or a problem: `"defaults" must be a mapping, not a list`. */
export function asMapping(
  node: YamlNode,
  what: string,
  problems: Problems,
  hint?: string,
): YamlMapping | undefined {
  if (node.kind === "mapping") return node;
  return problems.error(node.range, `${what} must be a mapping, not ${describe(node)}`, { hint });
}

/** A text that is not empty. Numbers and booleans are not taken for texts: quoting them says what is meant. */
export function asText(node: YamlNode, what: string, problems: Problems): LocatedText | undefined {
  if (node.kind === "scalar" && typeof node.value === "string" && node.value !== "") return node.text;
  if (node.kind === "scalar" && node.value === "")
    return problems.error(node.range, `${what} must not be empty`);
  const quotable = node.kind === "scalar" && node.text.text !== "" && typeof node.value !== "string";
  return problems.error(node.range, `${what} must be a text, not ${describe(node)}`, {
    hint: quotable ? `quote it: "${node.text.text}"` : undefined,
  });
}

export function asBoolean(node: YamlNode, what: string, problems: Problems): boolean | undefined {
  if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
  // YAML 1.1 took these for booleans, YAML 1.2 does not.
  const text = node.kind === "scalar" ? node.text.text.toLowerCase() : "";
  const meant = /^(?:yes|on|y)$/.test(text) ? "true" : /^(?:no|off|n)$/.test(text) ? "false" : undefined;
  return problems.error(node.range, `${what} must be true or false, not ${describe(node)}`, {
    hint: didYouMean(meant ?? nearest(text, ["true", "false"])),
  });
}

export interface Bounds {
  readonly min: number;
  readonly max?: number;
}

export function asInteger(
  node: YamlNode,
  what: string,
  bounds: Bounds,
  problems: Problems,
): number | undefined {
  const value = node.kind === "scalar" ? node.value : undefined;
  if (typeof value === "number" && Number.isInteger(value)) {
    if (value >= bounds.min && value <= (bounds.max ?? Number.MAX_SAFE_INTEGER)) return value;
  }
  const limits =
    bounds.max === undefined ? `of at least ${bounds.min}` : `from ${bounds.min} to ${bounds.max}`;
  return problems.error(node.range, `${what} must be a whole number ${limits}, not ${describe(node)}`);
}

/** One of some words. `means` recognises other words for one of them. */
export function asWord<Word extends string>(
  node: YamlNode,
  what: string,
  words: readonly Word[],
  problems: Problems,
  means: (word: string) => Word | undefined = () => undefined,
): Word | undefined {
  const text = node.kind === "scalar" ? node.text.text : undefined;
  if (node.kind === "scalar" && typeof node.value === "string") {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
  }
  const meant = text === undefined ? undefined : (means(text) ?? nearest(text, words));
  return problems.error(node.range, `${what} must be ${anyOf(words)}, not ${describe(node)}`, {
    hint: didYouMean(meant),
  });
}

/** A list with at least one item. */
export function asList(
  node: YamlNode,
  what: string,
  problems: Problems,
  hint?: string,
): readonly YamlNode[] | undefined {
  if (node.kind !== "sequence") {
    return problems.error(node.range, `${what} must be a list, not ${describe(node)}`, { hint });
  }
  if (node.items.length > 0) return node.items;
  return problems.error(node.range, `${what} is an empty list`, { hint });
}
