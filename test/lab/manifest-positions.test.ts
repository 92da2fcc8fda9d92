import { describe, expect, it } from "vitest";
import { withPositions } from "../../src/cli/manifest-positions.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { NetworkPolicy } from "../../src/model/kubernetes.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";

const FILE = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]
`;

const files = parseManifests([{ path: "policies.yaml", text: FILE }]).snapshot;

const live = (spec: object, unread: Snapshot["unread"] = []): Snapshot => ({
  ...files,
  origin: "cluster",
  networkPolicies: [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "db", namespace: "shop" },
      spec,
    },
  ] as readonly NetworkPolicy[],
  unread,
  locate: () => undefined,
});

// As the API server stores it.
const SPEC = {
  podSelector: { matchLabels: { app: "db" } },
  ingress: [
    { from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 5432, protocol: "TCP" }] },
  ],
  policyTypes: ["Ingress"],
};
const REF = { kind: "NetworkPolicy", namespace: "shop", name: "db" };

describe("positions of a live cluster's policies", () => {
  it("are those of the same policy in the files, whatever the API server filled in", () => {
    const { snapshot, diagnostics } = withPositions(live(SPEC), files);
    expect(diagnostics).toEqual([]);
    expect(snapshot.locate(REF, ["spec", "ingress", 0])).toMatchObject({ file: "policies.yaml", line: 7 });
    expect(snapshot.origin).toBe("cluster");
  });

  it.each([
    {
      what: "another port",
      spec: { ...SPEC, ingress: [{ ...SPEC.ingress[0], ports: [{ port: 5433, protocol: "TCP" }] }] },
    },
    { what: "no rule", spec: { ...SPEC, ingress: [] } },
    { what: "an empty rule", spec: { ...SPEC, ingress: [{}] } },
    { what: "another direction", spec: { ...SPEC, policyTypes: ["Ingress", "Egress"] } },
  ])("are none where the cluster's has $what, and that is said", ({ spec }) => {
    const { snapshot, diagnostics } = withPositions(live(spec), files);
    expect(snapshot.locate(REF, ["spec"])).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        severity: "warning",
        message: "NetworkPolicy shop/db of the manifests is another one in the cluster",
        range: { file: "policies.yaml", start: { line: 1 } },
      },
    ]);
  });

  it("say which policies the cluster does not have, unless they may not be read", () => {
    const none = { ...live(SPEC), networkPolicies: [] };
    expect(withPositions(none, files).diagnostics[0]?.message).toContain("is not in the cluster");
    const unread = [{ resource: "networkpolicies", reason: "forbidden" }] as const;
    expect(withPositions({ ...none, unread }, files).diagnostics).toEqual([]);
  });
});
