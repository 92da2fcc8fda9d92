/** The kinds of field errors that the API server has (apimachinery util/validation/field errors.go), in its words. */
export type FieldErrorType =
  | "Invalid value"
  | "Required value"
  | "Unsupported value"
  | "Forbidden"
  | "Too long";

export type FieldPath = readonly (string | number)[];

/** Why the API server refuses an object, in its own words. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** The field that the API server names; for labels that is the map, not the entry. */
  readonly path: FieldPath;
  /** Where the mistake stands exactly, for showing it: `path` or a part of it. */
  readonly at: FieldPath;
  /** The whole line: `spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

type Value = string | number | readonly string[];

export function invalid(path: FieldPath, value: Value, detail: string, at: FieldPath = path): FieldError {
  return withMessage("Invalid value", path, at, [quoted(value), detail]);
}

export function required(path: FieldPath, detail: string): FieldError {
  return withMessage("Required value", path, path, [detail]);
}

export function forbidden(path: FieldPath, detail: string): FieldError {
  return withMessage("Forbidden", path, path, [detail]);
}

export function tooLong(path: FieldPath, maxBytes: number): FieldError {
  return withMessage("Too long", path, path, [`may not be more than ${maxBytes} bytes`]);
}

export function notSupported(path: FieldPath, value: string, supported: readonly string[]): FieldError {
  const list = supported.map(quoted).join(", ");
  return withMessage("Unsupported value", path, path, [quoted(value), `supported values: ${list}`]);
}

function withMessage(
  type: FieldErrorType,
  path: FieldPath,
  at: FieldPath,
  parts: readonly string[],
): FieldError {
  const message = [formatFieldPath(path), type, ...parts.filter((part) => part !== "")].join(": ");
  return { type, path, at, message };
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

function quoted(value: Value): string {
  if (typeof value === "string") return quoteGo(value);
  return JSON.stringify(value);
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

/** A string as Go's `%q` writes it, but for characters beyond ASCII, which stay as they are. */
function quoteGo(text: string): string {
  const escaped = text.replace(/[\x00-\x1f"\\\x7f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    return GO_ESCAPES[character] ?? `\\x${code}`;
  });
  return `"${escaped}"`;
}
