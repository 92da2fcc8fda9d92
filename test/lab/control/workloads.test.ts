import { describe, expect, it } from "vitest";
import { keyOf } from "../../../src/lab/control/pod.ts";
import type { LabObject } from "../../../src/lab/model.ts";
import { type FakeLab, fakeLab, podObject, statusOf, workloadObject } from "./fake-lab.ts";

const names = (objects: readonly LabObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name);

function change(lab: FakeLab, resource: string, name: string, spec: object): void {
  const object = lab.store.get(resource, "shop", name)!;
  lab.store.replace(resource, { ...object, spec: { ...(object.spec as object), ...spec } });
}

describe("a Deployment", () => {
  it("makes pods through a ReplicaSet, with the template's hash, spread over the nodes", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 4 }));
    await lab.settle();
    const [set] = lab.store.list("replicasets", "shop");
    const hash = set?.metadata.labels?.["pod-template-hash"];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(lab.pods()).toHaveLength(4);
    for (const pod of lab.pods()) {
      expect(pod.metadata.labels).toEqual({ app: "web", "pod-template-hash": hash });
      expect(pod.metadata.ownerReferences?.[0]).toMatchObject({
        kind: "ReplicaSet",
        uid: set?.metadata.uid,
        controller: true,
      });
    }
    expect(lab.pods().filter((pod) => pod.spec.nodeName === "node-1")).toHaveLength(2);
    const deployment = lab.store.get("deployments", "shop", "web");
    expect(statusOf(deployment)).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      unavailableReplicas: 0,
      observedGeneration: deployment?.metadata.generation,
    });
    expect(statusOf(deployment).conditions).toContainEqual(
      expect.objectContaining({ type: "Available", status: "True" }),
    );
    expect(lab.bugs).toEqual([]);
  });

  it("follows changes of its replicas in both directions", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 1 }));
    await lab.settle();
    change(lab, "deployments", "web", { replicas: 3 });
    await lab.settle();
    expect(lab.pods()).toHaveLength(3);
    change(lab, "deployments", "web", { replicas: 0 });
    await lab.settle();
    expect(lab.pods()).toEqual([]);
    expect(statusOf(lab.store.get("deployments", "shop", "web"))).toMatchObject({
      replicas: 0,
      readyReplicas: 0,
    });
  });

  it("replaces its pods when the template changes", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 2 }));
    await lab.settle();
    const old = names(lab.pods());
    const labels = { app: "web", version: "2" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "main", image: "busybox", command: ["x"] }] },
    };
    change(lab, "deployments", "web", { template });
    await lab.settle();
    expect(lab.pods()).toHaveLength(2);
    expect(names(lab.pods()).some((name) => old.includes(name))).toBe(false);
    expect(lab.pods().every((pod) => pod.metadata.labels?.version === "2")).toBe(true);
  });

  it("brings a deleted pod back", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web"));
    await lab.settle();
    const [first] = names(lab.pods());
    lab.store.delete("pods", "shop", first ?? "");
    await lab.settle();
    expect(lab.pods()).toHaveLength(1);
    expect(names(lab.pods())).not.toContain(first);
  });

  it("makes nothing, without end, of a template that its selector does not match", async () => {
    const lab = await fakeLab();
    lab.store.create("replicasets", workloadObject("odd", { selector: { matchLabels: { app: "other" } } }));
    await lab.settle();
    expect(lab.pods()).toEqual([]);
  });
});

describe("a ReplicaSet", () => {
  it("adopts a pod that matches and that nobody manages, and lets go of one that no longer matches", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("stray", {}, { labels: { app: "web" } }));
    lab.store.create("replicasets", workloadObject("web", { replicas: 2 }));
    await lab.settle();
    expect(lab.pods()).toHaveLength(2);
    expect(lab.pod("shop", "stray")?.metadata.ownerReferences?.[0]?.name).toBe("web");
    const stray = lab.pod("shop", "stray")!;
    lab.store.replace("pods", { ...stray, metadata: { ...stray.metadata, labels: { app: "debug" } } });
    await lab.settle();
    expect(lab.pod("shop", "stray")?.metadata.ownerReferences ?? []).toEqual([]);
    expect(lab.pods()).toHaveLength(3);
  });

  it("leaves a pod alone that another one manages", async () => {
    const lab = await fakeLab();
    const owner = lab.store.create("deployments", workloadObject("chain", { replicas: 0 }));
    const { name, uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true }];
    lab.store.create("pods", podObject("stand-in", {}, { labels: { app: "web" }, ownerReferences }));
    lab.store.create("replicasets", workloadObject("web", { replicas: 1 }));
    await lab.settle();
    expect(lab.pods()).toHaveLength(2);
    expect(lab.pod("shop", "stand-in")?.metadata.ownerReferences).toEqual(ownerReferences);
  });
});

