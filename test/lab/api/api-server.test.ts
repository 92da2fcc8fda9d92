import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, pod, watch } from "./http-client.ts";
import { type TestLab, testLab } from "./test-lab.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";

let lab: TestLab;
beforeAll(async () => {
  lab = await testLab();
});
afterAll(() => lab.close());

let namespaces = 0;
/** A namespace of its own for each test. */
async function freshNamespace(): Promise<string> {
  namespaces += 1;
  const name = `test-${namespaces}`;
  const { status } = await call(lab, "POST", "/api/v1/namespaces", { body: { metadata: { name } } });
  expect(status).toBe(201);
  return name;
}

describe("the server", () => {
  it("answers nobody without the token, with a Status", async () => {
    for (const token of ["", "wrong", lab.server.token.slice(0, -1)]) {
      const { status, body } = await call(lab, "GET", "/api/v1/pods", { token });
      expect(status).toBe(401);
      expect(body).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
    }
  });

  it("says its version and that it is well", async () => {
    const { body } = await call(lab, "GET", "/version");
    expect(body).toMatchObject({ major: "1", minor: "36", gitVersion: "v1.36.3-netverdict-lab" });
    for (const path of ["/readyz", "/livez", "/healthz"]) {
      expect((await call(lab, "GET", path)).text).toBe("ok");
    }
  });

  it("lists its kinds both ways, with the same kinds in both", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const groups = (await call(lab, "GET", "/apis")).body.groups.map(({ name }: { name: string }) => name);
    expect(groups).toContain("networking.k8s.io");
    const { body: aggregated } = await call(lab, "GET", "/apis", { accept });
    expect(aggregated.kind).toBe("APIGroupDiscoveryList");
    expect(aggregated.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(
      groups,
    );
    const core = (await call(lab, "GET", "/api/v1")).body.resources.map(({ name }: { name: string }) => name);
    expect(core).toEqual(expect.arrayContaining(["pods", "pods/exec", "pods/log", "namespaces"]));
    expect((await call(lab, "GET", "/apis/networking.k8s.io/v1")).body.resources).toEqual([
      expect.objectContaining({ name: "networkpolicies", kind: "NetworkPolicy", shortNames: ["netpol"] }),
    ]);
  });

  it("describes in OpenAPI what kubectl asks for: kinds, field validation, merge keys", async () => {
    const index = (await call(lab, "GET", "/openapi/v3")).body;
    const { body } = await call(lab, "GET", index.paths["api/v1"].serverRelativeURL);
    expect(body.components.schemas.Pod["x-kubernetes-group-version-kind"]).toEqual([
      { group: "", version: "v1", kind: "Pod" },
    ]);
    expect(body.components.schemas.PodSpec.properties.containers).toMatchObject({
      type: "array",
      "x-kubernetes-patch-merge-key": "name",
    });
    const { parameters } = body.paths["/api/v1/namespaces/{namespace}/pods/{name}"].patch;
    expect(parameters.map(({ name }: { name: string }) => name)).toContain("fieldValidation");
    const references = JSON.stringify(body).match(/#\/components\/schemas\/\w+/g) ?? [];
    for (const reference of new Set(references)) {
      expect(body.components.schemas).toHaveProperty(reference.slice("#/components/schemas/".length));
    }
    expect((await call(lab, "GET", "/openapi/v2")).body.definitions).toHaveProperty("NetworkPolicySpec");
  });

  it.each([
    ["GET", "/apis/example.com/v1/things", 404],
    ["GET", "/api/v1/endpoints", 404],
    ["GET", "/api/v1/namespaces/a/pods/b/portforward", 404],
    ["GET", "/apis/apps/v1/pods", 404],
    ["GET", "/api/v1/pods/no-namespace", 404],
    ["GET", "/api/v1/namespaces/%zz", 404],
    ["PUT", "/api/v1/namespaces/default/pods", 405],
    ["POST", "/api/v1/pods", 405],
    ["DELETE", "/api/v1/namespaces", 405],
    ["GET", "/api/v1/namespaces/default/pods/x/exec", 400],
    ["POST", "/somewhere", 404],
  ])("answers %s %s with a Status %i", async (method, path, code) => {
    const { status, body } = await call(lab, method, path, method === "POST" ? { body: {} } : {});
    expect(status).toBe(code);
    expect(body).toMatchObject({ kind: "Status", status: "Failure", code });
  });

  it("takes JSON and protobuf bodies, answers JSON, and says so otherwise", async () => {
    const path = "/api/v1/namespaces";
    const body = "metadata: {name: x}";
    expect((await call(lab, "POST", path, { body, type: "application/yaml" })).status).toBe(415);
    expect((await call(lab, "GET", path, { accept: "application/cbor" })).status).toBe(406);
    const broken = await call(lab, "POST", path, { body: "{" });
    expect(broken.body).toMatchObject({ code: 400, reason: "BadRequest" });
    const empty = await call(lab, "POST", path, { body: "[]" });
    expect(empty.body.message).toContain("must be a JSON object");
  });
});

describe("objects", () => {
  it("are created with defaults, read, replaced with the right version only, and deleted", async () => {
    const namespace = await freshNamespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const spec = { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] };
    const created = await call(lab, "POST", path, { body: { metadata: { name: "p" }, spec } });
    expect(created.status).toBe(201);
    expect(created.body.spec).toEqual({
      podSelector: {},
      ingress: [{ ports: [{ port: 80, protocol: "TCP" }] }],
      policyTypes: ["Ingress"],
    });
    const old = structuredClone(created.body);
    created.body.spec.policyTypes = ["Ingress", "Egress"];
    const replaced = await call(lab, "PUT", `${path}/p`, { body: created.body });
    expect(replaced.body.metadata.generation).toBe(2);
    const conflict = await call(lab, "PUT", `${path}/p`, { body: old });
    expect(conflict.body).toMatchObject({ code: 409, reason: "Conflict" });
    const deleted = await call(lab, "DELETE", `${path}/p`);
    expect(deleted.body).toMatchObject({ kind: "Status", status: "Success", details: { name: "p" } });
    expect((await call(lab, "GET", `${path}/p`)).body).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: 'networkpolicies.networking.k8s.io "p" not found',
    });
  });

  it("of a policy that the API server would refuse are refused in its words, with causes", async () => {
    const namespace = await freshNamespace();
    const spec = { podSelector: {}, ingress: [{ from: [{}], ports: [{ port: 0 }] }] };
    const body = { metadata: { name: "bad" }, spec };
    const answer = await call(
      lab,
      "POST",
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      { body },
    );
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      'NetworkPolicy.networking.k8s.io "bad" is invalid: [spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ingress[0].from[0]: Required value: must specify a peer]',
    );
    expect(answer.body.details.causes).toContainEqual({
      reason: "FieldValueRequired",
      message: "Required value: must specify a peer",
      field: "spec.ingress[0].from[0]",
    });
  });

  it("with unknown fields are refused when asked to be strict, stored without them and a warning else", async () => {
    const namespace = await freshNamespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const body = { metadata: { name: "p" }, spec: { podselector: {} } };
    const strict = await call(lab, "POST", `${path}?fieldValidation=Strict`, { body });
    expect(strict.body).toMatchObject({
      code: 400,
      message: 'strict decoding error: unknown field "spec.podselector"',
    });
    const twice = '{"metadata":{"name":"p","name":"q"},"spec":{}}';
    expect((await call(lab, "POST", `${path}?fieldValidation=Strict`, { body: twice })).body.message).toBe(
      'strict decoding error: duplicate field "metadata.name"',
    );
    const warned = await call(lab, "POST", path, { body });
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toContain('unknown field \\"spec.podselector\\"');
    expect(warned.body.spec).not.toHaveProperty("podselector");
    const ignored = await call(lab, "PUT", `${path}/p?fieldValidation=Ignore`, { body });
    expect(ignored.headers.warning).toBeUndefined();
  });

  it.each([
    ["pods", { spec: {} }, 422, "spec.containers"],
    ["pods", { spec: { containers: [{ name: "A", image: "i" }] } }, 422, "spec.containers[0].name"],
    ["pods", { spec: { containers: "x" } }, 400, "cannot be handled as a Pod"],
    ["services", { spec: {} }, 422, "spec.ports: Required value"],
    [
      "services",
      { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      422,
      "spec.ports[0].name: Required value",
    ],
    ["configmaps", { metadata: { name: "A" } }, 422, "metadata.name: Invalid value"],
    ["configmaps", { kind: "Secret" }, 400, "does not match the expected kind"],
    [
      "configmaps",
      { metadata: { name: "a", resourceVersion: "1" } },
      400,
      "resourceVersion should not be set",
    ],
    ["configmaps", { metadata: { name: "a", namespace: "other" } }, 400, "does not match the namespace"],
    ["configmaps", { metadata: {} }, 422, "name or generateName is required"],
  ])("of %s as %j are refused with %i", async (resource, object, code, message) => {
    const body = { metadata: { name: "x" }, ...object };
    const answer = await call(lab, "POST", `/api/v1/namespaces/default/${resource}`, { body });
    expect(answer.status).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  it("need a namespace that is there and does not end", async () => {
    const missing = await call(lab, "POST", "/api/v1/namespaces/nowhere/pods", { body: pod("a") });
    expect(missing.body).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
    lab.store.create("namespaces", { metadata: { name: "ending", finalizers: ["test/hold"] } });
    await call(lab, "DELETE", "/api/v1/namespaces/ending");
    const ending = await call(lab, "POST", "/api/v1/namespaces/ending/pods", { body: pod("a") });
    expect(ending.body).toMatchObject({
      code: 403,
      reason: "Forbidden",
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    lab.store.remove("namespaces", undefined, "ending");
  });

  it("are only tried with dryRun", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const tried = await call(lab, "POST", `${path}?dryRun=All`, { body: pod("a") });
    expect(tried.body.spec.restartPolicy).toBe("Always");
    expect(lab.store.list("pods", namespace)).toEqual([]);
    await call(lab, "POST", path, { body: pod("a") });
    await call(lab, "PATCH", `${path}/a?dryRun=All`, {
      body: { metadata: { labels: { x: "y" } } },
      type: MERGE,
    });
    await call(lab, "DELETE", `${path}/a?dryRun=All`);
    const kept = lab.store.get("pods", namespace, "a");
    expect(kept?.metadata).not.toHaveProperty("labels");
    expect(kept?.metadata.deletionTimestamp).toBeUndefined();
  });

  it("are patched in three ways, and not in a fourth", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/pods/a`;
    await call(lab, "POST", `/api/v1/namespaces/${namespace}/pods`, { body: pod("a", { app: "web" }) });
    const merged = await call(lab, "PATCH", path, {
      body: { metadata: { labels: { app: null } } },
      type: MERGE,
    });
    expect(merged.body.metadata).not.toHaveProperty("labels");
    const image = { spec: { containers: [{ name: "main", image: "busybox:2" }] } };
    const strategic = await call(lab, "PATCH", path, { body: image, type: STRATEGIC });
    expect(strategic.body.spec.containers[0]).toMatchObject({
      image: "busybox:2",
      ports: [{ containerPort: 80 }],
    });
    const operations = [{ op: "add", path: "/metadata/annotations", value: { a: "b" } }];
    const json = await call(lab, "PATCH", path, { body: operations, type: "application/json-patch+json" });
    expect(json.body.metadata.annotations).toEqual({ a: "b" });
    const apply = await call(lab, "PATCH", path, { body: pod("a"), type: "application/apply-patch+yaml" });
    expect(apply.status).toBe(415);
    expect(apply.body.message).toContain("no server-side apply");
    const rename = await call(lab, "PATCH", path, { body: { metadata: { name: "b" } }, type: MERGE });
    expect(rename.status).toBe(422);
    const typo = await call(lab, "PATCH", `${path}?fieldValidation=Strict`, {
      body: { speck: {} },
      type: MERGE,
    });
    expect(typo.body.message).toBe('strict decoding error: unknown field "speck"');
    const stale = { metadata: { resourceVersion: "1", labels: { a: "b" } } };
    expect((await call(lab, "PATCH", path, { body: stale, type: MERGE })).status).toBe(409);
    const moved = { spec: { nodeName: "node-2" } };
    expect((await call(lab, "PATCH", path, { body: moved, type: STRATEGIC })).body.message).toContain(
      "pod updates may not change fields other than",
    );
  });

  it("have a status that only its own path writes", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await call(lab, "POST", path, {
      body: { ...pod("a", { stays: "pending" }), status: { phase: "Failed" } },
    });
    expect((await call(lab, "GET", `${path}/a`)).body.status.phase).toBe("Pending");
    const body = { metadata: { labels: { x: "y" } }, status: { phase: "Succeeded" } };
    await call(lab, "PATCH", `${path}/a`, { body: { status: { phase: "Failed" } }, type: MERGE });
    expect((await call(lab, "GET", `${path}/a`)).body.status.phase).toBe("Pending");
    const written = await call(lab, "PATCH", `${path}/a/status`, { body, type: MERGE });
    expect(written.body.status.phase).toBe("Succeeded");
    expect(written.body.metadata.labels).toEqual({ stays: "pending" });
  });

  it("go with preconditions, policies and grace periods, alone and all at once", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    for (const [name, app] of [
      ["a", "x"],
      ["b", "x"],
      ["c", "y"],
    ]) {
      await call(lab, "POST", path, { body: { metadata: { name, labels: { app } } } });
    }
    const wrong = await call(lab, "DELETE", `${path}/a`, { body: { preconditions: { uid: "other" } } });
    expect(wrong.body).toMatchObject({ code: 409, reason: "Conflict" });
    const held = await call(lab, "DELETE", `${path}/a?propagationPolicy=Foreground`);
    expect(held.body.metadata.finalizers).toEqual(["foregroundDeletion"]);
    const all = await call(lab, "DELETE", `${path}?labelSelector=app%3Dx`);
    expect(all.body.items).toHaveLength(2);
    expect(lab.store.list("configmaps", namespace).map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
    expect((await call(lab, "DELETE", `${path}/c?propagationPolicy=Sideways`)).status).toBe(400);
    expect((await call(lab, "DELETE", "/api/v1/namespaces/default")).body.message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  it("of a pod can be evicted, and of a workload scaled", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await call(lab, "POST", path, { body: pod("a") });
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a", namespace } };
    expect((await call(lab, "POST", `${path}/a/eviction`, { body })).status).toBe(201);
    expect(lab.store.get("pods", namespace, "a")).toBeUndefined();
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const deployment = { metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } };
    const workloads = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await call(lab, "POST", workloads, { body: deployment });
    const scaled = await call(lab, "PATCH", `${workloads}/d/scale`, {
      body: { spec: { replicas: 3 } },
      type: MERGE,
    });
    expect(scaled.body).toMatchObject({ kind: "Scale", spec: { replicas: 3 }, status: { selector: "a=b" } });
    expect(lab.store.get("deployments", namespace, "d")?.spec).toMatchObject({ replicas: 3 });
  });

  it("of a Service come back with the address that a controller gives them in the next microtask", async () => {
    const namespace = await freshNamespace();
    const stop = lab.store.subscribe(({ type, resource, object }) => {
      if (type !== "ADDED" || resource.resource !== "services") return;
      const spec = { ...(object.spec as object), clusterIP: "10.96.0.7" };
      queueMicrotask(() => lab.store.replace("services", { ...object, spec }));
    });
    const body = { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } };
    const created = await call(lab, "POST", `/api/v1/namespaces/${namespace}/services`, { body });
    stop();
    expect(created.body.spec.clusterIP).toBe("10.96.0.7");
  });

  it("of a Service keep the address that the cluster gave them", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/services`;
    const body = { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } };
    await call(lab, "POST", path, { body });
    const stored = lab.store.get("services", namespace, "s");
    if (stored === undefined) throw new Error("the Service is gone");
    lab.store.replace("services", {
      ...stored,
      spec: { ...(stored.spec as object), clusterIP: "10.96.0.9" },
    });
    const replaced = await call(lab, "PUT", `${path}/s`, {
      body: { ...body, spec: { ports: [{ port: 81 }] } },
    });
    expect(replaced.body.spec).toMatchObject({
      clusterIP: "10.96.0.9",
      ports: [{ port: 81, targetPort: 81 }],
    });
  });

  it("of a Secret have their plain text encoded", async () => {
    const body = { metadata: { name: "secret" }, stringData: { a: "ü" } };
    const created = await call(lab, "POST", "/api/v1/namespaces/default/secrets", { body });
    expect(created.body).toMatchObject({ type: "Opaque", data: { a: "w7w=" } });
    expect(created.body).not.toHaveProperty("stringData");
  });
});

