/**
 * The API server's rules for names, labels and port names: each function gives the complaints about a text, in the API
 * server's words; none: the text is right. From k8s.io/apimachinery pkg/api/validate/content and
 * pkg/util/validation of Kubernetes 1.36.
 */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;

const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const QUALIFIED_NAME_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Some of the API server's functions say "characters" of the same limit in bytes. */
type Unit = "bytes" | "characters";

/** A name of most objects, NetworkPolicies among them (V1). */
export function dnsSubdomainErrors(value: string, unit: Unit = "characters"): string[] {
  const errors = tooLong(value, 253, unit);
  if (!matches(SUBDOMAIN, value)) errors.push(regexMessage(SUBDOMAIN_MESSAGE, SUBDOMAIN, ["example.com"]));
  return errors;
}

/** A name of a namespace. */
export function dnsLabelErrors(value: string): string[] {
  const errors = tooLong(value, 63, "characters");
  if (matches(LABEL, value)) return errors;
  if (matches(SUBDOMAIN, value)) errors.push("must not contain dots");
  else errors.push(regexMessage(LABEL_MESSAGE, LABEL, ["my-name", "123-abc"]));
  return errors;
}

/** A label's key, or an annotation's in lower case (V3). */
export function labelKeyErrors(value: string): string[] {
  const examples = ["MyName", "my.name", "123-abc"];
  const regex = regexMessage(QUALIFIED_NAME_MESSAGE, QUALIFIED_NAME, examples);
  const parts = value.split("/");
  const [name = "", prefix] = parts.toReversed();
  if (parts.length > 2) {
    return [
      `a valid label key ${regex} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  if (prefix === "") errors.push("prefix part must be non-empty");
  else if (prefix !== undefined)
    errors.push(...dnsSubdomainErrors(prefix, "bytes").map((error) => `prefix part ${error}`));
  if (name === "") errors.push("name part must be non-empty");
  else errors.push(...tooLong(name, 63, "bytes").map((error) => `name part ${error}`));
  if (!matches(QUALIFIED_NAME, name)) errors.push(`name part ${regex}`);
  return errors;
}

/** A label's value (V3). */
export function labelValueErrors(value: string): string[] {
  const errors = tooLong(value, 63, "bytes");
  if (!matches(LABEL_VALUE, value)) {
    errors.push(regexMessage(LABEL_VALUE_MESSAGE, LABEL_VALUE, ["MyValue", "my_value", "12345"]));
  }
  return errors;
}

/** A named port (V6). */
export function portNameErrors(value: string): string[] {
  const errors = tooLong(value, 15, "characters");
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** A port's number (V5). */
export function portNumberErrors(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : ["must be between 1 and 65535, inclusive"];
}

function tooLong(value: string, limit: number, unit: Unit): string[] {
  return byteLength(value) > limit ? [`must be no more than ${limit} ${unit}`] : [];
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function matches(pattern: string, value: string): boolean {
  return new RegExp(`^${pattern}$`).test(value);
}

function regexMessage(message: string, pattern: string, examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (e.g. ${list}regex used for validation is '${pattern}')`;
}
