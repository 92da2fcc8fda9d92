import { describe, expect, it } from "vitest";
import { NEWEST } from "../../src/lint/kubernetes-version.ts";
import { validateNetworkPolicy } from "../../src/lint/validate-network-policy.ts";
import { validateSnapshotPolicies } from "../../src/lint/validate-snapshot-policies.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";

const TEXT = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: good, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: bad, namespace: shop}
spec:
  podSelector:
    matchLabels:
      app: "a b"
  ingress:
    - from:
        - {}
      ports:
        - port: 0
`;

describe("validating the policies of a snapshot", () => {
  const { snapshot } = parseManifests([{ path: "shop.yaml", text: TEXT }]);

  it("reports each reason at its place, labels at the very entry", () => {
    expect(
      validateSnapshotPolicies(snapshot).map(({ severity, message, range }) => [
        severity,
        message.replace(/ \(e\.g\..*/, ""),
        range && `${range.file}:${range.start.line}:${range.start.column}`,
      ]),
    ).toEqual([
      [
        "error",
        "NetworkPolicy shop/bad: spec.podSelector.matchLabels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        "shop.yaml:12:7",
      ],
      [
        "error",
        "NetworkPolicy shop/bad: spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "shop.yaml:17:11",
      ],
      [
        "error",
        "NetworkPolicy shop/bad: spec.ingress[0].from[0]: Required value: must specify a peer",
        "shop.yaml:15:11",
      ],
    ]);
  });

  it("leaves the place out where no file holds the policy", () => {
    const live = { ...snapshot, locate: () => undefined };
    const diagnostics = validateSnapshotPolicies(live);
    expect(diagnostics).toHaveLength(3);
    for (const diagnostic of diagnostics) expect(diagnostic).not.toHaveProperty("range");
  });

  it("passes on whether ipBlocks are checked strictly (V11)", () => {
    const text = TEXT.replace("{podSelector: {}}", "{egress: [{to: [{ipBlock: {cidr: 10.0.0.5/24}}]}]}");
    const { snapshot: other } = parseManifests([{ path: "a.yaml", text }]);
    const about = (strictCidr: boolean) =>
      validateSnapshotPolicies(other, { ...NEWEST, strictCidr }).filter(({ message }) =>
        message.includes("10.0.0.5/24"),
      );
    expect(about(true)).toHaveLength(1);
    expect(about(false)).toHaveLength(0);
  });
});

describe("validating one policy", () => {
  it("reads null as absent, as the API server does", () => {
    const policy = {
      metadata: { name: "a", namespace: null, labels: null, annotations: null },
      spec: {
        podSelector: { matchLabels: null, matchExpressions: null },
        policyTypes: null,
        ingress: [null, { from: null, ports: [null, { protocol: null, port: null, endPort: null }] }],
        egress: null,
      },
    };
    expect(validateNetworkPolicy(policy)).toEqual([]);
    expect(validateNetworkPolicy({ metadata: { name: "a" }, spec: null })).toEqual([]);
  });

  it("gives paths that lead to the mistake, and where it stands exactly", () => {
    const [error] = validateNetworkPolicy({ metadata: { name: "a", labels: { "b c": "d" } } });
    expect(error).toMatchObject({
      type: "Invalid value",
      path: ["metadata", "labels"],
      at: ["metadata", "labels", "b c"],
    });
  });
});
