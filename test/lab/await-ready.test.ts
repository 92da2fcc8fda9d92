import { describe, expect, it } from "vitest";
import { awaitReady, notReady } from "../../src/lab/await-ready.ts";
import { fakeLab, podObject, workloadObject } from "./control/fake-lab.ts";

const signal = new AbortController().signal;

describe("waiting for a lab's workloads", () => {
  it("ends when all of them are ready", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 3 }));
    lab.store.create("statefulsets", workloadObject("db", { replicas: 2 }));
    lab.store.create("daemonsets", workloadObject("agent"));
    lab.store.create("pods", podObject("gated", { readinessGates: [{ conditionType: "never" }] }));
    expect(notReady(lab.store).length).toBeGreaterThan(0);
    expect(await awaitReady(lab.store, { timeoutMs: 5_000, signal })).toEqual([]);
    expect(lab.pods()).toHaveLength(8);
  });

  it("says after its time what is not, and why", async () => {
    const lab = await fakeLab();
    lab.kernel.answers.set("tcp", 1);
    const container = {
      name: "main",
      image: "busybox",
      command: ["x"],
      readinessProbe: { tcpSocket: { port: 1 } },
    };
    lab.store.create("deployments", workloadObject("web", {}, { containers: [container] }));
    lab.store.create("pods", podObject("nowhere", { nodeSelector: { disk: "ssd" } }));
    const problems = await awaitReady(lab.store, { timeoutMs: 100, signal });
    expect(problems).toEqual([
      "pod shop/nowhere: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
      expect.stringMatching(/^pod shop\/web-\w+-\w+: container main runs and its readinessProbe fails$/),
      "Deployment shop/web: 0 of 1 pods ready",
      expect.stringMatching(/^ReplicaSet shop\/web-\w+: 0 of 1 pods ready$/),
    ]);
  });

  it("rejects when it is called off", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("nowhere", { nodeSelector: { disk: "ssd" } }));
    const controller = new AbortController();
    const waiting = awaitReady(lab.store, { timeoutMs: 5_000, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
