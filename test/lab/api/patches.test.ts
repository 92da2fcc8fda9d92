import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "../../../src/lab/api/json-patch.ts";
import { applyMergePatch } from "../../../src/lab/api/merge-patch.ts";
import { applyStrategicMerge } from "../../../src/lab/api/strategic-merge.ts";

const POD = {
  metadata: { name: "a", labels: { app: "web", tier: "front" }, finalizers: ["x/1", "x/2"] },
  spec: {
    containers: [
      {
        name: "one",
        image: "i:1",
        env: [{ name: "A", value: "1" }],
        ports: [{ containerPort: 80 }],
        args: ["x"],
      },
      { name: "two", image: "i:1" },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
    tolerations: [{ key: "a" }],
  },
};

describe("a strategic merge patch", () => {
  const patched = (patch: object) => applyStrategicMerge("Pod", POD, patch as never) as typeof POD;

  it("merges containers, their ports and their variables by key", () => {
    const env = [
      { name: "A", value: "2" },
      { name: "B", value: "3" },
    ];
    const { spec } = patched({
      spec: {
        containers: [
          { name: "one", env, ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }] },
        ],
      },
    });
    expect(spec.containers).toEqual([
      {
        name: "one",
        image: "i:1",
        env,
        ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }],
        args: ["x"],
      },
      { name: "two", image: "i:1" },
    ]);
  });

  it("replaces lists without a merge key, such as arguments and tolerations", () => {
    const { spec } = patched({
      spec: { tolerations: [{ key: "b" }], containers: [{ name: "one", args: ["y", "z"] }] },
    });
    expect(spec.tolerations).toEqual([{ key: "b" }]);
    expect(spec.containers[0]).toMatchObject({ args: ["y", "z"], image: "i:1" });
  });

  it("deletes an item, and puts the others in the order that it names", () => {
    const { spec } = patched({
      spec: {
        $setElementOrder: undefined,
        "$setElementOrder/containers": [{ name: "three" }, { name: "two" }],
        containers: [
          { name: "one", $patch: "delete" },
          { name: "three", image: "i:3" },
        ],
      },
    });
    expect(spec.containers.map(({ name }) => name)).toEqual(["three", "two"]);
  });

  it("moves items that the patch does not change", () => {
    const { spec } = patched({
      spec: {
        "$setElementOrder/containers": [{ name: "two" }, { name: "one" }],
        containers: [{ name: "two" }],
      },
    });
    expect(spec.containers.map(({ name }) => name)).toEqual(["two", "one"]);
  });

  it("replaces a list or an object as a whole where it says so", () => {
    const list = patched({ spec: { containers: [{ $patch: "replace" }, { name: "only", image: "i" }] } });
    expect(list.spec.containers).toEqual([{ name: "only", image: "i" }]);
    const object = patched({ metadata: { labels: { $patch: "replace", new: "1" } } });
    expect(object.metadata.labels).toEqual({ new: "1" });
  });

  it("drops what it does not retain of a volume", () => {
    const { spec } = patched({
      spec: { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] },
    });
    expect(spec.volumes).toEqual([{ name: "v", configMap: { name: "c" } }]);
  });

  it("joins finalizers, and takes out those that it deletes", () => {
    expect(patched({ metadata: { finalizers: ["x/2", "x/3"] } }).metadata.finalizers).toEqual([
      "x/1",
      "x/2",
      "x/3",
    ]);
    const fewer = patched({ metadata: { "$deleteFromPrimitiveList/finalizers": ["x/1"] } });
    expect(fewer.metadata.finalizers).toEqual(["x/2"]);
  });

  it("removes by null, also inside of what is new", () => {
    const { metadata } = patched({ metadata: { labels: { app: null }, annotations: { a: null, b: "c" } } });
    expect(metadata).toMatchObject({ labels: { tier: "front" }, annotations: { b: "c" } });
    expect(metadata.labels).not.toHaveProperty("app");
  });

  it("merges the metadata, and replaces the lists, of kinds that are not in the field table", () => {
    const role = { metadata: { finalizers: ["a/b"] }, rules: [{ verbs: ["get"] }] };
    const patch = { metadata: { finalizers: ["c/d"] }, rules: [{ verbs: ["list"] }] };
    expect(applyStrategicMerge(undefined, role, patch)).toEqual({
      metadata: { finalizers: ["a/b", "c/d"] },
      rules: [{ verbs: ["list"] }],
    });
  });

  it("leaves the object that it starts from alone", () => {
    const before = structuredClone(POD);
    patched({ spec: { containers: [{ name: "one", $patch: "delete" }] }, metadata: { labels: null } });
    expect(POD).toEqual(before);
  });

  it("refuses an item without its merge key and a directive that it does not know", () => {
    expect(() => patched({ spec: { containers: [{ image: "i" }] } })).toThrow("merge key: name");
    expect(() => patched({ metadata: { $patch: "explode" } })).toThrow("unknown patch type: explode");
  });
});

describe("a merge patch", () => {
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  ])("of RFC 7386: %j with %j is %j", (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });
});

describe("a JSON patch", () => {
  const list = { a: [1, 2, 3], "b/c~d": { e: 1 } };

  it.each([
    [
      { op: "add", path: "/a/1", value: 9 },
      { ...list, a: [1, 9, 2, 3] },
    ],
    [
      { op: "add", path: "/a/-", value: 9 },
      { ...list, a: [1, 2, 3, 9] },
    ],
    [
      { op: "remove", path: "/a/0" },
      { ...list, a: [2, 3] },
    ],
    [
      { op: "replace", path: "/b~1c~0d/e", value: 2 },
      { ...list, "b/c~d": { e: 2 } },
    ],
    [{ op: "move", from: "/a", path: "/b~1c~0d/e" }, { "b/c~d": { e: [1, 2, 3] } }],
    [
      { op: "copy", from: "/a/0", path: "/f" },
      { ...list, f: 1 },
    ],
    [{ op: "test", path: "/a/2", value: 3 }, list],
  ])("%j", (operation, result) => {
    expect(applyJsonPatch(list, [operation])).toEqual(result);
  });

  it.each([
    [{ op: "test", path: "/a/2", value: 4 }, "testing path /a/2 failed"],
    [{ op: "remove", path: "/x" }, "nothing is at /x"],
    [{ op: "add", path: "/a/7", value: 1 }, "no item 7"],
    [{ op: "shout", path: "/a" }, "shout"],
    [{ op: "add", path: "a", value: 1 }, "no JSON pointer"],
  ])("refuses %j", (operation, message) => {
    expect(() => applyJsonPatch(list, [operation])).toThrow(message);
  });
});
