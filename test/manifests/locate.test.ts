import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";

const POLICY = `# first line
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: &m
  name: a
  namespace: shop
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector:
            matchLabels: {app: x, "tier": z}
      ports: []
    -
`;

function locator(text: string, path = "a.yaml") {
  const { snapshot, diagnostics } = parseManifests([{ path, text }]);
  expect(diagnostics).toEqual([]);
  return (
    kind: string,
    name: string,
    fields: readonly (string | number)[],
    namespace?: string,
  ): string | undefined => {
    const object = namespace === undefined ? { kind, name } : { kind, name, namespace };
    const found = snapshot.locate(object, fields);
    return found && `${found.file}:${found.line}:${found.column}`;
  };
}

describe("positions of fields", () => {
  const at = (...path: (string | number)[]) => locator(POLICY)("NetworkPolicy", "a", path, "shop");

  it("are those of the field's name", () => {
    expect(at()).toBe("a.yaml:2:1");
    expect(at("spec", "podSelector")).toBe("a.yaml:8:3");
    expect(at("spec", "ingress", 0, "from")).toBe("a.yaml:10:7");
    expect(at("spec", "ingress", 0, "from", 0, "podSelector", "matchLabels", "tier")).toBe("a.yaml:12:35");
    expect(at("spec", "ingress", 0, "ports")).toBe("a.yaml:13:7");
  });

  it("are those of an item's beginning in lists", () => {
    expect(at("spec", "ingress", 0)).toBe("a.yaml:10:7");
    expect(at("spec", "ingress", 0, "from", 0)).toBe("a.yaml:11:11");
  });

  it("fall back to what is around a field that does not exist", () => {
    expect(at("spec", "policyTypes", 0)).toBe("a.yaml:7:1");
    expect(at("spec", "ingress", 0, "from", 7, "ipBlock")).toBe("a.yaml:10:7");
    expect(at("spec", "ingress", "from")).toBe("a.yaml:9:3");
    expect(at("status")).toBe("a.yaml:2:1");
  });

  it("are not known of objects that no file holds", () => {
    const find = locator(POLICY);
    expect(find("NetworkPolicy", "b", [], "shop")).toBeUndefined();
    expect(find("NetworkPolicy", "a", [])).toBeUndefined();
    expect(find("Namespace", "shop", [])).toBeUndefined();
  });

  it("go through merges and aliases to where the text stands", () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: &common
    app: x
  labels:
    <<: *common
    tier: z
spec: {containers: [{name: c}]}
`;
    const find = locator(text);
    expect(find("Pod", "a", ["metadata", "labels", "app"], "default")).toBe("a.yaml:6:5");
    expect(find("Pod", "a", ["metadata", "labels", "tier"], "default")).toBe("a.yaml:9:5");
  });

  it("go through lists, in YAML, JSON and lines of JSON", () => {
    const item = (name: string) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { ports: [{ port: 80 }] },
    });
    const list = { apiVersion: "v1", kind: "List", items: [item("a"), item("b")] };
    const json = locator(JSON.stringify(list, null, 2), "a.json");
    expect(json("Service", "b", ["spec", "ports", 0, "port"], "default")).toBe("a.json:28:13");
    expect(json("Service", "b", ["spec", "ports", 5], "default")).toBe("a.json:26:9");
    const lines = locator(`${JSON.stringify(item("a"))}\n${JSON.stringify(item("b"))}\n`, "a.ndjson");
    expect(lines("Service", "b", ["spec"], "default")).toBe("a.ndjson:2:61");
    const yaml = locator(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    ports:\n    - port: 80\n",
    );
    expect(yaml("Service", "a", ["spec", "ports", 0, "port"], "default")).toBe("a.yaml:9:7");
  });

  it("of pods from a template are those in the workload", () => {
    const text = `apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        metadata:
          labels: {app: tick}
        spec:
          containers:
            - name: c
`;
    const find = locator(text);
    expect(find("Pod", "tick", ["metadata", "labels", "app"], "default")).toBe("a.yaml:10:20");
    expect(find("Pod", "tick", ["spec", "containers", 0, "name"], "default")).toBe("a.yaml:13:15");
    expect(find("Pod", "tick", [], "default")).toBe("a.yaml:8:7");
    expect(find("CronJob", "tick", ["spec", "schedule"], "default")).toBe("a.yaml:5:3");
  });

  it("stay right when more documents were read than trees are kept", () => {
    const documents = Array.from(
      { length: 40 },
      (_, index) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: s${index}\n`,
    );
    const find = locator(documents.join("---\n"));
    const lines = documents.map((_, index) => find("Service", `s${index}`, ["metadata", "name"], "default"));
    expect(lines).toEqual(documents.map((_, index) => `a.yaml:${index * 5 + 4}:3`));
  });

  it("count CRLF as one line break", () => {
    const find = locator(POLICY.replaceAll("\n", "\r\n"));
    expect(find("NetworkPolicy", "a", ["spec", "ingress", 0, "ports"], "shop")).toBe("a.yaml:13:7");
  });
});
