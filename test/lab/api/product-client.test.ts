import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Connection, connect } from "../../../src/k8s/connect.ts";
import { reviewRights } from "../../../src/k8s/permissions.ts";
import { readSnapshot } from "../../../src/k8s/snapshot.ts";
import { LAB_CONTEXT, writeKubeconfig } from "../../../src/lab/api/kubeconfig.ts";
import { call, pod } from "./http-client.ts";
import { type TestLab, testLab } from "./test-lab.ts";

let lab: TestLab;
let folder: string;
let connection: Connection;

beforeEach(async () => {
  lab = await testLab();
  folder = mkdtempSync(join(tmpdir(), "netverdict-test-"));
  const kubeconfig = join(folder, "config");
  writeKubeconfig(kubeconfig, lab.server);
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  connection = await connect({ kubeconfig, env: {} });
});

afterEach(async () => {
  connection.close();
  rmSync(folder, { recursive: true });
  await lab.close();
});

describe("the product's own client", () => {
  it("finds the lab by its kubeconfig and reads a snapshot of it", async () => {
    await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("web", { app: "web" }) });
    const policies = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
    await call(lab, "POST", policies, { body: { metadata: { name: "deny" }, spec: { podSelector: {} } } });
    expect(connection.context).toBe(LAB_CONTEXT);
    const snapshot = await readSnapshot(connection, { namespaces: ["default"] });
    expect(snapshot.unread).toEqual([]);
    expect(snapshot.pods.map(({ metadata }) => metadata.name)).toEqual(["web"]);
    expect(snapshot.networkPolicies[0]?.spec?.policyTypes).toEqual(["Ingress"]);
    expect(snapshot.namespaces.map(({ metadata }) => metadata.name)).toEqual(["default", "kube-system"]);
    expect(snapshot.nodes.map(({ metadata }) => metadata.name)).toEqual(["node-1"]);
  });

  it("runs commands, and runs them again through faults that pass", async () => {
    await call(lab, "POST", "/api/v1/namespaces/default/pods", { body: pod("web") });
    lab.faults.exec = [{ kind: "refuse", status: 502, times: 1 }];
    lab.faults.requests = [{ status: 503, times: 1 }];
    const where = { namespace: "default", name: "web" };
    const result = await connection.exec.exec(where, ["sh", "-c", "head -c 2; exit 4"], {
      deadlineMs: 10_000,
      stdin: "in",
    });
    expect(result).toMatchObject({ kind: "completed", exitCode: 4, stdout: "in" });
    expect(await connection.api.get("/version")).toMatchObject({ major: "1" });
  });

  it("asks about its rights and has them all", async () => {
    const right = {
      verb: "create",
      group: "",
      resource: "pods/exec",
      namespace: "default",
      purposes: ["x"],
    } as const;
    expect(await reviewRights(connection.api, [right])).toEqual({ denied: [] });
  });
});
