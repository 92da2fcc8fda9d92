import { type Cidr, formatCidr } from "../selectors/cidr.ts";
import { ADDRESS_BITS, type AddressFamily } from "../selectors/ip-address.ts";

/** Addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: AddressFamily;
  readonly first: bigint;
  readonly last: bigint;
}

export const FAMILIES: readonly AddressFamily[] = [4, 6];

/** Joins ranges that touch. */
export function joinRanges(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort(
    (a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0),
  );
  const joined: AddressRange[] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before !== undefined && before.family === range.family && before.last + 1n >= range.first) {
      joined[joined.length - 1] = { ...before, last: range.last > before.last ? range.last : before.last };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

/** The fewest blocks that make up a range. */
export function blocksOf({ family, first, last }: AddressRange): Cidr[] {
  const bits = ADDRESS_BITS[family];
  const blocks: Cidr[] = [];
  let next = first;
  while (next <= last) {
    let size = 0;
    while (
      size < bits &&
      (next >> BigInt(size)) % 2n === 0n &&
      next + (1n << BigInt(size + 1)) - 1n <= last
    ) {
      size += 1;
    }
    const end = next + (1n << BigInt(size)) - 1n;
    blocks.push({ family, prefix: bits - size, first: next, last: end });
    next = end + 1n;
  }
  return blocks;
}

/** All blocks of joined ranges, as text. */
export function blockTexts(ranges: readonly AddressRange[]): string[] {
  return joinRanges(ranges).flatMap(blocksOf).map(formatCidr);
}

const SHOWN = 4;

/**
 * `anywhere`, `any IPv4 address`, `10.0.0.0/8, 192.168.0.0/16`, and where that is shorter what is left out:
 * `anywhere but 169.254.169.254/32`.
 */
export function addressesText(ranges: readonly AddressRange[], limit = SHOWN): string {
  const all = joinRanges(ranges);
  const gaps = FAMILIES.flatMap((family) => gapsIn(all, family));
  if (gaps.length === 0) return "anywhere";
  const plain = FAMILIES.flatMap((family) => {
    const own = all.filter((range) => range.family === family);
    if (own.length === 0) return [];
    const missing = gapsIn(all, family);
    const name = `any IPv${family} address`;
    if (missing.length === 0) return [name];
    const texts = blockTexts(own);
    const without = blockTexts(missing);
    if (without.length < texts.length) return [`${name} but ${listed(without, limit)}`];
    return [shorter(texts, own, limit)];
  }).join(", ");
  const without = blockTexts(gaps);
  const anywhere = `anywhere but ${listed(without, limit)}`;
  const isPartOfBoth = FAMILIES.every((family) => all.some((range) => range.family === family));
  return isPartOfBoth && anywhere.length < plain.length ? anywhere : plain;
}

/** `10.0.0.0/8 but 10.1.0.0/16`, where that is fewer words than the blocks that are left. */
function shorter(texts: readonly string[], own: readonly AddressRange[], limit: number): string {
  const block = blockAround(own);
  const inside = gapsIn(own, block.family).flatMap(({ family, first, last }) => {
    const [from, to] = [first > block.first ? first : block.first, last < block.last ? last : block.last];
    return from <= to ? [{ family, first: from, last: to }] : [];
  });
  const without = blockTexts(inside);
  return without.length > 0 && without.length + 1 < texts.length
    ? `${formatCidr(block)} but ${listed(without, limit)}`
    : listed(texts, limit);
}

/** The smallest block that holds all of the ranges. */
function blockAround(ranges: readonly AddressRange[]): Cidr {
  const [range] = ranges;
  if (range === undefined) throw new Error("there is no block around nothing");
  const { family, first } = range;
  const last = ranges.reduce((most, each) => (each.last > most ? each.last : most), first);
  const bits = ADDRESS_BITS[family];
  let size = 0n;
  while (first >> size !== last >> size) size += 1n;
  const start = (first >> size) << size;
  return { family, prefix: bits - Number(size), first: start, last: start + (1n << size) - 1n };
}

function gapsIn(joined: readonly AddressRange[], family: AddressFamily): AddressRange[] {
  const gaps: AddressRange[] = [];
  let next = 0n;
  for (const { first, last } of joined.filter((range) => range.family === family)) {
    if (first > next) gaps.push({ family, first: next, last: first - 1n });
    next = last + 1n;
  }
  const end = (1n << BigInt(ADDRESS_BITS[family])) - 1n;
  if (next <= end) gaps.push({ family, first: next, last: end });
  return gaps;
}

function listed(texts: readonly string[], limit: number): string {
  return texts.length <= limit
    ? texts.join(", ")
    : `${texts.slice(0, limit).join(", ")} and ${texts.length - limit} more`;
}
