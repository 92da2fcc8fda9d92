import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/selectors/ip-address.ts";

describe("an IP address", () => {
  it.each([
    ["10.1.2.3", 4, 0x0a010203n],
    ["0.0.0.0", 4, 0n],
    ["255.255.255.255", 4, 0xffffffffn],
    ["010.001.002.003", 4, 0x0a010203n], // leading zeros are decimal in Kubernetes, not octal
    ["::", 6, 0n],
    ["::1", 6, 1n],
    ["1::", 6, 1n << 112n],
    ["2001:db8::1", 6, 0x20010db8000000000000000000000001n],
    ["2001:DB8:0:0:0:0:0:1", 6, 0x20010db8000000000000000000000001n],
    ["1:2:3:4:5:6:7::", 6, 0x00010002000300040005000600070000n],
    ["::2:3:4:5:6:7:8", 6, 0x00000002000300040005000600070008n],
    ["64:ff9b::10.1.2.3", 6, 0x0064ff9b00000000000000000a010203n],
    ["::ffff:10.1.2.3", 4, 0x0a010203n], // IPv4-mapped: the IPv4 address
    ["::ffff:a01:203", 4, 0x0a010203n],
    ["::10.1.2.3", 6, 0x0a010203n], // IPv4-compatible is not IPv4-mapped
  ] as const)("%s is read", (text, family, value) => {
    expect(parseAddress(text)).toEqual({ family, value });
  });

  it.each([
    "",
    "10.1.2",
    "10.1.2.3.4",
    "10.1.2.256",
    "10.1.2.-3",
    "10.1.2.3 ",
    "10..2.3",
    "0x0a.1.2.3",
    "1e1.1.2.3",
    "167838211",
    "10.1.2.3/32",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    ":1::2",
    "1::2:",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "fe80::1%eth0",
    "[::1]",
    "example.com",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // one group of zeros is not shortened
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"], // the longest run
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // the first of equal runs
    ["::", "::"],
    ["1::", "1::"],
    ["010.1.2.3", "10.1.2.3"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
  ])("%s is written %s", (text, written) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(written);
  });

  it("survives being written and read again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        expect(address).toBeDefined();
        expect(address && parseAddress(formatAddress(address))).toEqual(address);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
