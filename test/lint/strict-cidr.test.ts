import { describe, expect, it } from "vitest";
import { NEWEST } from "../../src/lint/kubernetes-version.ts";
import { validateNetworkPolicy } from "../../src/lint/validate-network-policy.ts";

function errors(cidr: string, except: readonly string[], strictCidr: boolean): string[] {
  const policy = {
    metadata: { name: "a", namespace: "default" },
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr, except } }] }] },
  };
  const prefix = "spec.ingress[0].from[0].ipBlock.";
  return validateNetworkPolicy(policy, { ...NEWEST, strictCidr }).map(({ message }) =>
    message.replace(prefix, ""),
  );
}

// StrictIPCIDRValidation is on from Kubernetes 1.36 and off before; the strict answers are those of a real 1.36.
describe("the strict check of ipBlocks (V11)", () => {
  it.each([
    ["10.0.0.5/24", "must not have bits set beyond the prefix length"],
    ["2001:db8::1/64", "must not have bits set beyond the prefix length"],
    ["010.0.0.0/8", "must not have leading 0s in IP or prefix length"],
    ["10.0.0.0/08", "must not have leading 0s in IP or prefix length"],
    ["00001:db8::/64", "must not have leading 0s in IP or prefix length"],
    ["::ffff:10.0.0.0/104", "must not have an IPv4-mapped IPv6 address"],
  ])("refuses %s, which older clusters accept", (cidr, message) => {
    expect(errors(cidr, [], true)).toEqual([`cidr: Invalid value: "${cidr}": ${message}`]);
    expect(errors(cidr, [], false)).toEqual([]);
  });

  it("is done for exceptions too", () => {
    const except = ["10.1.0.5/24"];
    expect(errors("10.0.0.0/8", except, true)).toEqual([
      'except[0]: Invalid value: "10.1.0.5/24": must not have bits set beyond the prefix length',
    ]);
    expect(errors("10.0.0.0/8", except, false)).toEqual([]);
  });

  it.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "x",
    "10.0.0.0/8 ",
  ])("refuses %s also where it is off (V10)", (cidr) => {
    expect(errors(cidr, [], false)).toEqual([
      `cidr: Invalid value: "${cidr}": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
    ]);
  });

  it("asks for strict subsets also where it is off (V12)", () => {
    expect(errors("10.0.0.5/8", ["10.0.0.6/8", "10.1.0.7/16"], false)).toEqual([
      'except[0]: Invalid value: "10.0.0.6/8": must be a strict subset of `cidr`',
    ]);
  });

  it("is on unless it is said otherwise", () => {
    const policy = {
      metadata: { name: "a" },
      spec: { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.5/24" } }] }] },
    };
    expect(validateNetworkPolicy(policy)).toHaveLength(1);
  });
});
