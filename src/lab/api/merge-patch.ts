import { type Fields, isFields } from "./fields.ts";

/** RFC 7386: null removes, objects are merged, everything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const entries = new Map(Object.entries(isFields(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) entries.delete(name);
    else entries.set(name, applyMergePatch(entries.get(name), value));
  }
  return Object.fromEntries(entries) as Fields;
}
