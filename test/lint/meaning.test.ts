import { describe, expect, it } from "vitest";
import { lintSnapshot } from "../../src/lint/lint-snapshot.ts";
import { locateFindings } from "../../src/lint/locate-findings.ts";
import { MEANING_RULES } from "../../src/lint/meaning-rules.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { MEANING_CASES } from "./meaning-cases.ts";

/** The findings as the cases write them: with the policy's name where there are several. */
function written(text: string): string[] {
  const { snapshot, rangeOf, diagnostics } = parseManifests([{ path: "case.yaml", text }]);
  expect(diagnostics).toEqual([]);
  const { networkPolicies, adminPolicies } = snapshot;
  const several = networkPolicies.length + adminPolicies.clusterNetworkPolicies.length > 1;
  return locateFindings(lintSnapshot(snapshot), rangeOf).map(({ id, path, object, severity }) => {
    const name = several ? ` ${object.split(/[ /]/).at(-1)}` : "";
    return `${id} ${path}${name}${severity === "warning" ? "" : ` !${severity}`}`;
  });
}

describe("what is accepted and rarely meant", () => {
  for (const { name, text, findings } of MEANING_CASES) {
    it(`${findings.length === 0 ? "is quiet about" : "finds"} ${name}`, () => {
      expect(written(text).toSorted()).toEqual(findings.toSorted());
    });
  }

  it.each(Object.keys(MEANING_RULES))("has a case that finds %s", (id) => {
    const found = MEANING_CASES.flatMap(({ findings }) => findings);
    expect(found.filter((line) => line.startsWith(`${id} `))).not.toEqual([]);
  });
});
