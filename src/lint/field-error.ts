import type { ApiRuleId } from "./api-rules.ts";

/** The kinds of field errors that the API server has (apimachinery util/validation/field errors.go), in its words. */
export type FieldErrorType =
  | "Invalid value"
  | "Required value"
  | "Unsupported value"
  | "Forbidden"
  | "Duplicate value"
  | "Too long"
  | "Too many";

export type FieldPath = readonly (string | number)[];

/** Why the API server refuses an object, in its own words. */
export interface FieldError {
  /** Which of our rules it is. */
  readonly id: ApiRuleId;
  readonly type: FieldErrorType;
  /** The field that the API server names; for labels that is the map, not the entry. */
  readonly path: FieldPath;
  /** Where the mistake stands exactly, for showing it: `path` or a part of it. */
  readonly at: FieldPath;
  /** What stands there, where the API server shows it. */
  readonly value?: Value;
  /** What the API server says beyond the path, the type and the value; may be empty. */
  readonly detail: string;
  /** The whole line: `spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

export type Value = string | number | boolean | object;

export function invalid(
  id: ApiRuleId,
  path: FieldPath,
  value: Value | undefined,
  detail: string,
  at: FieldPath = path,
): FieldError {
  const shown = value === undefined ? {} : { value };
  return fieldError({ id, type: "Invalid value", path, at, ...shown, detail });
}

export function required(id: ApiRuleId, path: FieldPath, detail: string): FieldError {
  return fieldError({ id, type: "Required value", path, detail });
}

export function forbidden(id: ApiRuleId, path: FieldPath, detail: string): FieldError {
  return fieldError({ id, type: "Forbidden", path, detail });
}

export function duplicate(id: ApiRuleId, path: FieldPath, value: Value): FieldError {
  return fieldError({ id, type: "Duplicate value", path, value, detail: "" });
}

export function tooLong(id: ApiRuleId, path: FieldPath, maxBytes: number): FieldError {
  return fieldError({ id, type: "Too long", path, detail: `may not be more than ${maxBytes} bytes` });
}

export function tooMany(id: ApiRuleId, path: FieldPath, actual: number, max: number): FieldError {
  const detail = `must have at most ${max} ${max === 1 ? "item" : "items"}`;
  return fieldError({ id, type: "Too many", path, value: actual, detail });
}

export function notSupported(
  id: ApiRuleId,
  path: FieldPath,
  value: Value,
  supported: readonly string[],
): FieldError {
  const list = supported.map(quoted).join(", ");
  return fieldError({ id, type: "Unsupported value", path, value, detail: `supported values: ${list}` });
}

function fieldError({
  id,
  type,
  path,
  at = path,
  value,
  detail,
}: {
  readonly id: ApiRuleId;
  readonly type: FieldErrorType;
  readonly path: FieldPath;
  readonly at?: FieldPath;
  readonly value?: Value;
  readonly detail: string;
}): FieldError {
  const parts = [formatFieldPath(path), type, value === undefined ? "" : quoted(value), detail];
  const message = parts.filter((part) => part !== "").join(": ");
  return { id, type, path, at, ...(value === undefined ? {} : { value }), detail, message };
}

/** `spec.ingress[0].from[1]`, as the API server writes a path. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

/** A value as the API server prints it: text in Go's quotes, anything else as Go writes JSON. */
export function quoted(value: Value): string {
  return typeof value === "string" ? quoteGo(value) : goJson(value);
}

/** Go sorts the keys of maps and escapes what HTML would take for a tag. */
function goJson(value: unknown): string {
  const sorted = (_key: string, field: unknown): unknown =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field;
  return JSON.stringify(value, sorted).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** A string as Go's `%q` writes it: what can't be printed is escaped, and so is every space but the plain one. */
function quoteGo(text: string): string {
  const escaped = text.replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return GO_ESCAPES[character] ?? (code < 0x80 ? `\\x${hex(code, 2)}` : unicodeEscape(character));
  });
  return `"${escaped}"`;
}

function unicodeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
