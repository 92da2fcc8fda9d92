import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";

const run = promisify(execFile);
const KUBECTL = process.env.NETVERDICT_KUBECTL ?? "kubectl";
const folder = mkdtempSync(join(tmpdir(), "netverdict-kubectl-"));
const kubeconfig = join(folder, "kubeconfig");
const MANIFESTS = "scenarios/three-tier/manifests";

let lab: Lab;

async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(KUBECTL, [...args], {
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig },
    timeout: 30_000,
  });
  return stdout;
}

beforeAll(async () => {
  lab = await startLab({ nodes: 2, ipv6: true, enforcement: "reset", outside: [], busyboxImages: [] });
  writeFileSync(kubeconfig, lab.api.kubeconfig, { mode: 0o600 });
  await kubectl("version").catch((error: unknown) => {
    throw new Error(
      `this suite needs a kubectl: name one by NETVERDICT_KUBECTL, or build the test bed's (npm run testbed -- build)`,
      { cause: error },
    );
  });
});

afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the real kubectl on a lab", () => {
  it("applies manifests, follows the roll-out, and applies them again without a change", async () => {
    await kubectl("apply", "-f", `${MANIFESTS}/namespace.yaml`);
    expect(await kubectl("apply", "-f", MANIFESTS)).toContain("deployment.apps/backend created");
    for (const name of ["frontend", "backend", "database"]) {
      expect(
        await kubectl("-n", "production", "rollout", "status", `deployment/${name}`, "--timeout=20s"),
      ).toContain("successfully rolled out");
    }
    expect(await kubectl("apply", "-f", MANIFESTS)).not.toMatch(/created|configured/);
  });

  it("waits for pods, and shows what there is", async () => {
    const all = ["-n", "production", "pods", "--all"] as const;
    expect(await kubectl("wait", "--for=condition=Ready", "--timeout=20s", ...all)).toContain(
      "condition met",
    );
    expect(await kubectl("get", "nodes")).toMatch(/node-1\s+Ready/);
    expect(await kubectl("-n", "production", "get", "pods,svc,netpol,deploy", "-o", "wide")).toContain(
      "10.244.",
    );
    expect(await kubectl("-n", "production", "describe", "netpol", "database-policy")).toContain(
      "tier=backend",
    );
  });

  it("execs over WebSocket, with exit codes, and reads logs", async () => {
    const exec = ["-n", "production", "exec", "deploy/backend", "--"] as const;
    expect(await kubectl(...exec, "cat", "/etc/resolv.conf")).toContain("nameserver 10.96.0.10");
    const failed = kubectl(...exec, "sh", "-c", "echo out; exit 7");
    await expect(failed).rejects.toMatchObject({ code: 7, stdout: "out\n" });
    const spec = {
      containers: [{ name: "main", image: "busybox", command: ["sh", "-c", "echo hello; sleep 100"] }],
    };
    lab.store.create("pods", { metadata: { name: "talks", namespace: "default" }, spec });
    await kubectl("wait", "--for=condition=Ready", "pod/talks", "--timeout=20s");
    expect(await kubectl("logs", "talks")).toBe("hello\n");
  });

  it("changes labels, which changes what policies say at once", async () => {
    const pod = (
      await kubectl("-n", "production", "get", "pods", "-l", "tier=database", "-o", "name")
    ).trim();
    const address = (await kubectl("-n", "production", "get", pod, "-o", "jsonpath={.status.podIP}")).trim();
    const dial = [
      "-n",
      "production",
      "exec",
      "deploy/backend",
      "--",
      "nc",
      "-z",
      "-w",
      "1",
      address,
      "5432",
    ] as const;
    expect(await kubectl(...dial)).toBe("");
    const backend = (
      await kubectl("-n", "production", "get", "pods", "-l", "tier=backend", "-o", "name")
    ).trim();
    const own = ["-n", "production", "exec", backend, "--", "nc", "-z", "-w", "1", address, "5432"] as const;
    await kubectl("-n", "production", "label", backend, "tier=other", "--overwrite");
    await expect(kubectl(...own)).rejects.toMatchObject({ code: 1 });
  });

  it("scales, and deletes a namespace with all that is in it", async () => {
    await kubectl("-n", "production", "scale", "deployment/frontend", "--replicas=3");
    await kubectl("-n", "production", "rollout", "status", "deployment/frontend", "--timeout=20s");
    const names = await kubectl("-n", "production", "get", "pods", "-l", "tier=frontend", "-o", "name");
    expect(names.trim().split("\n")).toHaveLength(3);
    await kubectl("delete", "namespace", "production", "--timeout=20s");
    expect(lab.store.list("pods", "production")).toEqual([]);
  });

  it("is told what is wrong with a policy in the API server's words", async () => {
    const file = join(folder, "wrong.json");
    const spec = { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/33" } }] }] };
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "wrong" },
      spec,
    };
    writeFileSync(file, JSON.stringify(policy));
    await expect(kubectl("apply", "-f", file)).rejects.toMatchObject({
      stderr: expect.stringContaining("spec.ingress[0].from[0].ipBlock.cidr"),
    });
  });
});