describe("a StatefulSet", () => {
  it("makes its pods one after the other as they are ready, with names of their own", async () => {
    const lab = await fakeLab();
    lab.kernel.answers.set("tcp", 1);
    const containers = [
      { name: "db", image: "busybox", command: ["db"], readinessProbe: { tcpSocket: { port: 1 } } },
    ];
    lab.store.create(
      "statefulsets",
      workloadObject("db", { replicas: 3, serviceName: "db" }, { containers }),
    );
    await lab.settle();
    expect(names(lab.pods())).toEqual(["db-0"]);
    lab.kernel.answers.set("tcp", 0);
    await lab.clock.advance(15_000);
    expect(names(lab.pods())).toEqual(["db-0", "db-1", "db-2"]);
    expect(lab.pod("shop", "db-1")?.spec).toMatchObject({ hostname: "db-1", subdomain: "db" });
    expect(lab.pod("shop", "db-1")?.metadata.labels?.["statefulset.kubernetes.io/pod-name"]).toBe("db-1");
    const status = statusOf(lab.store.get("statefulsets", "shop", "db"));
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 });
    expect(status.currentRevision).toBe(status.updateRevision);
  });

  it("takes the highest away first, and gives a deleted one its name back", async () => {
    const lab = await fakeLab();
    lab.store.create("statefulsets", workloadObject("db", { replicas: 3, podManagementPolicy: "Parallel" }));
    await lab.settle();
    change(lab, "statefulsets", "db", { replicas: 2 });
    await lab.settle();
    expect(names(lab.pods())).toEqual(["db-0", "db-1"]);
    const { uid } = lab.pod("shop", "db-0")!.metadata;
    lab.store.delete("pods", "shop", "db-0");
    await lab.settle();
    expect(lab.pod("shop", "db-0")?.status?.phase).toBe("Running");
    expect(lab.pod("shop", "db-0")?.metadata.uid).not.toBe(uid);
  });
});

