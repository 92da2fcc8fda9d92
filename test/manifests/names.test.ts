import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";

function parse(...documents: readonly string[]) {
  return parseManifests([{ path: "a.yaml", text: documents.join("---\n") }]);
}
const pod = (metadata: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {${metadata}}\nspec: {containers: [{name: c}]}\n`;
const policy = (metadata: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {${metadata}}\nspec: {podSelector: {}}\n`;

describe("names of objects", () => {
  it("stand in the namespace default where a file names none (S1)", () => {
    const { snapshot } = parse(
      policy("name: a"),
      policy('name: b, namespace: ""'),
      pod("name: c, namespace: shop"),
    );
    expect(snapshot.networkPolicies.map(({ metadata }) => metadata.namespace)).toEqual([
      "default",
      "default",
    ]);
    expect(snapshot.pods.map(({ metadata }) => metadata.namespace)).toEqual(["shop"]);
  });

  it("make two objects one where the namespace is only spelled out in one of them", () => {
    const { diagnostics } = parse(policy("name: a"), policy("name: a, namespace: default"));
    expect(diagnostics.map(({ message }) => message)).toEqual(["NetworkPolicy default/a is there twice"]);
  });

  it("are completed for pods and jobs that ask for a generated one, each by its own", () => {
    const job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\nspec: {template: {spec: {containers: [{name: c}]}}}\n";
    const { snapshot, diagnostics } = parse(
      pod("generateName: a-"),
      pod("generateName: a-"),
      pod("name: a-x"),
      job,
    );
    expect(diagnostics).toEqual([]);
    expect(snapshot.pods.map(({ metadata }) => metadata.name)).toEqual(["a-x", "a-x2", "a-x3", "run-x"]);
    expect(snapshot.workloads.map(({ metadata }) => metadata.name)).toEqual(["run-x"]);
  });

  it("are asked for where a finding has to refer to the object", () => {
    const { diagnostics, snapshot } = parse(policy("generateName: a-"));
    expect(diagnostics).toMatchObject([
      {
        message: "metadata.name: Required value: name or generateName is required",
        range: { start: { line: 3, column: 12 } },
        hint: "give the NetworkPolicy a name: findings have to refer to it",
      },
    ]);
    expect(snapshot.networkPolicies).toEqual([]);
  });

  it("have no namespace where the kind has none", () => {
    const { snapshot, diagnostics } = parse(
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: other}\n",
    );
    expect(diagnostics).toEqual([]);
    expect(snapshot.namespaces).toHaveLength(1);
    expect(snapshot.namespaces[0]?.metadata).not.toHaveProperty("namespace");
  });
});

describe("namespaces (S14)", () => {
  it("that are declared get the label with their name, whatever the file says", () => {
    const { snapshot } = parse(
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a, kubernetes.io/metadata.name: other}}\n",
    );
    expect(snapshot.namespaces[0]?.metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/metadata.name": "shop",
    });
  });

  it("that objects only name exist with that one label", () => {
    const { snapshot } = parse(
      policy("name: a, namespace: shop"),
      pod("name: b, namespace: shop"),
      pod("name: c"),
    );
    expect(snapshot.namespaces).toEqual(
      ["shop", "default"].map((name) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
      })),
    );
  });

  it("that are declared after an object names them are not there twice", () => {
    const { snapshot } = parse(
      policy("name: a, namespace: shop"),
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {x: z}}\n",
    );
    expect(snapshot.namespaces.map(({ metadata }) => metadata.labels?.x)).toEqual(["z"]);
  });
});
