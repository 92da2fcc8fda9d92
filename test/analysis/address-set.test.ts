import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AddressRange, addressesText, blockTexts } from "../../src/analysis/address-set.ts";
import { parseCidr } from "../../src/selectors/cidr.ts";

function range(cidr: string): AddressRange {
  const block = parseCidr(cidr);
  if (block === undefined) throw new Error(`${cidr} is no block`);
  return block;
}

const ALL_IPV4 = { family: 4, first: 0n, last: 0xffffffffn } as const;

describe("sets of addresses", () => {
  it.each([
    [["0.0.0.0/0", "::/0"], "anywhere"],
    [["0.0.0.0/0"], "any IPv4 address"],
    [["10.0.0.0/9", "10.128.0.0/9"], "10.0.0.0/8"],
    [["192.168.0.0/16", "10.0.0.0/8"], "10.0.0.0/8, 192.168.0.0/16"],
    [["::/1", "0.0.0.0/0"], "anywhere but 8000::/1"],
  ])("say %j in words", (cidrs, text) => {
    expect(addressesText(cidrs.map(range))).toBe(text);
  });

  it("say what is left out where that is shorter", () => {
    const metadata = range("169.254.169.254/32");
    const rest = [
      { ...ALL_IPV4, last: metadata.first - 1n },
      { ...ALL_IPV4, first: metadata.last + 1n },
    ];
    expect(addressesText(rest)).toBe("any IPv4 address but 169.254.169.254/32");
    expect(addressesText([...rest, range("::/0")])).toBe("anywhere but 169.254.169.254/32");
  });

  it("say what is left out of the smallest block around them", () => {
    const holed = [
      { ...range("10.26.0.0/24"), last: range("10.26.0.0/24").last },
      { family: 4 as const, first: range("10.26.2.0/24").first, last: range("10.26.0.0/16").last },
    ];
    expect(addressesText(holed)).toBe("10.26.0.0/16 but 10.26.1.0/24");
    expect(addressesText([...holed, range("192.168.0.0/16")])).toBe(
      "10.26.0.0/24, 10.26.2.0/23, 10.26.4.0/22, 10.26.8.0/21 and 5 more",
    );
  });

  it("tell how many blocks are not named", () => {
    const odd = [1, 3, 5, 7, 9].map((octet) => range(`10.${octet}.0.0/16`));
    expect(addressesText(odd, 3)).toBe("10.1.0.0/16, 10.3.0.0/16, 10.5.0.0/16 and 2 more");
  });

  it("come out as blocks that hold just these addresses", () => {
    const address = fc.bigInt({ min: 0n, max: 0xffffffffn });
    fc.assert(
      fc.property(address, address, (a, b) => {
        const [first, last] = a < b ? [a, b] : [b, a];
        const blocks = blockTexts([{ family: 4, first, last }]).map(range);
        expect(blocks[0]?.first).toBe(first);
        expect(blocks.at(-1)?.last).toBe(last);
        for (const [at, block] of blocks.entries()) {
          if (at > 0) expect(block.first).toBe((blocks[at - 1]?.last ?? 0n) + 1n);
        }
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
