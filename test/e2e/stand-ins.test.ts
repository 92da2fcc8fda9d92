import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectl, leftovers, runReport } from "./cluster.ts";

const NAMESPACE = "e2e-stand-ins";
const folder = mkdtempSync(join(tmpdir(), "netverdict-stand-ins-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(() => {
  const manifests = file(
    "manifests.yaml",
    `apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: servers, namespace: ${NAMESPACE}}
spec:
  podSelector: {matchLabels: {app: server}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: friend}}}]
      ports: [{port: 80}, {port: query, protocol: UDP}, {port: 5432}]
---
apiVersion: v1
kind: Service
metadata: {name: published, namespace: ${NAMESPACE}}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {app: published}
  ports: [{port: 80}]
`,
  );
  kubectl("apply", "-f", manifests);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  kubectl("delete", "namespace", "--wait=false", NAMESPACE);
});

describe("stand-ins on both sides", () => {
  it("serve TCP, HTTP below 1024 and UDP, in a namespace that enforces Pod Security restricted", async () => {
    const scenario = file(
      "servers.yaml",
      `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: servers}
defaults: {namespace: ${NAMESPACE}}
endpoints:
  friend: {labels: {app: friend}, hypothetical: true}
  stranger: {labels: {app: stranger}, hypothetical: true}
  server:
    labels: {app: server}
    standIn: true
    ports: [{name: web, port: 80, serve: http}, {name: query, port: 53, protocol: UDP}, 5432, 6379]
flows:
  - friend -> http://server:80/ should succeed
  - friend -> server:query/UDP should succeed
  - friend -> server:5432 should succeed
  - friend -> server:6379 should fail
  - stranger -> http://server:80/ should fail
  - stranger -> server:query/UDP should fail
  - stranger -> server:5432 should fail
`,
    );
    const { code, report } = await runReport("run", scenario);
    expect(
      report.flows.filter(({ verdict }) => verdict !== "pass").map(({ id, reason }) => [id, reason]),
    ).toEqual([]);
    expect({ code, flows: report.summary.flows }).toEqual({ code: 0, flows: 7 });
    expect(leftovers()).toEqual([]);
  });

  it("are refused where a Service would send them production traffic, and the others go on", async () => {
    const scenario = file(
      "published.yaml",
      `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: published}
defaults: {namespace: ${NAMESPACE}}
endpoints:
  published: {labels: {app: published}, hypothetical: true}
  friend: {labels: {app: friend}, hypothetical: true}
  server: {labels: {app: server}, standIn: true, ports: [5432]}
flows:
  - published -> server:5432 should fail
  - friend -> server:5432 should succeed
`,
    );
    const { code, report } = await runReport("run", scenario);
    expect(code).toBe(2);
    expect(report.flows.map(({ verdict }) => verdict)).toEqual(["inconclusive", "pass"]);
    expect(report.flows[0]?.reason).toContain("publishNotReadyAddresses");
    expect(leftovers()).toEqual([]);
  });
});
