import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cidr,
  contains,
  formatCidr,
  parseCidr,
  relationTo,
  singleAddress,
} from "../../src/selectors/cidr.ts";
import { type IpAddress, parseAddress } from "../../src/selectors/ip-address.ts";
import { bitsOf, inBlock } from "../policy/reference/reference-addresses.ts";

function block(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    throw new Error(`test mistake: ${text}`);
  }
  return cidr;
}

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new Error(`test mistake: ${text}`);
  }
  return address;
}

describe("an address block", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.0.0.5/24", "10.0.0.0/24"], // bits beyond the prefix are dropped
    ["010.0.0.0/08", "10.0.0.0/8"], // leading zeros are decimal
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["2001:db8::ffff/32", "2001:db8::/32"],
    ["::/0", "::/0"],
    ["::1/128", "::1/128"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"], // a block of IPv4-mapped addresses
    ["::ffff:10.1.2.3/128", "10.1.2.3/32"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
    ["::ffff:10.0.0.0/95", "::fffe:0:0/95"], // wider than the mapped addresses: IPv6
  ])("%s is %s", (text, canonical) => {
    expect(formatCidr(block(text))).toBe(canonical);
  });

  it.each([
    "",
    "10.0.0.0",
    "10.0.0.0/",
    "/8",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/-1",
    "10.0.0.0/+8",
    "10.0.0.0/8/8",
    "10.0.0.0/8 ",
    "10.0.0.0/255.0.0.0",
    "10.0.0/8",
    "300.0.0.0/8",
    "fe80::%eth0/64",
    "example.com/8",
  ])("%j is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.0/8", "9.255.255.255", false],
    ["10.1.0.0/16", "10.10.0.1", false], // no confusion of text prefixes
    ["10.0.0.128/25", "10.0.0.127", false],
    ["10.0.0.128/25", "10.0.0.128", true],
    ["203.0.113.10/32", "203.0.113.10", true],
    ["203.0.113.10/32", "203.0.113.100", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["2001:db8::/33", "2001:db8:7fff::", true],
    ["::/0", "10.0.0.1", false], // S15: families never mix
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "::ffff:10.0.0.1", false],
    ["0.0.0.0/0", "::ffff:10.0.0.1", true],
    ["0.0.0.0/0", "::1", false],
  ])("S15: %s contains %s: %s", (cidr, address, expected) => {
    expect(contains(block(cidr), ip(address))).toBe(expected);
  });

  it.each([
    ["10.1.0.0/16", "10.0.0.0/8", "covered"],
    ["10.0.0.0/8", "10.0.0.0/8", "covered"],
    ["10.0.0.0/8", "10.1.0.0/16", "partial"],
    ["10.0.0.0/8", "11.0.0.0/8", "disjoint"],
    ["10.0.0.0/25", "10.0.0.128/25", "disjoint"],
    ["0.0.0.0/0", "::/0", "disjoint"],
    ["2001:db8::1/128", "2001:db8::/32", "covered"],
    ["::/0", "2001:db8::/32", "partial"],
  ] as const)("of the range %s with the block %s: %s", (range, cidr, relation) => {
    expect(relationTo(block(range), block(cidr))).toBe(relation);
  });

  it("of one address contains that address and no other", () => {
    const one = singleAddress(ip("2001:db8::1"));
    expect(formatCidr(one)).toBe("2001:db8::1/128");
    expect(contains(one, ip("2001:db8::1"))).toBe(true);
    expect(contains(one, ip("2001:db8::2"))).toBe(false);
  });

  it("agrees with comparing leading bits, for random blocks and addresses", () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.includes(".")),
    );
    fc.assert(
      fc.property(address, address, fc.nat(128), fc.boolean(), (base, other, length, near) => {
        const cidr = `${base}/${base.includes(":") ? length : length % 33}`;
        const asked = near ? base : other;
        const ours = contains(block(cidr), ip(asked));
        expect(ours).toBe(inBlock(bitsOf(asked), cidr));
        expect(relationTo(singleAddress(ip(asked)), block(cidr))).toBe(ours ? "covered" : "disjoint");
      }),
      { seed: 2, numRuns: 1000 },
    );
  });
});
