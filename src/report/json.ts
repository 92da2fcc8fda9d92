import reportSchema from "../../schema/report.schema.json" with { type: "json" };
import type { Reporter } from "./reporter.ts";
import { type Schema, sortKeys } from "./schema-order.ts";

/**
 * The report itself, for programs; described by schema/report.schema.json, whose order of keys it has. Characters that
 * would disturb a terminal are escaped, which changes nothing for a parser.
 */
export const reportJson: Reporter = (report) => {
  const schema: Schema = reportSchema;
  const text = JSON.stringify(sortKeys(report, schema, schema), null, 2);
  return `${text.replace(UNSAFE, unicodeEscape)}\n`;
};

/** What JSON.stringify leaves as it is; only strings can hold it. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

function unicodeEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const code = character.charCodeAt(index).toString(16).padStart(4, "0");
    return `\\u${code}`;
  }).join("");
}
