import { type AddressRange, joinRanges } from "./address-set.ts";
import type { DiffEnd } from "./diff.ts";
import { workloadKey } from "./workload-of.ts";

/** Pairs of ends of which the same is to be told. */
export interface PairsAlike<T> {
  readonly what: T;
  readonly pairs: { readonly from: readonly DiffEnd[]; readonly to: readonly DiffEnd[] }[];
}

/** Fewer entries for the same pairs: sources that have the same targets stand together, addresses become ranges. */
export function joinEnds<T>(
  list: readonly PairsAlike<T>[],
): readonly { readonly what: T; readonly from: readonly DiffEnd[]; readonly to: readonly DiffEnd[] }[] {
  return list.flatMap(({ what, pairs }) => {
    const targetsOf = new Map<string, { readonly from: readonly DiffEnd[]; to: DiffEnd[] }>();
    for (const { from, to } of pairs) {
      const key = keysOf(from);
      const entry = targetsOf.get(key) ?? { from, to: [] };
      targetsOf.set(key, entry);
      entry.to.push(...to);
    }
    const bySources = Map.groupBy([...targetsOf.values()], ({ to }) => keysOf(to));
    return [...bySources.values()].map((alike) => ({
      what,
      from: tidy(alike.flatMap(({ from }) => from)),
      to: tidy(alike[0]?.to ?? []),
    }));
  });
}

/** Workloads by name, then what is outside as one end, then pods that do not exist. */
function tidy(ends: readonly DiffEnd[]): readonly DiffEnd[] {
  const workloads = new Map<string, DiffEnd>();
  const addresses: AddressRange[] = [];
  const others: DiffEnd[] = [];
  for (const end of ends) {
    if (end.type === "workload") workloads.set(workloadKey(end), end);
    else if (end.type === "outside") addresses.push(...end.addresses);
    else if (others.length === 0) others.push(end);
  }
  return [
    ...[...workloads].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, end]) => end),
    ...(addresses.length === 0 ? [] : [{ type: "outside" as const, addresses: joinRanges(addresses) }]),
    ...others,
  ];
}

function keysOf(ends: readonly DiffEnd[]): string {
  return ends
    .map((end) => {
      if (end.type === "workload") return workloadKey(end);
      return end.type === "outside"
        ? end.addresses.map(({ family, first, last }) => `${family}/${first}-${last}`).join()
        : end.type;
    })
    .sort()
    .join("\n");
}
