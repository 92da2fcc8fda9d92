import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";

const TEMPLATE =
  "{metadata: {labels: {app: api}, annotations: {note: x}}, spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}";

function workload(kind: string, spec: string, metadata = "name: api, namespace: shop"): string {
  const apiVersion = kind === "ReplicationController" ? "v1" : kind.endsWith("Job") ? "batch/v1" : "apps/v1";
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {${metadata}, labels: {app: of-the-workload}}\nspec: {${spec}}\n`;
}
const pod = (metadata: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {${metadata}, namespace: shop}\nspec: {containers: [{name: c}]}\n`;
const owner = (kind: string, name: string) =>
  `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: u, controller: true}]`;

function snapshotOf(...documents: readonly string[]) {
  const { snapshot, diagnostics } = parseManifests([{ path: "a.yaml", text: documents.join("---\n") }]);
  expect(diagnostics).toEqual([]);
  return snapshot;
}
const podNames = (...documents: readonly string[]) =>
  snapshotOf(...documents).pods.map(({ metadata }) => metadata.name);

describe("workloads in manifests (S21)", () => {
  it.each([
    ["Deployment", `template: ${TEMPLATE}`],
    ["StatefulSet", `template: ${TEMPLATE}`],
    ["DaemonSet", `template: ${TEMPLATE}`],
    ["ReplicaSet", `template: ${TEMPLATE}`],
    ["ReplicationController", `template: ${TEMPLATE}`],
    ["Job", `template: ${TEMPLATE}`],
    ["CronJob", `suspend: true, schedule: "* * * * *", jobTemplate: {spec: {template: ${TEMPLATE}}}`],
  ])("become one pod with the template's labels: %s", (kind, spec) => {
    const snapshot = snapshotOf(workload(kind, spec));
    expect(snapshot.pods).toHaveLength(1);
    expect(snapshot.pods[0]).toMatchObject({
      metadata: {
        name: "api",
        namespace: "shop",
        labels: { app: "api" },
        annotations: { note: "x" },
        ownerReferences: [{ kind, name: "api", controller: true }],
      },
      spec: { hostNetwork: true, containers: [{ name: "c", ports: [{ containerPort: 80 }] }] },
    });
    expect(snapshot.workloads).toMatchObject([
      {
        kind,
        metadata: { name: "api", namespace: "shop" },
        template: { metadata: { labels: { app: "api" } } },
      },
    ]);
  });

  it("keep replicas and selector; a ReplicationController's is a map of labels", () => {
    const snapshot = snapshotOf(
      workload("Deployment", `replicas: 3, selector: {matchLabels: {app: api}}, template: ${TEMPLATE}`),
      workload("ReplicationController", `selector: {app: api}, template: ${TEMPLATE}`, "name: rc"),
      workload("Job", `template: ${TEMPLATE}`),
    );
    expect(snapshot.workloads.map(({ replicas, selector }) => ({ replicas, selector }))).toEqual([
      { replicas: 3, selector: { matchLabels: { app: "api" } } },
      { replicas: undefined, selector: { matchLabels: { app: "api" } } },
      { replicas: undefined, selector: undefined },
    ]);
  });

  it("without replicas make no pod and are still there", () => {
    const snapshot = snapshotOf(workload("Deployment", `replicas: 0, template: ${TEMPLATE}`));
    expect(snapshot.pods).toEqual([]);
    expect(snapshot.workloads).toHaveLength(1);
  });

  it("whose template has no metadata make a pod without labels", () => {
    const snapshot = snapshotOf(
      workload("Deployment", "template: {metadata: null, spec: {containers: [{name: c}]}}"),
    );
    expect(snapshot.pods[0]?.metadata.labels).toBeUndefined();
  });

  it("give their pods names that nothing else has", () => {
    const all = [
      workload("Deployment", `template: ${TEMPLATE}`),
      workload("StatefulSet", `template: ${TEMPLATE}`),
      workload("DaemonSet", `template: ${TEMPLATE}`),
    ];
    expect(podNames(...all)).toEqual(["api", "api-statefulset", "api-daemonset"]);
    expect(podNames(...all, pod("name: api"), pod("name: api-statefulset"))).toEqual([
      "api",
      "api-statefulset",
      "api-deployment",
      "api-statefulset-2",
      "api-daemonset",
    ]);
  });

  it("that another workload owns make no pod beside their owner's", () => {
    const deployment = workload("Deployment", `template: ${TEMPLATE}`);
    const replicaSet = workload(
      "ReplicaSet",
      `template: ${TEMPLATE}`,
      `name: api-1, namespace: shop, ${owner("Deployment", "api")}`,
    );
    expect(podNames(deployment, replicaSet)).toEqual(["api"]);
    expect(podNames(replicaSet)).toEqual(["api-1"]);
  });

  it("whose pods are in the files too make none of their own, through any number of owners", () => {
    const deployment = workload("Deployment", `template: ${TEMPLATE}`);
    const replicaSet = workload(
      "ReplicaSet",
      `template: ${TEMPLATE}`,
      `name: api-1, namespace: shop, ${owner("Deployment", "api")}`,
    );
    const real = pod(`name: api-1-abc, ${owner("ReplicaSet", "api-1")}`);
    expect(podNames(deployment, replicaSet, real)).toEqual(["api-1-abc"]);
    expect(podNames(deployment, pod("name: other"))).toEqual(["other", "api"]);
  });

  it("that own themselves in a circle end the search", () => {
    const one = workload(
      "ReplicaSet",
      `template: ${TEMPLATE}`,
      `name: a, namespace: shop, ${owner("ReplicaSet", "b")}`,
    );
    const two = workload(
      "ReplicaSet",
      `template: ${TEMPLATE}`,
      `name: b, namespace: shop, ${owner("ReplicaSet", "a")}`,
    );
    expect(podNames(one, two, pod(`name: p, ${owner("ReplicaSet", "a")}`))).toEqual(["p"]);
  });
});
