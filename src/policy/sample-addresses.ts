import type { Cidr } from "../selectors/cidr.ts";
import type { AddressFamily, IpAddress } from "../selectors/ip-address.ts";

/**
 * Addresses that stand for all addresses of the ranges: every group of addresses that no block tells apart has one of
 * them. So an answer that all of them share holds for the ranges as a whole, exactly.
 * @param family only addresses of it; undefined: both
 */
export function sampleAddresses(
  ranges: readonly Cidr[],
  blocks: readonly Cidr[],
  family: AddressFamily | undefined,
): readonly IpAddress[] {
  return ranges
    .filter((range) => family === undefined || range.family === family)
    .flatMap((range) => {
      const starts = new Set([range.first]);
      for (const block of blocks) {
        if (block.family === range.family) {
          // Answers change only where a block begins and right behind where one ends.
          for (const start of [block.first, block.last + 1n]) {
            if (range.first < start && start <= range.last) {
              starts.add(start);
            }
          }
        }
      }
      return [...starts].map((value): IpAddress => ({ family: range.family, value }));
    });
}
