import { asText } from "./fields.ts";
import type { LocatedText } from "./located-text.ts";
import { DNS_LABEL, OBJECT_NAME, whole } from "./patterns.ts";
import type { Problems } from "./problems.ts";
import type { YamlNode } from "./yaml-node.ts";

const VALID_LABEL = whole(DNS_LABEL);
const VALID_NAME = whole(OBJECT_NAME);

export const LABEL_RULE = "at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends";
export const NAME_RULE = "lower-case letters, digits, hyphens and dots, a letter or digit at both ends";

export function isDnsLabel(text: string): boolean {
  return VALID_LABEL.test(text);
}

export function isObjectName(text: string): boolean {
  return VALID_NAME.test(text);
}

export function readNamespace(node: YamlNode, problems: Problems): string | undefined {
  const text = asText(node, '"namespace"', problems)?.text;
  if (text === undefined || isDnsLabel(text)) return text;
  return problems.error(node.range, `"${text}" is not a valid namespace name`, { hint: LABEL_RULE });
}

export function readObjectName(
  node: YamlNode,
  key: "pod" | "service",
  problems: Problems,
): string | undefined {
  const text = asText(node, `"${key}"`, problems);
  return text && checkObjectName(text, key, problems);
}

/** The name, or a problem. `what`: `pod`, `service`, `workload`. */
export function checkObjectName(text: LocatedText, what: string, problems: Problems): string | undefined {
  if (isObjectName(text.text)) return text.text;
  const name = text.text.split("/").at(-1) ?? "";
  const hint = name !== text.text && isObjectName(name) ? `only the name: ${name}` : NAME_RULE;
  return problems.error(text.range, `"${text.text}" is not a valid ${what} name`, { hint });
}