describe("lists", () => {
  it("come in pages that all show the same moment", async () => {
    const namespace = await freshNamespace();
    for (const name of ["a", "b", "c"]) lab.store.create("configmaps", { metadata: { name, namespace } });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await call(lab, "GET", `${path}?limit=2`)).body;
    expect(first.metadata).toMatchObject({ remainingItemCount: 1 });
    lab.store.remove("configmaps", namespace, "c");
    const token = encodeURIComponent(first.metadata.continue);
    const second = (await call(lab, "GET", `${path}?limit=2&continue=${token}`)).body;
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
    expect(names).toEqual(["a", "b", "c"]);
    expect((await call(lab, "GET", `${path}?limit=2&continue=unknown`)).body).toMatchObject({
      code: 410,
      reason: "Expired",
    });
  });

  it("are tables where kubectl asks for them", async () => {
    const namespace = await freshNamespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await call(lab, "POST", path, { body: pod("a") });
    const { body } = await call(lab, "GET", path, { accept: TABLE });
    expect(body.kind).toBe("Table");
    const names = body.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(names.slice(0, 5)).toEqual(["Name", "Ready", "Status", "Restarts", "Age"]);
    expect(body.rows[0].cells.slice(0, 4)).toEqual(["a", "1/1", "Running", "0"]);
    expect(body.rows[0].object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "a" } });
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const partial = (await call(lab, "GET", path, { accept })).body;
    expect(partial.items[0]).not.toHaveProperty("spec");
  });
});

