import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { validateNetworkPolicy } from "../../src/lint/validate-network-policy.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { NetworkPolicy } from "../../src/model/kubernetes.ts";
import { VALIDATION_CASES } from "./validation-cases.ts";

interface Answer {
  readonly server: {
    readonly refused?: string;
    readonly causes?: readonly { readonly field: string; readonly message: string }[];
  };
}

const ANSWERS: Readonly<Record<string, Answer | undefined>> = JSON.parse(
  readFileSync(new URL("../fixtures/manifests/validation-answers.json", import.meta.url), "utf8"),
);

function policyOf(text: string): NetworkPolicy {
  const value = JSON.parse(text) as NetworkPolicy;
  // An empty name does not get as far as validation.
  if (value.metadata.name === "") return value;
  const { snapshot, diagnostics } = parseManifests([{ path: "case.json", text }]);
  expect(diagnostics).toEqual([]);
  const [policy] = snapshot.networkPolicies;
  if (policy === undefined) throw new Error("the case holds no policy");
  return policy;
}

describe("validating NetworkPolicies in the API server's words", () => {
  it("has an answer of a real API server for each case, and no other", () => {
    expect(Object.keys(ANSWERS)).toEqual(VALIDATION_CASES.map(({ name }) => name));
  });

  for (const { name, text } of VALIDATION_CASES) {
    const { refused, causes = [] } = ANSWERS[name]?.server ?? {};
    it(`${refused === undefined ? "accepts" : "refuses"}: ${name}`, () => {
      const errors = validateNetworkPolicy(policyOf(text));
      const theirs = causes.map(({ field, message }) => `${field}: ${message}`);
      expect(refused === undefined).toBe(theirs.length === 0);
      expect([...new Set(errors.map(({ message }) => message))].sort()).toEqual([...new Set(theirs)].sort());
    });
  }
});
