import type { Condition } from "./pod.ts";

/**
 * The conditions after a change: those of `wanted` replace those of the same type, all others stay, and the time of
 * transition only moves where the status does.
 */
export function mergeConditions(
  current: readonly Condition[] | undefined,
  wanted: readonly Condition[],
  now: string,
): readonly Condition[] {
  const before = new Map((current ?? []).map((one) => [one.type, one]));
  const merged = wanted.map((one): Condition => {
    const old = before.get(one.type);
    const since = old?.status === one.status ? (old.lastTransitionTime ?? now) : now;
    return { ...one, lastTransitionTime: since };
  });
  const replaced = new Set(wanted.map((one) => one.type));
  return [...merged, ...(current ?? []).filter((one) => !replaced.has(one.type))];
}