describe("watches", () => {
  it("tell of what comes, changes and goes, from a version on", async () => {
    const namespace = await freshNamespace();
    const from = lab.store.resourceVersion;
    const created = lab.store.create("configmaps", { metadata: { name: "a", namespace } });
    const path = `/api/v1/namespaces/${namespace}/configmaps?watch=true&resourceVersion=${from}`;
    const seen = watch(lab, path, 3);
    await expect.poll(async () => (await call(lab, "GET", "/lab/status")).body.openWatches).toBe(1);
    lab.store.replace("configmaps", { ...created, data: { a: "b" } });
    lab.store.delete("configmaps", namespace, "a");
    const events = await seen;
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    await expect.poll(async () => (await call(lab, "GET", "/lab/status")).body.openWatches).toBe(0);
  });

  it("see an object come and go as its labels do", async () => {
    const namespace = await freshNamespace();
    const from = lab.store.resourceVersion;
    const created = lab.store.create("configmaps", { metadata: { name: "a", namespace } });
    const labelled = (labels: Readonly<Record<string, string>>, data: object) => {
      lab.store.replace("configmaps", { ...created, metadata: { ...created.metadata, labels }, data });
    };
    labelled({ app: "x" }, { n: "1" });
    labelled({ app: "x" }, { n: "2" });
    labelled({ app: "y" }, { n: "2" });
    lab.store.delete("configmaps", namespace, "a");
    const query = `watch=1&resourceVersion=${from}&labelSelector=app%3Dx&timeoutSeconds=1`;
    const events = await watch(lab, `/api/v1/namespaces/${namespace}/configmaps?${query}`, 3);
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  it("without a version begin with what is there, and mark its end where asked to", async () => {
    const namespace = await freshNamespace();
    lab.store.create("configmaps", { metadata: { name: "a", namespace } });
    const path = `/api/v1/namespaces/${namespace}/configmaps?watch=true`;
    const [event] = await watch(lab, path, 1);
    expect(event).toMatchObject({ type: "ADDED", object: { metadata: { name: "a" } } });
    const options = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const events = await watch(lab, `${path}&${options}`, 2);
    expect(events[1]).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
  });

  it("end with 410 where the version is older than what is remembered", async () => {
    const [event] = await watch(lab, "/api/v1/configmaps?watch=true&resourceVersion=1", 1);
    expect(event).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
  });

  it("end in time, with a bookmark where they are asked for", async () => {
    const query = `watch=true&resourceVersion=${lab.store.resourceVersion}&timeoutSeconds=1&allowWatchBookmarks=true`;
    const events = await watch(lab, `/api/v1/configmaps?${query}`, 99);
    expect(events).toEqual([expect.objectContaining({ type: "BOOKMARK" })]);
  });
});
