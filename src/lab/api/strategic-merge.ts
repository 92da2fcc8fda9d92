import { isDeepStrictEqual } from "node:util";
import { type FieldType, type ObjectType, objectType } from "../../manifests/field-types.ts";
import { type Fields, isFields, listOf } from "./fields.ts";
import { type PatchStrategy, patchStrategy } from "./patch-strategies.ts";
import { badRequest } from "./status-error.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const ELEMENT_ORDER = "$setElementOrder/";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

/**
 * Strategic merge patch (apimachinery util/strategicpatch): as a JSON merge patch, but lists of some fields are merged
 * by a key of their items. `typeName`: the kind's name in the field table; undefined: of a kind that is not in it, whose
 * own fields have no such lists.
 */
export function applyStrategicMerge(typeName: string | undefined, target: Fields, patch: Fields): Fields {
  return mergeObject(typeName === undefined ? METADATA_ONLY : objectType(typeName), target, patch);
}

/** Every object has the same metadata. */
const METADATA_ONLY: ObjectType = {
  name: "",
  fields: new Map([["metadata", { kind: "object", type: objectType("ObjectMeta") }]]),
};

/** `type` undefined: a map, or something whose fields are not known. */
function mergeObject(type: ObjectType | undefined, target: Fields, patch: Fields): Fields {
  const { [DIRECTIVE]: directive, [RETAIN_KEYS]: retained, ...rest } = patch;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "replace" && directive !== "merge") {
    throw badRequest(`unknown patch type: ${String(directive)}`);
  }
  const base = directive === "replace" ? {} : target;
  const keep = retained === undefined ? undefined : new Set(listOf(retained));
  const result = new Map(Object.entries(base).filter(([name]) => keep === undefined || keep.has(name)));
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith(ELEMENT_ORDER)) continue;
    if (name.startsWith(DELETE_FROM_LIST)) {
      const field = name.slice(DELETE_FROM_LIST.length);
      const gone = new Set(listOf(value));
      if (rest[field] === undefined) {
        result.set(
          field,
          listOf(result.get(field)).filter((item) => !gone.has(item)),
        );
      }
    } else if (value === null) result.delete(name);
    else result.set(name, mergeField(type, name, result.get(name), rest));
  }
  // An order may come without items: they are only moved.
  for (const [name, order] of Object.entries(rest)) {
    if (!name.startsWith(ELEMENT_ORDER)) continue;
    const field = name.slice(ELEMENT_ORDER.length);
    const list = result.get(field);
    if (!Array.isArray(list)) continue;
    const { mergeKey } = strategyOf(type, field);
    result.set(field, inOrder(list, listOf(order), listOf(base[field]), mergeKey));
  }
  return Object.fromEntries(result);
}

function mergeField(type: ObjectType | undefined, name: string, current: unknown, patch: Fields): unknown {
  const value = patch[name];
  const fieldType = type?.fields.get(name);
  if (isFields(value)) {
    return mergeObject(objectTypeOf(fieldType), isFields(current) ? current : {}, value);
  }
  if (!Array.isArray(value)) return value;
  const strategy = strategyOf(type, name);
  if (strategy.merge !== true) return value;
  const item = fieldType?.kind === "list" ? objectTypeOf(fieldType.item) : undefined;
  if (strategy.mergeKey === undefined) {
    const gone = new Set(listOf(patch[`${DELETE_FROM_LIST}${name}`]));
    return [...new Set([...listOf(current).filter((one) => !gone.has(one)), ...value])];
  }
  return mergeList(item, listOf(current), value, strategy.mergeKey);
}

function mergeList(
  type: ObjectType | undefined,
  current: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): readonly unknown[] {
  const replaces = patch.some(
    (item) => isFields(item) && item[DIRECTIVE] === "replace" && item[mergeKey] === undefined,
  );
  const result = replaces ? [] : [...current];
  for (const item of patch) {
    if (!isFields(item)) throw badRequest("an item of a list that is merged must be an object");
    const key = item[mergeKey];
    if (key === undefined) {
      if (item[DIRECTIVE] === "replace") continue;
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    }
    const index = result.findIndex((one) => isFields(one) && isDeepStrictEqual(one[mergeKey], key));
    if (item[DIRECTIVE] === "delete") {
      // All of them: what was created with the same key twice is otherwise never got rid of.
      for (let at = result.length - 1; at >= 0; at--) {
        const one = result[at];
        if (isFields(one) && isDeepStrictEqual(one[mergeKey], key)) result.splice(at, 1);
      }
    } else {
      const merged = mergeObject(type, index < 0 ? {} : (result[index] as Fields), item);
      result.splice(index < 0 ? result.length : index, 1, merged);
    }
  }
  return result;
}

/** Items of the order as it says; others stay where they stood before the patch, relative to those. */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  const keyOf = (item: unknown) => (mergeKey !== undefined && isFields(item) ? item[mergeKey] : item);
  const wanted = order.map(keyOf);
  const stood = before.map(keyOf);
  const place = (item: unknown) => wanted.indexOf(keyOf(item));
  const ordered = list.filter((item) => place(item) >= 0).sort((a, b) => place(a) - place(b));
  const others = list.filter((item) => place(item) < 0);
  const result: unknown[] = [];
  for (const item of ordered) {
    const stoodAt = stood.indexOf(keyOf(item));
    while (others.length > 0 && stoodAt >= 0 && stood.indexOf(keyOf(others[0])) < stoodAt) {
      result.push(others.shift());
    }
    result.push(item);
  }
  return [...result, ...others];
}

function strategyOf(type: ObjectType | undefined, field: string): PatchStrategy {
  return (type === undefined ? undefined : patchStrategy(type.name, field)) ?? {};
}

function objectTypeOf(type: FieldType | undefined): ObjectType | undefined {
  return type?.kind === "object" ? type.type : undefined;
}
