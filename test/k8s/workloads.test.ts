import { describe, expect, it } from "vitest";
import { toWorkload } from "../../src/k8s/workloads.ts";
import type { KubernetesObject } from "../../src/model/kubernetes.ts";

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [] } };
const metadata = { name: "x", namespace: "shop" };
const owned = {
  ...metadata,
  ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "x", uid: "1", controller: true }],
};

/** Raw JSON has fields that the shared type does not name. */
const raw = (object: object): KubernetesObject => object as KubernetesObject;

describe("toWorkload", () => {
  it("takes template, selector and replicas", () => {
    const spec = { replicas: 0, selector: { matchLabels: { app: "x" } }, template, strategy: {} };
    expect(toWorkload("Deployment", raw({ metadata, spec }))).toEqual({
      kind: "Deployment",
      metadata,
      replicas: 0,
      selector: { matchLabels: { app: "x" } },
      template,
    });
  });

  it("leaves out what is not set", () => {
    expect(
      toWorkload("DaemonSet", raw({ metadata, spec: { selector: null, replicas: null, template } })),
    ).toEqual({
      kind: "DaemonSet",
      metadata,
      template,
    });
  });

  it("finds the template of a CronJob two levels deep", () => {
    const spec = { jobTemplate: { spec: { template } } };
    expect(toWorkload("CronJob", raw({ metadata, spec }))).toEqual({ kind: "CronJob", metadata, template });
  });

  it("makes a selector of a ReplicationController's map", () => {
    const spec = { selector: { app: "x" }, template };
    expect(toWorkload("ReplicationController", raw({ metadata, spec }))?.selector).toEqual({
      matchLabels: { app: "x" },
    });
  });

  it.each([
    ["that a Deployment keeps for a roll-back", owned, 0, false],
    ["that a Deployment uses", owned, 3, true],
    ["of its own, scaled to nothing", metadata, 0, true],
  ])("takes a ReplicaSet %s: %#", (_title, its, replicas, taken) => {
    const workload = toWorkload("ReplicaSet", raw({ metadata: its, spec: { replicas, template } }));
    expect(workload !== undefined).toBe(taken);
  });

  it("is nothing without a template", () => {
    expect(toWorkload("Job", raw({ metadata, spec: {} }))).toBeUndefined();
    expect(toWorkload("Job", raw({ metadata }))).toBeUndefined();
  });
});
