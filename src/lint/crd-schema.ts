import { parseCidr } from "../selectors/cidr.ts";
import {
  duplicate,
  type FieldError,
  type FieldPath,
  formatFieldPath,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "./field-error.ts";
import { byteLength } from "./name-syntax.ts";

/** The part of a structural schema (OpenAPI v3) that the admin policies' CRDs use. */
export interface CrdSchema {
  readonly type: string;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly additionalProperties?: CrdSchema;
  readonly items?: CrdSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
}

type Fields = Readonly<Record<string, unknown>>;

const ID = "invalid-admin-policy";

/**
 * What the API server would refuse of a custom resource that it could decode, in its own words (kube-openapi
 * pkg/validation, apiextensions-apiserver pkg/registry/customresource of 1.36). Rules in CEL are looked at only where
 * nothing that it calls blocking was found before.
 */
export function crdErrors(schema: CrdSchema, object: Fields): FieldError[] {
  const errors = [...schemaErrors(schema, object, []), ...setErrors(schema, object, [])];
  const blocking = ["Unsupported value", "Required value", "Too long", "Too many"];
  return errors.some(({ type }) => blocking.includes(type))
    ? errors
    : [...errors, ...ruleErrors(schema, object, [])];
}

function schemaErrors(schema: CrdSchema, value: unknown, path: FieldPath): FieldError[] {
  if (Array.isArray(value)) return listErrors(schema, value, path);
  if (isFields(value)) return objectErrors(schema, value, path);
  const body = (value: string | number, what: string) =>
    invalid(ID, path, value, `${formatFieldPath(path)} in body should ${what}`);
  const errors: FieldError[] = [];
  if (typeof value === "string") {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
    if (byteLength(value) > maxLength) errors.push(tooLong(ID, path, maxLength));
    if (byteLength(value) < minLength) errors.push(body(value, `be at least ${minLength} chars long`));
    if (pattern !== undefined && !new RegExp(pattern).test(value)) {
      errors.push(body(value, `match '${pattern}'`));
    }
    if (schema.enum?.includes(value) === false) errors.push(notSupported(ID, path, value, schema.enum));
  } else if (typeof value === "number") {
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
    if (value < minimum) errors.push(body(value, `be greater than or equal to ${minimum}`));
    if (value > maximum) errors.push(body(value, `be less than or equal to ${maximum}`));
  }
  return errors;
}

function listErrors(schema: CrdSchema, values: readonly unknown[], path: FieldPath): FieldError[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const errors =
    items === undefined ? [] : values.flatMap((value, index) => schemaErrors(items, value, [...path, index]));
  const name = formatFieldPath(path);
  if (values.length < minItems) {
    errors.push(invalid(ID, path, values.length, `${name} in body should have at least ${minItems} items`));
  }
  if (values.length > maxItems) errors.push(tooMany(ID, path, values.length, maxItems));
  return errors;
}

function objectErrors(schema: CrdSchema, value: Fields, path: FieldPath): FieldError[] {
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
  const size = Object.keys(value).length;
  const errors: FieldError[] = [];
  if (size < minProperties) {
    const name = formatFieldPath(path);
    errors.push(invalid(ID, path, size, `${name} in body should have at least ${minProperties} properties`));
  }
  if (size > maxProperties) errors.push(tooMany(ID, path, size, maxProperties));
  for (const [key, child, field] of children(schema, value)) {
    errors.push(...schemaErrors(child, field, [...path, key]));
  }
  for (const key of schema.required ?? []) {
    if (isMissing(value, key)) errors.push(required(ID, [...path, key], ""));
  }
  return errors;
}

/** A selector's condition without a key or operator is decoded as one of which they are empty. */
function isMissing(value: Fields, key: string): boolean {
  return !Object.hasOwn(value, key) || ((key === "key" || key === "operator") && value[key] === "");
}

/** Lists that are sets: each value that is there again is named once. */
function setErrors(schema: CrdSchema, value: unknown, path: FieldPath): FieldError[] {
  if (isFields(value)) {
    return children(schema, value).flatMap(([key, child, field]) => setErrors(child, field, [...path, key]));
  }
  if (!Array.isArray(value)) return [];
  const { items } = schema;
  const again =
    schema["x-kubernetes-list-type"] === "set"
      ? value.flatMap((item, index) =>
          isSecond(value, item, index) ? [duplicate(ID, [...path, index], item)] : [],
        )
      : [];
  return items === undefined
    ? again
    : [...again, ...value.flatMap((item, index) => setErrors(items, item, [...path, index]))];
}

function isSecond(values: readonly unknown[], item: unknown, index: number): boolean {
  const first = values.indexOf(item);
  return first !== index && values.indexOf(item, first + 1) === index;
}

function ruleErrors(schema: CrdSchema, value: unknown, path: FieldPath): FieldError[] {
  const errors = (schema["x-kubernetes-validations"] ?? []).flatMap(({ rule, message }) => {
    const holds = RULES[rule];
    if (holds === undefined) throw new Error(`no check is known for the CEL rule ${rule}`);
    if (holds(value)) return [];
    // Of objects the API server does not show the value.
    const named = path.length === 0 ? ["<nil>"] : path;
    const at = path.length === 0 ? ["metadata", "name"] : path;
    return [invalid(ID, named, typeof value === "string" ? value : undefined, message, at)];
  });
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? errors
      : [...errors, ...value.flatMap((item, index) => ruleErrors(items, item, [...path, index]))];
  }
  if (!isFields(value)) return errors;
  return [
    ...errors,
    ...children(schema, value).flatMap(([key, child, field]) => ruleErrors(child, field, [...path, key])),
  ];
}

