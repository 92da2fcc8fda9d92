import {
  type FieldError,
  type FieldErrorType,
  type FieldPath,
  formatFieldPath,
  quoted,
} from "../../lint/field-error.ts";
import type { StatusCause } from "./status-error.ts";

const REASONS: Readonly<Record<FieldErrorType, string>> = {
  "Invalid value": "FieldValueInvalid",
  "Required value": "FieldValueRequired",
  "Unsupported value": "FieldValueNotSupported",
  "Duplicate value": "FieldValueDuplicate",
  Forbidden: "FieldValueForbidden",
  "Too long": "FieldValueTooLong",
  "Too many": "FieldValueTooMany",
};

export function invalidValue(path: FieldPath, value: string | number | object, detail: string): StatusCause {
  return cause("Invalid value", path, [quoted(value), detail]);
}

export function requiredValue(path: FieldPath): StatusCause {
  return cause("Required value", path, []);
}

export function duplicateValue(path: FieldPath, value: string): StatusCause {
  return cause("Duplicate value", path, [quoted(value)]);
}

export function unsupportedValue(path: FieldPath, value: string, supported: readonly string[]): StatusCause {
  return cause("Unsupported value", path, [
    quoted(value),
    `supported values: ${supported.map(quoted).join(", ")}`,
  ]);
}

export function forbiddenValue(path: FieldPath, detail: string): StatusCause {
  return cause("Forbidden", path, [detail]);
}

/** What src/lint found, as a Status carries it: the message without the field. */
export function causeOf({ type, path, message }: FieldError): StatusCause {
  const field = formatFieldPath(path);
  return { reason: REASONS[type], message: message.slice(`${field}: `.length), field };
}

function cause(type: FieldErrorType, path: FieldPath, parts: readonly string[]): StatusCause {
  return { reason: REASONS[type], message: [type, ...parts].join(": "), field: formatFieldPath(path) };
}
