import { describe, expect, it } from "vitest";
import { fakeLab, podObject } from "./fake-lab.ts";

const onNode = (terms: readonly object[]): object => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  },
});
const byName = (...values: readonly string[]): object => ({
  matchFields: [{ key: "metadata.name", operator: "In", values }],
});

describe("the scheduler", () => {
  it.each([
    { name: "a nodeSelector", spec: { nodeSelector: { "kubernetes.io/hostname": "node-2" } } },
    { name: "node affinity to a node's name", spec: onNode([byName("node-2")]) },
    {
      name: "node affinity to labels",
      spec: onNode([
        { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "NotIn", values: ["node-1"] }] },
      ]),
    },
    { name: "the second of two terms", spec: onNode([byName("node-9"), byName("node-2")]) },
    { name: "a nodeName", spec: { nodeName: "node-2" } },
  ])("honours $name", async ({ spec }) => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("a", spec));
    lab.store.create("pods", podObject("b", spec));
    await lab.settle();
    expect(lab.pods().map((pod) => [pod.spec.nodeName, pod.status?.phase])).toEqual([
      ["node-2", "Running"],
      ["node-2", "Running"],
    ]);
  });

  it("says why a pod has no node, and gives it one when one comes free", async () => {
    const lab = await fakeLab({ nodes: 1 });
    const affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: "db" } }, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    };
    const labels = { app: "db" };
    lab.store.create("pods", podObject("first", { affinity }, { labels }));
    await lab.settle();
    lab.store.create("pods", podObject("second", { affinity }, { labels }));
    await lab.settle();
    expect(lab.pod("shop", "second")?.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
      }),
    );
    lab.store.delete("pods", "shop", "first");
    await lab.settle();
    expect(lab.pod("shop", "second")?.status?.phase).toBe("Running");
  });

  it("matches nothing by an empty term", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("a", onNode([{}])));
    await lab.settle();
    expect(lab.pod("shop", "a")?.spec.nodeName).toBeUndefined();
  });
});
