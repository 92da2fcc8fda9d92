import { isDeepStrictEqual } from "node:util";
import { isFields } from "./fields.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** RFC 6902. 400 where the patch is none, 422 where it does not fit the object. */
export function applyJsonPatch(object: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  let result = structuredClone(object);
  for (const operation of patch) {
    if (!isFields(operation)) throw badRequest("an operation of a JSON patch is an object");
    const path = pointer(operation.path);
    switch (operation.op) {
      case "add":
        result = add(result, path, operation.value);
        break;
      case "remove":
        result = remove(result, path);
        break;
      case "replace":
        result = add(remove(result, path), path, operation.value);
        break;
      case "move": {
        const from = pointer(operation.from);
        const moved = read(result, from);
        result = add(remove(result, from), path, moved);
        break;
      }
      case "copy":
        result = add(result, path, structuredClone(read(result, pointer(operation.from))));
        break;
      case "test":
        if (!isDeepStrictEqual(read(result, path), operation.value)) {
          throw unfit(`testing path ${String(operation.path)} failed`);
        }
        break;
      default:
        throw badRequest(`unexpected kind of operation in a JSON patch: ${String(operation.op)}`);
    }
  }
  return result;
}

type Pointer = readonly string[];

/** RFC 6901. */
function pointer(text: unknown): Pointer {
  if (text === "") return [];
  if (typeof text !== "string" || !text.startsWith("/")) throw badRequest(`no JSON pointer: ${String(text)}`);
  return text
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(value: unknown, path: Pointer): unknown {
  let found = value;
  for (const segment of path) {
    if (Array.isArray(found)) found = found[itemIndex(segment, found.length - 1)];
    else if (isFields(found) && Object.hasOwn(found, segment)) found = found[segment];
    else throw unfit(`nothing is at /${path.join("/")}`);
  }
  return found;
}

/** Changes the value in place, which is a copy of ours; only the whole document is a new one. */
function add(document: unknown, path: Pointer, value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    parent.splice(last === "-" ? parent.length : itemIndex(last, parent.length), 0, value);
  } else if (isFields(parent)) {
    Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  } else throw unfit(`nothing can be added at /${path.join("/")}`);
  return document;
}

function remove(document: unknown, path: Pointer): unknown {
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(itemIndex(last, parent.length - 1), 1);
  else if (isFields(parent) && Object.hasOwn(parent, last)) Reflect.deleteProperty(parent, last);
  else throw unfit(`nothing is at /${path.join("/")}`);
  return document;
}

function itemIndex(segment: string, highest: number): number {
  const index = /^(0|[1-9][0-9]*)$/.test(segment) ? Number(segment) : Number.NaN;
  if (!(index <= highest)) throw unfit(`no item ${segment} is in the list`);
  return index;
}

function unfit(why: string): StatusError {
  return new StatusError(
    422,
    "Invalid",
    `the server rejected our request due to an error in our request: ${why}`,
  );
}
