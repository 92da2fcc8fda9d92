import { describe, expect, it } from "vitest";
import { cidrTextWarnings } from "../../src/lint/cidr-warnings.ts";
import { apiServerVersion } from "../../src/lint/kubernetes-version.ts";

describe("the API server's version", () => {
  it.each([
    ["1.30", false],
    ["1.35", false],
    ["v1.35.4", false],
    ["1.36", true],
    ["v1.36.0-rc.1", true],
    ["1.40.2-gke.100", true],
  ])("%s: strict checks of address blocks are %s (V11)", (text, strictCidr) => {
    expect(apiServerVersion(text)).toMatchObject({ strictCidr });
  });

  it.each([
    ["1.9", false],
    ["1.25.16", false],
    ["1.26", true],
    ["1.36", true],
  ])("%s: checks of values in matchExpressions are %s (V3)", (text, checksExpressionValues) => {
    expect(apiServerVersion(text)).toMatchObject({ checksExpressionValues });
  });

  it.each(["", "1", "2.0", "1.x", "latest", "1.36 "])("%j is none", (text) => {
    expect(apiServerVersion(text)).toBeUndefined();
  });
});

// A 1.36 refuses the first six; the texts are those of its source (apimachinery util/validation ip.go).
describe("what an older API server warns of (V11)", () => {
  it.each([
    [
      "10.0.0.5/24",
      ['CIDR value "10.0.0.5/24" is ambiguous in this context (should be "10.0.0.0/24" or "10.0.0.5/32"?)'],
    ],
    [
      "2001:DB8::1/64",
      [
        'CIDR value "2001:DB8::1/64" is ambiguous in this context (should be "2001:db8::/64" or "2001:db8::1/128"?)',
      ],
    ],
    ["010.0.0.0/8", ['non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"']],
    ["10.0.0.0/08", ['non-standard CIDR value "10.0.0.0/08" is invalid: use "10.0.0.0/8"']],
    ["::ffff:10.0.0.0/104", ['non-standard CIDR value "::ffff:10.0.0.0/104" is invalid: use "10.0.0.0/8"']],
    [
      "010.0.0.5/8",
      [
        'CIDR value "010.0.0.5/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.5/32"?)',
        'non-standard CIDR value "010.0.0.5/8" is invalid: use "10.0.0.0/8"',
      ],
    ],
    [
      "2001:DB8::/64",
      ['IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")'],
    ],
    ["10.0.0.0/8", []],
    ["no block", []],
  ])("%s", (text, warnings) => {
    expect(cidrTextWarnings(text)).toEqual(warnings);
  });
});
