import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { NamespacedPodSelector } from "../../src/model/kubernetes.ts";

const CLUSTER = `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata:
  name: deny
spec:
  tier: Admin
  priority: 10
  subject:
    namespaces: {}
  ingress:
    - action: Deny
      from: [{pods: {podSelector: {matchLabels: {app: x}}}}]
      protocols: [{tcp: {destinationPort: {range: {start: 80, end: 90}}}}, {destinationNamedPort: http}]
  egress:
    - action: Accept
      to: [{networks: [10.0.0.0/8]}, {nodes: {}}, {domainNames: ["*.example.com"]}]
`;
const ADMIN = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: older}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress:
    - {action: Allow, from: [{namespaces: {}}], ports: [{portNumber: {port: 80}}, {namedPort: http}]}
`;
const BASELINE = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  egress:
    - {action: Deny, to: [{networks: [0.0.0.0/0]}], ports: [{portRange: {start: 1, end: 2}}]}
`;

const parse = (text: string) => parseManifests([{ path: "tiers.yaml", text }]);
const messages = (text: string) =>
  parse(text).diagnostics.map(
    ({ range, message, hint }) => `${range?.start.line}: ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );

describe("policies of the admin tiers in files", () => {
  it("are read, each kind into its place, and are not foreign any more", () => {
    const { snapshot, diagnostics } = parse([CLUSTER, ADMIN, BASELINE].join("---\n"));
    expect(diagnostics).toEqual([]);
    expect(snapshot.foreignPolicies).toEqual([]);
    const { clusterNetworkPolicies, adminNetworkPolicies, baselineAdminNetworkPolicies } =
      snapshot.adminPolicies;
    expect(clusterNetworkPolicies.map(({ metadata }) => metadata)).toEqual([{ name: "deny" }]);
    expect(adminNetworkPolicies[0]?.spec?.ingress?.[0]?.ports).toEqual([
      { portNumber: { port: 80 } },
      { namedPort: "http" },
    ]);
    expect(baselineAdminNetworkPolicies[0]?.spec?.egress?.[0]?.to).toEqual([{ networks: ["0.0.0.0/0"] }]);
    const pods: NamespacedPodSelector | null | undefined =
      clusterNetworkPolicies[0]?.spec?.ingress?.[0]?.from?.[0]?.pods;
    expect(pods).toEqual({ podSelector: { matchLabels: { app: "x" } } });
  });

  it("stand outside of namespaces, and their rules are found in the file", () => {
    const { snapshot } = parse(CLUSTER.replace("  name: deny", "  name: deny\n  namespace: shop"));
    expect(snapshot.namespaces).toEqual([]);
    const at = (...path: (string | number)[]) =>
      snapshot.locate({ kind: "ClusterNetworkPolicy", name: "deny" }, path)?.line;
    expect(at("spec", "ingress", 0)).toBe(12);
    expect(at("spec", "egress", 0, "to", 1, "nodes")).toBe(17);
  });

  it.each([
    [
      "a misspelt field",
      CLUSTER.replace("priority: 10", "priorty: 10"),
      /^7: unknown field "spec.priorty" \| did you mean "priority"\?$/m,
    ],
    [
      "T12: the peers of old versions",
      CLUSTER.replace("from: [{pods:", "from: [{sameLabels: [a]}, {pods:"),
      /unknown field "spec.ingress\[0\].from\[0\].sameLabels"/,
    ],
    [
      "networks at ingress",
      CLUSTER.replace("from: [{pods:", "from: [{networks: [10.0.0.0/8]}, {pods:"),
      /unknown field "spec.ingress\[0\].from\[0\].networks"/,
    ],
    ["a port that is text", CLUSTER.replace("start: 80", 'start: "80"'), /must be an integer/],
    ["no subject", CLUSTER.replace("  subject:\n    namespaces: {}\n", ""), /spec.subject: Required value/],
    ["no action", ADMIN.replace("action: Allow, ", ""), /spec.ingress\[0\].action: Required value/],
    [
      "domain names in a baseline of v1alpha1",
      BASELINE.replace("networks: [0.0.0.0/0]", "domainNames: [a.b]"),
      /domainNames/,
    ],
  ])("are refused with %s", (_what, text, expected) => {
    expect(messages(text).join("\n")).toMatch(expected);
  });

  it("are only counted in a version that is not read, and refused where their kind is misspelt", () => {
    const { snapshot, diagnostics } = parse(CLUSTER.replace("v1alpha2", "v1beta1"));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(snapshot.adminPolicies.clusterNetworkPolicies).toEqual([]);
    expect(snapshot.foreignPolicies).toEqual([
      { group: "policy.networking.k8s.io", kind: "ClusterNetworkPolicy", count: 1 },
    ]);
    expect(messages(CLUSTER.replace("kind: ClusterNetworkPolicy", "kind: ClusterNetworkPolic"))).toEqual([
      '2: no matches for kind "ClusterNetworkPolic" in version "policy.networking.k8s.io/v1alpha2" | did you mean "ClusterNetworkPolicy"?',
    ]);
  });
});
