import type { Labels } from "../model/kubernetes.ts";
import { asMapping } from "./fields.ts";
import { LABEL_KEY, LABEL_VALUE, whole } from "./patterns.ts";
import type { Problems } from "./problems.ts";
import { describe, type YamlEntry, type YamlNode } from "./yaml-node.ts";

const VALID_KEY = whole(LABEL_KEY);
const VALID_VALUE = whole(LABEL_VALUE);

/** Reads labels as the API server accepts them. */
export function readLabels(node: YamlNode, problems: Problems): Labels | undefined {
  const mapping = asMapping(node, '"labels"', problems, "write labels: {app: web}");
  if (mapping === undefined) return undefined;
  const before = problems.errors;
  const labels: [string, string][] = [];
  for (const entry of mapping.entries) {
    if (!isLabelKey(entry.key))
      problems.error(entry.keyRange, `"${entry.key}" is not a valid label key`, { hint: KEY_HINT });
    const value = readValue(entry, problems);
    if (value !== undefined) labels.push([entry.key, value]);
  }
  return problems.errors > before ? undefined : Object.fromEntries(labels);
}

export const KEY_HINT =
  "at most 63 letters, digits, hyphens, dots and underscores; a DNS name and a slash may come before them";
export const VALUE_HINT =
  "at most 63 letters, digits, hyphens, dots and underscores, a letter or digit at both ends";

export function isLabelKey(text: string): boolean {
  return VALID_KEY.test(text);
}

export function isLabelValue(text: string): boolean {
  return VALID_VALUE.test(text);
}

function readValue({ key, value }: YamlEntry, problems: Problems): string | undefined {
  if (value.kind !== "scalar" || typeof value.value !== "string") {
    const spelled = value.kind === "scalar" && value.value !== undefined ? `"${value.text.text}"` : undefined;
    const hint = spelled === undefined ? undefined : `quote it: ${key}: ${spelled}`;
    return problems.error(value.range, `the value of a label must be a text, not ${describe(value)}`, {
      hint,
    });
  }
  if (isLabelValue(value.value)) return value.value;
  return problems.error(value.range, `"${value.value}" is not a valid label value`, { hint: VALUE_HINT });
}
