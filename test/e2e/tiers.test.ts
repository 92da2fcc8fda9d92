import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { applyAll, IS_TESTBED, kubectl, leftovers, netverdict, runReport, useEngine } from "./cluster.ts";

const FOLDER = "scenarios/cluster-network-policy";

interface Example {
  readonly name: string;
  readonly folder: string;
  readonly namespaces: readonly string[];
  readonly expected: Pick<RunReport, "exitCode"> & {
    readonly flows: number;
    readonly notPassed: Readonly<Record<string, object>>;
  };
}

const EXAMPLES: readonly Example[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const folder = `${FOLDER}/${name}`;
    const namespaces = readFileSync(`${folder}/manifests/namespace.yaml`, "utf8");
    return {
      name,
      folder,
      namespaces: [...namespaces.matchAll(/name: ([a-z0-9-]+)/g)].map((match) => match[1] ?? ""),
      expected: JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Example["expected"],
    };
  });

/** Which tier decides at the destination, by flow. */
function decidingTiers({ flows }: RunReport): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    flows.map((flow) => [
      `${flow.from.replace(/^.*\//, "")} ${flow.to.replace(/^.*\//, "")}`,
      flow.targets[0]?.prediction.ingress.tier,
    ]),
  );
}

// Only there is an engine that can be had on demand: elsewhere the cluster has to serve and enforce the API already.
describe.runIf(IS_TESTBED)("ClusterNetworkPolicies under an engine that enforces them", () => {
  beforeAll(() => {
    useEngine("cluster-network-policy");
    applyAll(EXAMPLES);
  }, 300_000);

  afterAll(() => {
    kubectl("delete", "clusternetworkpolicies", "--all");
    const namespaces = EXAMPLES.flatMap((example) => example.namespaces);
    kubectl("delete", "namespace", "--wait=false", "--ignore-not-found", ...namespaces);
    useEngine("reject");
  });

  it("has examples, a broken one among them", () => {
    expect(EXAMPLES.map(({ expected }) => expected.exitCode).sort()).toEqual([0, 1]);
  });

  it.each(EXAMPLES)("$name: expected, predicted and observed come to exactly what they must", async ({
    folder,
    expected,
  }) => {
    const { code, report } = await runReport("run", `${folder}/scenario.yaml`);
    const notPassed = report.flows
      .filter(({ verdict }) => verdict !== "pass")
      .map(({ id, verdict, cause, advice }) => [id, { verdict, cause, advice }]);
    expect(Object.fromEntries(notPassed)).toEqual(expected.notPassed);
    expect({ code, flows: report.summary.flows }).toEqual({ code: expected.exitCode, flows: expected.flows });
    // What the policies say is what the packets do, whether it was meant or not.
    expect(report.flows.map(({ id, prediction }) => [id, prediction])).toEqual(
      report.flows.map(({ id }) => [id, "agrees"]),
    );
    expect(report.policies).toMatchObject({ foreign: [], unread: [] });
    expect(report.policies.adminPolicies).toBe(2 * EXAMPLES.length);
    expect(leftovers()).toEqual([]);
  });

  it("decides each flow in the tier that the scenario says", async () => {
    const { report } = await runReport("run", `${FOLDER}/admin-tier/scenario.yaml`);
    expect(decidingTiers(report)).toMatchObject({
      "outsider teller": "Admin",
      "auditor ledger": "Admin",
      "operator teller": "NetworkPolicy",
      "operator ledger": "NetworkPolicy",
      "teller archive": "Baseline",
      "operator archive": "Baseline",
    });
  });

  it("prints the rule that denies, the one that was meant, and the label at fault", async () => {
    const { code, stdout } = await netverdict("run", `${FOLDER}/admin-tier-broken/scenario.yaml`);
    expect(code).toBe(1);
    expect(stdout).toContain("ClusterNetworkPolicy treasury-broken-guard (Admin tier, priority 20) denies");
    expect(stdout).toContain("spec.ingress[1] of ClusterNetworkPolicy treasury-broken-guard");
    expect(stdout).toContain("label role=operators wanted, pod has role=operator");
  });

  it("knows of one priority twice that the answer is open, and takes the profile's word for it", async () => {
    const twin = `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: treasury-a-twin}
spec:
  tier: Admin
  priority: 20
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: treasury}}}
  ingress:
    - action: Accept
      from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: default}}}]
`;
    const flow = [
      "probe",
      "-n",
      "default",
      "app=outsider",
      "treasury/deploy/teller:8080",
      "--expect",
      "allow",
    ];
    const folder = mkdtempSync(join(tmpdir(), "netverdict-tiers-"));
    writeFileSync(join(folder, "twin.yaml"), twin);
    kubectl("apply", "-f", folder);
    try {
      const open = await runReport(...flow);
      expect(open.report.flows[0]).toMatchObject({ predicted: "undetermined", observed: "connected" });
      expect(open.report.flows[0]?.targets[0]?.prediction).toMatchObject({
        openPoint: "T2",
        knob: "samePriority",
      });
      const decided = await runReport(...flow, "--profile", "kube-network-policies");
      expect(decided.report.settings).toMatchObject({ profile: "kube-network-policies" });
      expect(decided.report.flows[0]).toMatchObject({
        predicted: "allow",
        prediction: "agrees",
        verdict: "pass",
      });
    } finally {
      kubectl("delete", "clusternetworkpolicy", "treasury-a-twin");
      rmSync(folder, { recursive: true });
    }
  });
});
