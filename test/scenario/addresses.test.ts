import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cidrFault, hostFault, ipFault } from "../../src/scenario/addresses.ts";
import { IPV6, whole } from "../../src/scenario/patterns.ts";

describe("ipFault", () => {
  it.each(["0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "FE80::A"])("accepts %s", (text) => {
    expect(ipFault(text)).toBeUndefined();
  });

  it.each([
    ["256.0.0.1", undefined],
    ["1.2.3", undefined],
    ["01.2.3.4", undefined],
    ["fe80::1%eth0", undefined],
    ["::ffff:10.0.0.1", "write the IPv4 address, or hexadecimal groups only"],
    ["[::1]", 'without brackets here: "::1"'],
    ["10.0.0.0/8", 'a range is written cidr: "10.0.0.0/8"'],
    ["example.com", "a name is written host: example.com"],
  ])("refuses %s", (text, hint) => {
    expect(ipFault(text)).toBeDefined();
    expect(ipFault(text)?.hint).toBe(hint);
  });
});

describe("the pattern of IPv6 addresses", () => {
  it("accepts what is one, and nothing else", () => {
    const pattern = whole(IPV6);
    const parts = fc.constantFrom(":", "::", "0", "1:", "a:", ":F", "1234", "12345", "g", ".");
    const nearMisses = fc.array(parts, { minLength: 1, maxLength: 17 }).map((all) => all.join(""));
    const plain = fc.ipV6().filter((address) => !address.includes("."));
    fc.assert(
      fc.property(fc.oneof(nearMisses, plain), (text) => {
        expect(pattern.test(text)).toBe(isIPv6(text) && !text.includes("."));
      }),
      { seed: 6, numRuns: 5000 },
    );
  });
});

describe("hostFault", () => {
  it.each([
    "example.com",
    "example.com.",
    "localhost",
    "3com.Example",
    "xn--bcher-kva.example",
    `${"a".repeat(63)}.de`,
  ])("accepts %s", (text) => {
    expect(hostFault(text)).toBeUndefined();
  });

  it.each([
    ["-a.example", undefined],
    ["a..example", undefined],
    [".example", undefined],
    ["a_b.example", undefined],
    ["example.123", undefined], // would be read as an address (WHATWG URL, "ends in a number")
    [`${"a".repeat(64)}.de`, undefined],
    [`${"a.".repeat(126)}de`, undefined],
    ["1.2.3.4", 'an address is written ip: "1.2.3.4"'],
    ["::1", 'an address is written ip: "::1"'],
    ["https://example.com/x", "only the name: example.com"],
    ["example.com:443", "only the name: example.com"],
  ])("refuses %s", (text, hint) => {
    expect(hostFault(text)).toBeDefined();
    expect(hostFault(text)?.hint).toBe(hint);
  });
});

describe("cidrFault", () => {
  it.each([
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.2.3/32",
    "::/0",
    "2001:db8::/32",
    "2001:db8::1/128",
  ])("accepts %s", (text) => {
    expect(cidrFault(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.5/24", 'did you mean "10.0.0.0/24"?'],
    ["255.255.255.255/1", 'did you mean "128.0.0.0/1"?'],
    ["10.0.0.1/0", 'did you mean "0.0.0.0/0"?'],
    ["2001:db8::1/64", 'did you mean "2001:db8::/64"?'],
    ["2001:db8:ffff::/33", 'did you mean "2001:db8:8000::/33"?'],
    ["1:2:3:4:5:6:7:8/127", undefined],
    ["1:2:3:4:5:6:7:9/127", 'did you mean "1:2:3:4:5:6:7:8/127"?'],
    ["::1/0", 'did you mean "::/0"?'],
    ["10.0.0.0/33", "the number after the slash goes from 0 to 32"],
    ["10.0.0.0/08", "the number after the slash goes from 0 to 32"],
    ["::/129", "the number after the slash goes from 0 to 128"],
    ["10.0.0.0", 'a single address is written ip: "10.0.0.0"'],
    ["10.0.0.0/", "the number after the slash goes from 0 to 32"],
    ["::ffff:10.0.0.0/104", "write it like 10.0.0.0/8 or 2001:db8::/32"],
    ["anywhere", "write it like 10.0.0.0/8 or 2001:db8::/32"],
  ])("says of %s what to write", (text, hint) => {
    expect(cidrFault(text)?.hint).toBe(hint);
  });

  it("offers a range that is accepted and holds the address, for any IPv4 address", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        const offered =
          /"(.*)"/.exec(cidrFault(`${address}/${prefix}`)?.hint ?? `"${address}/${prefix}"`)?.[1] ?? "";
        expect(cidrFault(offered)).toBeUndefined();
        expect(bits(offered.split("/")[0] ?? "").slice(0, prefix)).toBe(bits(address).slice(0, prefix));
      }),
      { seed: 4 },
    );
  });

  it("offers a range that is accepted, for any IPv6 address", () => {
    const plain = fc.ipV6().filter((address) => !address.includes("."));
    fc.assert(
      fc.property(plain, fc.integer({ min: 0, max: 128 }), (address, prefix) => {
        const offered =
          /"(.*)"/.exec(cidrFault(`${address}/${prefix}`)?.hint ?? `"${address}/${prefix}"`)?.[1] ?? "";
        expect(cidrFault(offered)).toBeUndefined();
      }),
      { seed: 5 },
    );
  });
});

function bits(address: string): string {
  return address
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("");
}
