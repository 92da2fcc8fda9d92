import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import {
  IS_TESTBED,
  kubectl,
  kubectlJson,
  leftovers,
  runReport,
  sleep,
  start,
  testbed,
  useEngine,
} from "./cluster.ts";

const NAMESPACE = "e2e-canary";
const folder = mkdtempSync(join(tmpdir(), "netverdict-canary-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A server on each node, and nothing that denies anything: only the canary can tell whether policies are enforced. */
const SERVERS = `apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: server, namespace: ${NAMESPACE}}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: server
          image: busybox:1.35
          command: [tcpsvd, -E, "0.0.0.0", "8080", cat]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
`;

const OPEN = `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: open}
defaults: {namespace: ${NAMESPACE}}
endpoints:
  client: {labels: {app: client}, hypothetical: true}
  server: {workload: daemonset/server}
flows:
  - client -> server:8080 should succeed
`;

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: servers, namespace: ${NAMESPACE}}
spec: {podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8080}]}]}
`;

const open = file("open.yaml", OPEN);

beforeAll(() => {
  kubectl("apply", "-f", file("servers.yaml", SERVERS));
  kubectl("-n", NAMESPACE, "rollout", "status", "daemonset/server", "--timeout=60s");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  kubectl("delete", "namespace", "--wait=false", NAMESPACE);
});

function grades({ enforcement }: RunReport): Readonly<Record<string, string>> {
  return Object.fromEntries((enforcement?.nodes ?? []).map(({ node, grade }) => [node, grade]));
}

describe("the enforcement canary", () => {
  it("proves each node of a source or a target, and goes with the run", async () => {
    const { code, report } = await runReport("run", open);
    expect([code, report.enforcement?.grade]).toEqual([0, "proven"]);
    const nodes = kubectlJson<{ items: readonly { metadata: { name: string } }[] }>("get", "nodes").items;
    expect(grades(report)).toEqual(
      Object.fromEntries(nodes.map(({ metadata }) => [metadata.name, "proven"])),
    );
    expect(leftovers()).toEqual([]);
  });

  it("leaves the run undecided without the right to make policies, names the right, and stops it when required", async () => {
    const { stdout: roles } = await start([
      "rbac",
      open,
      "--service-account",
      `${NAMESPACE}/default`,
      "--canary",
      "off",
    ]).done;
    kubectl("apply", "-f", file("roles.yaml", roles));
    const token = kubectl("-n", NAMESPACE, "create", "token", "default").trim();
    const config = kubectlJson<{
      clusters: unknown;
      contexts: readonly { name: string; context: { cluster: string } }[];
    }>("config", "view", "--raw", "--minify");
    const cluster = config.contexts[0]?.context.cluster;
    const kubeconfig = file(
      "least.kubeconfig",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: config.clusters,
        contexts: [{ name: "least", context: { cluster, user: "least", namespace: NAMESPACE } }],
        users: [{ name: "least", user: { token } }],
        "current-context": "least",
      }),
    );
    const auto = await start(["run", open, "-o", "json", "--kubeconfig", kubeconfig]).done;
    const report = JSON.parse(auto.stdout) as RunReport;
    expect([auto.code, report.summary.passed, report.enforcement?.grade]).toEqual([2, 1, "not-proven"]);
    expect(report.enforcement?.reason).toContain("create networkpolicies.networking.k8s.io");
    const off = await start(["run", open, "--kubeconfig", kubeconfig, "--canary", "off"]).done;
    expect(off.code).toBe(0);
    expect(off.stdout).toContain("enforcement not looked at (--canary off)");
    const required = await start(["run", open, "--kubeconfig", kubeconfig, "--canary", "require"]).done;
    expect(required.code).toBe(2);
    expect(required.stderr).toContain("the enforcement canary is required, and cannot be made");
    expect(leftovers()).toEqual([]);
  });

  it("tries both placements of every pair of pods", async () => {
    const { code, report } = await runReport("run", open, "--placement", "both");
    expect(code).toBe(0);
    const places = report.flows[0]?.targets.map(({ target, source, pod }) => [
      / \((same|cross) node\)$/.exec(target)?.[1],
      source?.node === pod?.node,
    ]);
    expect(places).toEqual([
      ["same", true],
      ["cross", false],
      ["same", true],
      ["cross", false],
    ]);
  });
});

describe("a policy that changes during the run", () => {
  it("has its flows asked once more, and the report says so", async () => {
    // The second flow is asked for as long as it takes the policy to come.
    const slow = file("slow.yaml", `${OPEN}  - client -> server:9090 should fail\n`);
    const { done } = start(["run", slow, "-o", "json", "--settle", "4s"]);
    while (!leftovers().some((name) => name.startsWith("pods "))) await sleep(100);
    await sleep(1500);
    kubectl("apply", "-f", file("policy.yaml", POLICY));
    const { stdout, code } = await done;
    const report = JSON.parse(stdout) as RunReport;
    expect(report.flows.map(({ rechecked }) => rechecked)).toEqual(
      Array(2).fill(`NetworkPolicy ${NAMESPACE}/servers is new`),
    );
    expect(report.flows.map(({ verdict, predicted }) => [verdict, predicted])).toEqual([
      ["pass", "allow"],
      ["inconclusive", "deny"], // nothing listens there, so its silence proves nothing
    ]);
    expect(code).toBe(2);
    expect(leftovers()).toEqual([]);
    kubectl("-n", NAMESPACE, "delete", "networkpolicy", "servers");
  });
});

describe.runIf(IS_TESTBED)("a network that does not enforce", () => {
  afterAll(() => useEngine("reject"));

  it("is never green, though every flow passes", async () => {
    useEngine("none");
    const { code, report } = await runReport("run", open, "--settle", "2s");
    expect([code, report.summary.failed, report.enforcement?.grade]).toEqual([1, 0, "failed"]);
    expect(grades(report)).toEqual({ node1: "failed", node2: "failed" });
    const { stdout } = await start(["run", open, "--settle", "2s"]).done;
    expect(stdout).toContain("enforcement failed on node1, node2: not enforced: ingress and egress");
    expect(stdout).toContain("not green (exit code 1)");
  });

  it("on one node only is named, and the other is proven", async () => {
    useEngine("kube-network-policies");
    await testbed("kill-engine", "node1");
    const { code, report } = await runReport("run", open, "--settle", "5s");
    expect([code, grades(report)]).toEqual([1, { node1: "failed", node2: "proven" }]);
  });

  it("any more, from the middle of the run on, is noticed at its end", async () => {
    useEngine("reject");
    useEngine("kube-network-policies");
    const slow = file(
      "long.yaml",
      `${OPEN}  - {from: client, to: nowhere, port: 80, expect: allow}\n`.replace(
        "flows:",
        "  nowhere: {ip: 198.51.100.77}\nflows:",
      ),
    );
    const { done } = start(["run", slow, "-o", "json", "--settle", "15s"]);
    while (!leftovers().some((name) => name.startsWith("pods "))) await sleep(100);
    await sleep(6000);
    await testbed("kill-engine", "node1");
    const { stdout, code } = await done;
    const { enforcement } = JSON.parse(stdout) as RunReport;
    expect([code, enforcement?.grade]).toEqual([1, "failed"]);
    const node1 = enforcement?.nodes.find(({ node }) => node === "node1");
    expect(node1?.detail).toContain("no longer enforced");
  });
});
