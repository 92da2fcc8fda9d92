import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../src/lab/api/store.ts";
import { createObjects, manifestObjects } from "../../src/lab/manifest-objects.ts";

const read = (text: string) => manifestObjects([{ path: "k8s.yaml", text }]);

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: abc, resourceVersion: "7", generation: 3}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: busybox}]}}
status: {replicas: 1}
`;

describe("objects of manifests", () => {
  it("come in an order in which policies stand before pods, without what only a live cluster gives", () => {
    const { objects, skipped } = read(`${DEPLOYMENT}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.0.0.7, clusterIPs: [10.0.0.7], ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: b}
`);
    expect(objects.map(({ type, name }) => `${type.resource}/${name}`)).toEqual([
      "configmaps/settings",
      "networkpolicies/closed",
      "services/web",
      "deployments/web",
    ]);
    expect(objects[3]?.object).not.toHaveProperty("status");
    expect(objects[3]?.object.metadata).toEqual({ name: "web", namespace: "shop" });
    expect(objects[2]?.object.spec).toEqual({ ports: [{ port: 80 }] });
    expect(skipped).toEqual(["Ingress", "CiliumNetworkPolicy (2)"]);
  });

  it("leave out what another object of the files makes anew", () => {
    const owner = (kind: string, name: string) =>
      `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: x, controller: true}]`;
    const { objects } = read(`${DEPLOYMENT}---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, ${owner("Deployment", "web")}}
spec: {containers: [{name: web, image: busybox}], nodeName: real-node}
---
apiVersion: v1
kind: Pod
metadata: {name: lost, namespace: shop, ${owner("ReplicaSet", "elsewhere")}}
spec: {containers: [{name: web, image: busybox}], nodeName: real-node}
`);
    expect(objects.map(({ name }) => name)).toEqual(["lost", "web"]);
    expect(objects[0]?.object.spec).not.toHaveProperty("nodeName");
    expect(objects[0]?.object.metadata).not.toHaveProperty("ownerReferences");
  });
});

describe("creating them", () => {
  const storeWithDefault = (): MemoryStore => {
    const store = new MemoryStore();
    store.create("namespaces", { metadata: { name: "default" } });
    return store;
  };

  it("makes the namespaces that they only name, and adds labels to those that are there", () => {
    const store = storeWithDefault();
    const text = `${DEPLOYMENT}---
apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {team: a}}
`;
    expect(createObjects(store, read(text).objects)).toEqual([]);
    expect(store.get("deployments", "shop", "web")).toBeDefined();
    expect(store.get("namespaces", undefined, "default")?.metadata.labels).toMatchObject({ team: "a" });
  });

  it("says with file and line what the API refuses", () => {
    const text = DEPLOYMENT.replace("{labels: {app: web}}", "{labels: {app: other}}").replace(
      "name: web, image: busybox",
      "name: Web!, image: busybox",
    );
    const found = createObjects(storeWithDefault(), read(text).objects);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ severity: "error", range: { file: "k8s.yaml", start: { line: 6 } } });
    expect(found.map(({ message }) => message).join("\n")).toContain(
      "Deployment shop/web: spec.template.spec.containers[0].name",
    );
  });
});