describe("a DaemonSet", () => {
  it("has a pod on each node", async () => {
    const lab = await fakeLab({ nodes: 3 });
    lab.store.create("daemonsets", workloadObject("agent"));
    await lab.settle();
    expect(
      lab
        .pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(["node-1", "node-2", "node-3"]);
    expect(statusOf(lab.store.get("daemonsets", "shop", "agent"))).toMatchObject({
      desiredNumberScheduled: 3,
      numberReady: 3,
    });
  });

  it("has none on nodes that its nodeSelector does not name", async () => {
    const lab = await fakeLab({ nodes: 2 });
    lab.store.create(
      "daemonsets",
      workloadObject("agent", {}, { nodeSelector: { "kubernetes.io/hostname": "node-2" } }),
    );
    await lab.settle();
    expect(lab.pods().map((pod) => pod.spec.nodeName)).toEqual(["node-2"]);
  });
});

describe("a Job", () => {
  const job = (spec: object): object =>
    workloadObject("once", { selector: undefined, ...spec }, { restartPolicy: "Never" });
  const end = async (lab: FakeLab, code: number): Promise<void> => {
    for (const pod of lab.pods()) for (const process of lab.kernel.running(keyOf(pod))) process.finish(code);
    await lab.settle();
  };

  it("runs until its completions are reached", async () => {
    const lab = await fakeLab();
    lab.store.create("jobs", job({ parallelism: 2, completions: 3 }));
    await lab.settle();
    expect(lab.pods()).toHaveLength(2);
    await end(lab, 0);
    expect(lab.pods()).toHaveLength(3);
    await end(lab, 0);
    expect(statusOf(lab.store.get("jobs", "shop", "once"))).toMatchObject({
      succeeded: 3,
      active: 0,
      conditions: [{ type: "Complete", status: "True" }],
    });
  });

  it("fails after more failures than its backoffLimit", async () => {
    const lab = await fakeLab();
    lab.store.create("jobs", job({ backoffLimit: 1 }));
    await lab.settle();
    await end(lab, 1);
    await end(lab, 1);
    expect(statusOf(lab.store.get("jobs", "shop", "once"))).toMatchObject({
      failed: 2,
      conditions: [{ type: "Failed", reason: "BackoffLimitExceeded" }],
    });
  });

  it("has no pods while it is suspended", async () => {
    const lab = await fakeLab();
    lab.store.create("jobs", job({ suspend: true }));
    await lab.settle();
    expect(lab.pods()).toEqual([]);
    change(lab, "jobs", "once", { suspend: false });
    await lab.settle();
    expect(lab.pods()).toHaveLength(1);
  });

  it("of no pods takes all that it owns along at its deadline, as the owner chain of stand-ins needs it", async () => {
    const lab = await fakeLab();
    const chain = lab.store.create(
      "jobs",
      job({
        parallelism: 0,
        completions: 1,
        backoffLimit: 0,
        activeDeadlineSeconds: 60,
        ttlSecondsAfterFinished: 0,
      }),
    );
    const owner = (object: LabObject): object => {
      const { apiVersion, kind, metadata } = object;
      return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
    };
    const deployment = lab.store.create("deployments", {
      ...workloadObject("chain", { replicas: 0 }),
      metadata: { name: "chain", namespace: "shop", ownerReferences: [owner(chain)] },
    });
    lab.store.create(
      "pods",
      podObject("stand-in", { restartPolicy: "Never" }, { ownerReferences: [owner(deployment)] }),
    );
    await lab.settle();
    expect(names(lab.pods())).toEqual(["stand-in"]);
    await lab.clock.advance(59_000);
    expect(names(lab.pods())).toEqual(["stand-in"]);
    await lab.clock.advance(2_000);
    expect(lab.store.list("jobs", "shop")).toEqual([]);
    expect(lab.store.list("deployments", "shop")).toEqual([]);
    expect(lab.store.list("replicasets", "shop")).toEqual([]);
    expect(lab.pods()).toEqual([]);
    expect(lab.bugs).toEqual([]);
  });
});

describe("garbage collection", () => {
  it("removes what a deleted owner owned, all the way down", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 2 }));
    await lab.settle();
    lab.store.delete("deployments", "shop", "web", { propagationPolicy: "Background" });
    await lab.settle();
    expect(lab.store.list("replicasets", "shop")).toEqual([]);
    expect(lab.pods()).toEqual([]);
  });

  it("keeps an owner that is deleted in the foreground until its dependents are gone", async () => {
    const lab = await fakeLab();
    lab.kernel.ignoresTerm = true;
    lab.store.create("deployments", workloadObject("web", {}, { terminationGracePeriodSeconds: 5 }));
    await lab.settle();
    lab.store.delete("deployments", "shop", "web", { propagationPolicy: "Foreground" });
    await lab.settle();
    expect(lab.store.get("deployments", "shop", "web")?.metadata.deletionTimestamp).toBeDefined();
    expect(lab.pods()).toHaveLength(1);
    await lab.clock.advance(6_000);
    expect(lab.store.get("deployments", "shop", "web")).toBeUndefined();
    expect(lab.pods()).toEqual([]);
  });

  it("leaves the dependents of an owner that is to orphan them", async () => {
    const lab = await fakeLab();
    lab.store.create("replicasets", workloadObject("web"));
    await lab.settle();
    lab.store.delete("replicasets", "shop", "web", { propagationPolicy: "Orphan" });
    await lab.settle();
    expect(lab.store.get("replicasets", "shop", "web")).toBeUndefined();
    expect(lab.pods()).toHaveLength(1);
    expect(lab.pods()[0]?.metadata.ownerReferences).toBeUndefined();
  });

  it("removes an object whose owner was never there", async () => {
    const lab = await fakeLab();
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "none", uid: "none" }];
    lab.store.create("pods", podObject("stray", {}, { ownerReferences }));
    await lab.settle();
    expect(lab.pods()).toEqual([]);
  });
});

describe("a namespace", () => {
  it("that is deleted goes with all that is in it", async () => {
    const lab = await fakeLab();
    lab.store.create("deployments", workloadObject("web", { replicas: 2 }));
    lab.store.create("configmaps", { metadata: { name: "settings", namespace: "shop" } });
    await lab.settle();
    lab.store.delete("namespaces", undefined, "shop");
    await lab.settle();
    expect(lab.store.get("namespaces", undefined, "shop")).toBeUndefined();
    expect(lab.pods()).toEqual([]);
    expect(lab.store.list("configmaps", "shop")).toEqual([]);
    expect([...lab.kernel.sandboxes.keys()].filter((key) => key.startsWith("pod/shop/"))).toEqual([]);
  });
});
