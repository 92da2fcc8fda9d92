import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { formatFieldPath } from "../../src/lint/field-error.ts";
import { lintSnapshot } from "../../src/lint/lint-snapshot.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { readPaths } from "../../src/manifests/read-paths.ts";

/** Warnings about the manifests of an example; that DNS is allowed by UDP only is said of most of them. */
async function warnings(scenario: string): Promise<string[]> {
  const files = await readPaths([`scenarios/${scenario}/manifests`], Readable.from([]));
  const { snapshot, diagnostics } = parseManifests(files);
  expect(diagnostics).toEqual([]);
  return lintSnapshot(snapshot)
    .filter(({ id, severity }) => severity !== "info" && id !== "dns-without-tcp")
    .map(({ id, path }) => `${id} ${formatFieldPath(path)}`);
}

describe("the example scenarios", () => {
  it.each<[string, readonly string[]]>([
    ["default-deny", []],
    ["allow-dns", []],
    // It says in a comment that everyone is meant.
    ["three-tier", ["empty-peer-list spec.ingress[0].from"]],
    ["database-isolation", []],
    ["same-namespace-isolation", []],
    ["allow-monitoring-scrape", []],
    ["restrict-egress", []],
    ["block-metadata", []],
    ["and-or-peers", []],
    // The operators' pods are stand-ins of the scenario, and in no manifest.
    ["port-range", ["peer-selects-nothing spec.ingress[0].from[0].podSelector.matchLabels.app"]],
    ["tenants", []],
    ["zero-trust", []],
    ["headless-and-named-ports", []],
  ])("%s, which is right, gives no warning without a reason", async (scenario, expected) => {
    expect(await warnings(scenario)).toEqual(expected);
  });

  it.each([
    ["three-tier-broken", "peer-selects-nothing spec.ingress[0].from[0].podSelector.matchLabels.tier"],
    ["database-isolation-broken", "subject-selects-nothing spec.podSelector.matchLabels.app"],
    ["same-namespace-isolation-broken", "all-namespaces-peer spec.ingress[0].from[0].namespaceSelector"],
    [
      "allow-monitoring-scrape-broken",
      "unknown-namespace-label spec.ingress[0].from[0].namespaceSelector.matchLabels.purpose",
    ],
    ["restrict-egress-broken", "inert-rules spec.egress"],
    ["block-metadata-voided", "readmitted-except spec.egress[0].to[0].ipBlock.except[0]"],
    ["and-or-peers-broken", "or-looks-like-and spec.ingress[0].from[1].podSelector"],
    ["tenants-broken", "redundant-policy metadata.name"],
    ["zero-trust-broken", "egress-without-dns spec.egress"],
    ["headless-and-named-ports-broken", "undeclared-port spec.ingress[0].ports[0].port"],
  ])("finds the mistake in %s", async (scenario, finding) => {
    expect(await warnings(scenario)).toContain(finding);
  });
});
