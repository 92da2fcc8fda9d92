import { describe, expect, it } from "vitest";
import { StatusError } from "../../../src/lab/api/status-error.ts";
import { MemoryStore } from "../../../src/lab/api/store.ts";
import type { StoreEvent } from "../../../src/lab/model.ts";

function filled(): { store: MemoryStore; events: StoreEvent[] } {
  const store = new MemoryStore({ now: () => new Date("2026-01-02T03:04:05.678Z") });
  const events: StoreEvent[] = [];
  store.subscribe((event) => events.push(event));
  return { store, events };
}

const POD = { metadata: { name: "a", namespace: "shop" }, spec: { containers: [{ name: "c", image: "i" }] } };

describe("MemoryStore", () => {
  it("completes what it creates, with a version that grows", () => {
    const { store, events } = filled();
    const first = store.create("pods", POD);
    const second = store.create("pods", { ...POD, metadata: { namespace: "shop", generateName: "web-" } });
    expect(first).toMatchObject({ apiVersion: "v1", kind: "Pod", metadata: { generation: 1 } });
    expect(first.metadata.creationTimestamp).toBe("2026-01-02T03:04:05Z");
    expect(first.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED"]);
  });

  it("refuses a name that is taken, and a kind that it does not have", () => {
    const { store } = filled();
    store.create("pods", POD);
    expect(() => store.create("pods", POD)).toThrow('pods "a" already exists');
    expect(() => store.list("gateways")).toThrow(StatusError);
  });

  it("lists in order of namespace and name, of one namespace or of all", () => {
    const { store } = filled();
    for (const [namespace, name] of [
      ["b", "x"],
      ["a-b", "x"],
      ["a", "z"],
      ["a", "c"],
    ]) {
      store.create("configmaps", { metadata: { namespace, name } });
    }
    const names = (namespace?: string) =>
      store.list("configmaps", namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names()).toEqual(["a/c", "a/z", "a-b/x", "b/x"]);
    expect(names("a")).toEqual(["a/c", "a/z"]);
  });

  it("keeps the version of an object that a replacement does not change, and says nothing", () => {
    const { store, events } = filled();
    const created = store.create("pods", POD);
    events.length = 0;
    expect(store.replace("pods", structuredClone(created))).toBe(created);
    expect(events).toEqual([]);
  });

  it("counts a generation for a new spec and none for a new status or label", () => {
    const { store } = filled();
    const created = store.create("networkpolicies", { metadata: { name: "p", namespace: "shop" }, spec: {} });
    const labelled = store.replace("networkpolicies", {
      ...created,
      metadata: { ...created.metadata, labels: { a: "b" } },
    });
    const changed = store.replace("networkpolicies", { ...labelled, spec: { egress: [{}] } });
    expect([created, labelled, changed].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 2]);
  });

  it("refuses a replacement of another version than the one that is there", () => {
    const { store } = filled();
    const created = store.create("pods", POD);
    store.replace("pods", { ...created, metadata: { ...created.metadata, labels: { a: "b" } } });
    expect(() => store.replace("pods", created, { expectVersion: created.metadata.resourceVersion })).toThrow(
      'Operation cannot be fulfilled on pods "a": the object has been modified',
    );
  });

  it("removes a pod that runs only after its grace period, and one without a node at once", () => {
    const { store, events } = filled();
    const created = store.create("pods", { ...POD, spec: { ...POD.spec, nodeName: "n" } });
    const marked = store.delete("pods", "shop", "a");
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: "2026-01-02T03:04:35Z",
      deletionGracePeriodSeconds: 30,
    });
    expect(store.get("pods", "shop", "a")).toBe(marked);
    store.delete("pods", "shop", "a", { gracePeriodSeconds: 0 });
    expect(store.get("pods", "shop", "a")).toBeUndefined();
    expect(events.at(-1)).toMatchObject({
      type: "DELETED",
      previous: { metadata: { uid: created.metadata.uid } },
    });

    store.create("pods", POD);
    store.delete("pods", "shop", "a");
    expect(store.list("pods")).toEqual([]);
  });

  it("holds an object until its last finalizer goes", () => {
    const { store } = filled();
    store.create("configmaps", { metadata: { name: "a", namespace: "shop", finalizers: ["x/y"] } });
    const marked = store.delete("configmaps", "shop", "a", { propagationPolicy: "Foreground" });
    expect(marked.metadata.finalizers).toEqual(["x/y", "foregroundDeletion"]);
    const { finalizers: _gone, ...metadata } = marked.metadata;
    store.replace("configmaps", { ...marked, metadata: { ...metadata, finalizers: ["x/y"] } });
    expect(store.get("configmaps", "shop", "a")).toBeDefined();
    store.replace("configmaps", { ...marked, metadata: { ...metadata, finalizers: [] } });
    expect(store.get("configmaps", "shop", "a")).toBeUndefined();
  });

  it("lets a namespace terminate until its own finalizer is taken off", () => {
    const { store } = filled();
    store.create("namespaces", { metadata: { name: "shop" } });
    const marked = store.delete("namespaces", undefined, "shop");
    expect(marked).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": "shop" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Terminating" },
    });
    store.replace("namespaces", { ...marked, spec: { finalizers: [] } });
    expect(store.get("namespaces", undefined, "shop")).toBeUndefined();
  });

  it("tells every listener of changes in the same order, also of those that a listener makes", () => {
    const store = new MemoryStore();
    const seen: string[][] = [[], []];
    store.subscribe(({ object }) => {
      seen[0]?.push(object.metadata.name);
      if (object.metadata.name === "first") store.create("configmaps", { metadata: { name: "second" } });
    });
    store.subscribe(({ object }) => seen[1]?.push(object.metadata.name));
    store.create("configmaps", { metadata: { name: "first" } });
    expect(seen).toEqual([
      ["first", "second"],
      ["first", "second"],
    ]);
  });

  it("tells the other listeners even where one of them throws", () => {
    const store = new MemoryStore();
    const seen: string[] = [];
    const stop = store.subscribe(() => {
      throw new Error("a listener's bug");
    });
    store.subscribe(({ object }) => seen.push(object.metadata.name));
    expect(() => store.create("configmaps", { metadata: { name: "a" } })).toThrow("a listener's bug");
    stop();
    store.create("configmaps", { metadata: { name: "b" } });
    expect(seen).toEqual(["a", "b"]);
  });
});