/** The CEL rules of the CRDs, by their text. */
const RULES: Readonly<Record<string, (value: unknown) => boolean>> = {
  "self.start < self.end": (value) => isFields(value) && Number(value.start) < Number(value.end),
  "isCIDR(self)": (value) => typeof value === "string" && isCelCidr(value),
  "self.metadata.name == 'default'": (value) =>
    isFields(value) && isFields(value.metadata) && value.metadata.name === "default",
  "!(self.to.exists(peer, has(peer.networks) || has(peer.nodes) || has(peer.domainNames)) && has(self.protocols) && self.protocols.exists(protocol, has(protocol.destinationNamedPort)))":
    (value) =>
      !namesPortsOfHosts(value, ["networks", "nodes", "domainNames"], "protocols", "destinationNamedPort"),
  "!(self.to.exists(peer, has(peer.networks) || has(peer.nodes) || has(peer.domainNames)) && has(self.ports) && self.ports.exists(port, has(port.namedPort)))":
    (value) => !namesPortsOfHosts(value, ["networks", "nodes", "domainNames"], "ports", "namedPort"),
  "!(self.to.exists(peer, has(peer.networks) || has(peer.nodes)) && has(self.ports) && self.ports.exists(port, has(port.namedPort)))":
    (value) => !namesPortsOfHosts(value, ["networks", "nodes"], "ports", "namedPort"),
};

/** CEL reads a CIDR by Go's netip: no leading zeros and no IPv4-mapped address; bits behind the prefix may be set. */
function isCelCidr(text: string): boolean {
  return (
    parseCidr(text) !== undefined &&
    !/(^|[.:/])0[0-9]/.test(text.replace(/:0+(?=[0-9a-f])/gi, ":")) &&
    !/^::ffff:/i.test(text)
  );
}

function namesPortsOfHosts(rule: unknown, hosts: readonly string[], ports: string, named: string): boolean {
  if (!isFields(rule)) return false;
  const has = (list: unknown, keys: readonly string[]) =>
    Array.isArray(list) &&
    list.some((item) => isFields(item) && keys.some((key) => Object.hasOwn(item, key)));
  return has(rule.to, hosts) && has(rule[ports], [named]);
}

/** The fields of an object that the schema says something about. */
function children(schema: CrdSchema, value: Fields): [key: string, schema: CrdSchema, field: unknown][] {
  return Object.entries(value).flatMap(([key, field]): [string, CrdSchema, unknown][] => {
    const { properties = {}, additionalProperties } = schema;
    const child = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    return child === undefined ? [] : [[key, child, field]];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
