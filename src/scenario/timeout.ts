import { TIMEOUT, whole } from "./patterns.ts";
import type { Problems } from "./problems.ts";
import { describe, type YamlNode } from "./yaml-node.ts";

export const DEFAULT_TIMEOUT_MS = 2000;

/** Shorter ones call slow networks closed; longer ones only make a deny flow slow. */
const MIN_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 60_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const VALID = whole(TIMEOUT);

/** `500ms`, `2s`, `1m`: from 100 milliseconds to a minute. */
export function readTimeout(node: YamlNode, problems: Problems): number | undefined {
  const text = node.kind === "scalar" ? node.text.text : "";
  const parts = /^(\d+)(ms|s|m)$/.exec(text);
  const milliseconds = Number(parts?.[1]) * (UNITS[parts?.[2] ?? ""] ?? Number.NaN);
  if (VALID.test(text)) return milliseconds;
  if (milliseconds < MIN_TIMEOUT_MS || milliseconds > MAX_TIMEOUT_MS) {
    return problems.error(node.range, `the timeout ${text} is out of range: from 100ms to 1m`);
  }
  const bare = /^[1-9]\d*$/.test(text);
  return problems.error(
    node.range,
    `"timeout" must be a duration such as 500ms, 2s or 1m, not ${describe(node)}`,
    {
      hint: bare ? `say the unit: ${text}s or ${text}ms` : undefined,
    },
  );
}
