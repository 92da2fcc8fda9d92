import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { generateCluster } from "../../bench/cluster.ts";
import { BigText } from "../../src/manifests/big-text.ts";
import { cutText } from "../../src/manifests/cut-text.ts";
import { ManifestFile } from "../../src/manifests/manifest-file.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { RawDocument } from "../../src/manifests/raw-document.ts";
import { RecentTrees } from "../../src/manifests/yaml-document.ts";
import type { KubernetesObject } from "../../src/model/kubernetes.ts";

const OBJECTS = generateCluster({ pods: 40, policies: 30, seed: 3 });
const PIECE = 4000;

const TEXTS = {
  yaml: OBJECTS.map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join(""),
  ndjson: OBJECTS.map((object) => `${JSON.stringify(object)}\n`).join(""),
  list: JSON.stringify(
    { apiVersion: "v1", kind: "List", items: OBJECTS, metadata: { resourceVersion: "" } },
    null,
    4,
  ),
  "list on one line": JSON.stringify({ kind: "List", apiVersion: "v1", items: OBJECTS }),
};

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("cutting a big text", () => {
  it.each(Object.entries(TEXTS))("makes pieces of %s that hold the same documents", (_, text) => {
    const bytes = bytesOf(text);
    const pieces = cutText(bytes, PIECE);
    expect(pieces.length).toBeGreaterThan(4);
    const files = pieces.map(({ start, end, head, tail }, index) => ({
      path: `${index}`,
      text: head + new TextDecoder().decode(bytes.subarray(start, end)) + tail,
    }));
    const cut = parseManifests(files);
    const whole = parseManifests([{ path: "all", text }]);
    expect(cut.diagnostics).toEqual([]);
    expect(cut.snapshot.pods).toEqual(whole.snapshot.pods);
    expect(cut.snapshot.networkPolicies).toEqual(whole.snapshot.networkPolicies);
    expect(cut.snapshot.namespaces).toEqual(whole.snapshot.namespaces);
  });

  it.each([
    ["YAML in braces", "{a: 1}"],
    ["broken JSON", '{"items": [{}, {"a'],
    ["an empty text", ""],
  ])("leaves %s in one piece", (_, text) => {
    const pieces = cutText(bytesOf(text), 1);
    expect(pieces.map(({ start, end }) => [start, end])).toEqual(text === "" ? [[0, 0]] : [[0, text.length]]);
  });

  it("knows commas and brackets in strings", () => {
    const items = Array.from({ length: 50 }, (_, at) => ({ a: `],"},{[\\"${at}`, b: [1, { c: [2, 3] }] }));
    const bytes = bytesOf(JSON.stringify({ note: "items", list: [[1], [2]], items }));
    const texts = cutText(bytes, 200).map(
      ({ start, end, head, tail }) => head + new TextDecoder().decode(bytes.subarray(start, end)) + tail,
    );
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.flatMap((text) => (JSON.parse(text) as { items: unknown[] }).items)).toEqual(items);
  });
});

/** Where the name of each object stands, and what it says there. */
function namePlaces(
  documents: Iterable<RawDocument>,
  source: Pick<ManifestFile, "range" | "textOf">,
): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const add = (
    { kind, metadata }: KubernetesObject,
    document: RawDocument,
    path: readonly (string | number)[],
  ) => {
    const { key, value, depth } = document.place([...path, "metadata", "name"]);
    const place = {
      key: key && source.range(key),
      value: source.range(value),
      text: source.textOf(value),
      depth,
    };
    found.set(`${kind} ${metadata.namespace}/${metadata.name}`, { ...place, depth: depth - path.length });
  };
  for (const document of documents) {
    const value = document.value as unknown as KubernetesObject & {
      readonly items?: readonly KubernetesObject[];
    };
    if (value.items === undefined) add(value, document, []);
    for (const [index, item] of (value.items ?? []).entries()) add(item, document, ["items", index]);
  }
  return found;
}

describe("manifests that are too big for one string", () => {
  it.each(Object.entries(TEXTS))("are read from the bytes of %s, with the same positions", (_, text) => {
    const big = new BigText("all", bytesOf(text), PIECE);
    const whole = new ManifestFile({ path: "all", text });
    const expected = namePlaces(whole.documents(new RecentTrees()), whole);
    expect(expected.size).toBe(OBJECTS.length);
    expect(namePlaces(big.documents(new RecentTrees()), big)).toEqual(expected);
  });

  it("say where a mistake is, in the second piece or in the last one", () => {
    const text = `${TEXTS.yaml}---\nkind: [\n`;
    const big = new BigText("all", bytesOf(text), PIECE);
    const whole = new ManifestFile({ path: "all", text });
    const problems = (file: Pick<ManifestFile, "range">, documents: Iterable<RawDocument>) =>
      [...documents].flatMap((document) =>
        document.problems.map(({ span, message }) => [file.range(span), message]),
      );
    expect(problems(big, big.documents(new RecentTrees()))).toEqual(
      problems(whole, whole.documents(new RecentTrees())),
    );
  });

  it("make the same snapshot", () => {
    const big = parseManifests([{ path: "all", text: "", bytes: bytesOf(TEXTS.list) }]);
    const whole = parseManifests([{ path: "all", text: TEXTS.list }]);
    expect(big.snapshot.networkPolicies).toEqual(whole.snapshot.networkPolicies);
    expect(big.snapshot.pods).toEqual(whole.snapshot.pods);
  });

  it("are read without what the API server notes for itself", () => {
    const metadata = { name: "a", managedFields: [{ manager: "kubectl" }], annotations: { note: "kept" } };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c" }] } };
    const { snapshot } = parseManifests([{ path: "a", text: "", bytes: bytesOf(JSON.stringify(pod)) }]);
    expect(snapshot.pods[0]?.metadata).toEqual({
      namespace: "default",
      name: "a",
      annotations: { note: "kept" },
    });
  });
});