describe("defaults", () => {
  const policyTypes = (spec: object) => {
    const store = new MemoryStore();
    const created = store.create("networkpolicies", { metadata: { name: "p", namespace: "a" }, spec });
    return (created.spec as { readonly policyTypes: unknown }).policyTypes;
  };

  it.each([
    [{}, ["Ingress"]],
    [{ egress: [] }, ["Ingress"]],
    [{ egress: [{}] }, ["Ingress", "Egress"]],
    [{ egress: [{}], policyTypes: [] }, ["Ingress", "Egress"]],
    [{ egress: [{}], policyTypes: ["Egress"] }, ["Egress"]],
  ])("of policyTypes for %j are %j", (spec, types) => {
    expect(policyTypes(spec)).toEqual(types);
  });

  it("fill in protocols, target ports and restart policies, and filling in twice changes nothing", () => {
    const store = new MemoryStore();
    const service = store.create("services", {
      metadata: { name: "s", namespace: "a" },
      spec: { ports: [{ port: 80 }, { port: 53, protocol: "UDP", targetPort: "dns" }] },
    });
    expect(service.spec).toMatchObject({
      type: "ClusterIP",
      ports: [
        { port: 80, protocol: "TCP", targetPort: 80 },
        { port: 53, protocol: "UDP", targetPort: "dns" },
      ],
    });
    const job = store.create("jobs", {
      metadata: { name: "j", namespace: "a" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    });
    expect(job.spec).toMatchObject({
      completions: 1,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": job.metadata.uid } },
      template: { metadata: { labels: { "job-name": "j" } }, spec: { terminationGracePeriodSeconds: 30 } },
    });
    const pod = store.create("pods", POD);
    expect(pod).toMatchObject({
      spec: {
        restartPolicy: "Always",
        serviceAccountName: "default",
        containers: [{ imagePullPolicy: "Always" }],
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
    for (const object of [service, job, pod]) {
      const plural = `${object.kind.toLowerCase()}s`;
      expect(store.replace(plural, structuredClone(object))).toBe(object);
    }
  });
});
