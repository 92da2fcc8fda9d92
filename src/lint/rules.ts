import { API_RULES, type ApiRuleId } from "./api-rules.ts";
import { MEANING_RULES, type MeaningRuleId } from "./meaning-rules.ts";
import type { RuleText } from "./rule-text.ts";

export type RuleId = ApiRuleId | MeaningRuleId;

/** Everything that lint can find, by id: first what the API server refuses, then what is rarely meant. */
export const RULES: Readonly<Record<RuleId, RuleText>> = { ...API_RULES, ...MEANING_RULES };

export const RULE_IDS = Object.keys(RULES) as readonly RuleId[];

export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(RULES, text);
}
