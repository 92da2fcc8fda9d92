import { isJsonObject, type JsonObject, type JsonValue } from "../../manifests/json-value.ts";
import type { Enforcement, ExecFault, LabFaults, RequestFault } from "../model.ts";
import { badRequest } from "./status-error.ts";

const ENFORCEMENTS: readonly Enforcement[] = ["reject", "drop", "reset", "off"];
const EXEC_FAULTS: readonly ExecFault["kind"][] = ["cut", "silent", "truncated", "lost-status", "refuse"];
const REQUEST_FAULTS: readonly RequestFault["status"][] = [429, 500, 502, 503, 504, "reset", "silent"];

/** A lab in which nothing goes wrong. */
export function noFaults(): LabFaults {
  return {
    enforcement: "drop",
    unenforcedNodes: [],
    policyDelayMs: 0,
    failOpenMs: 0,
    failClosedMs: 0,
    exec: [],
    requests: [],
  };
}

/** What a request wants changed: fields that it leaves out stay. 400 names the field that is wrong. */
export function parseFaults(body: JsonObject): Partial<LabFaults> {
  const faults: Partial<LabFaults> = {};
  for (const [name, value] of Object.entries(body)) {
    switch (name) {
      case "enforcement":
        faults.enforcement = oneOf(name, value, ENFORCEMENTS);
        break;
      case "unenforcedNodes":
        faults.unenforcedNodes = list(name, value).map((node, index) => text(`${name}[${index}]`, node));
        break;
      case "policyDelayMs":
      case "failOpenMs":
      case "failClosedMs":
        faults[name] = number(name, value);
        break;
      case "exec":
        faults.exec = list(name, value).map((fault, index) => execFault(`${name}[${index}]`, fault));
        break;
      case "requests":
        faults.requests = list(name, value).map((fault, index) => requestFault(`${name}[${index}]`, fault));
        break;
      default:
        throw badRequest(`unknown field "${name}": known are ${Object.keys(noFaults()).join(", ")}`);
    }
  }
  return faults;
}

function execFault(path: string, value: JsonValue): ExecFault {
  const fault = fields(path, value, ["kind", "status", "pod", "times", "afterBytes"]);
  return {
    kind: oneOf(`${path}.kind`, fault.kind, EXEC_FAULTS),
    ...optional(fault, "status", (one) => oneOf(`${path}.status`, one, [403, 404, 429, 500, 502])),
    ...optional(fault, "pod", (one) => text(`${path}.pod`, one)),
    ...optional(fault, "times", (one) => number(`${path}.times`, one)),
    ...optional(fault, "afterBytes", (one) => number(`${path}.afterBytes`, one)),
  };
}

function requestFault(path: string, value: JsonValue): RequestFault {
  const fault = fields(path, value, ["status", "method", "resource", "times", "retryAfterSeconds"]);
  return {
    status: oneOf(`${path}.status`, fault.status, REQUEST_FAULTS),
    ...optional(fault, "method", (one) => text(`${path}.method`, one)),
    ...optional(fault, "resource", (one) => text(`${path}.resource`, one)),
    ...optional(fault, "times", (one) => number(`${path}.times`, one)),
    ...optional(fault, "retryAfterSeconds", (one) => number(`${path}.retryAfterSeconds`, one)),
  };
}

function optional<K extends string, T>(
  from: JsonObject,
  name: K,
  read: (value: JsonValue) => T,
): { readonly [P in K]?: T } {
  const value = from[name];
  return (value === undefined ? {} : { [name]: read(value) }) as { readonly [P in K]?: T };
}

function fields(path: string, value: JsonValue, known: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw badRequest(`${path}: must be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badRequest(`unknown field "${path}.${unknown}": known are ${known.join(", ")}`);
  return value;
}

function oneOf<T extends string | number>(
  path: string,
  value: JsonValue | undefined,
  known: readonly T[],
): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw badRequest(`${path}: must be one of ${known.join(", ")}`);
  return found;
}

function list(path: string, value: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(value)) throw badRequest(`${path}: must be a list`);
  return value;
}

function text(path: string, value: JsonValue): string {
  if (typeof value !== "string") throw badRequest(`${path}: must be a string`);
  return value;
}

function number(path: string, value: JsonValue): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw badRequest(`${path}: must be a whole number of 0 or more`);
  }
  return value;
}
