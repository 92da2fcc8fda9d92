import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const policy = (spec: string, annotations = ""): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\n${annotations}spec:\n${spec}`;
const WRONG = policy(
  "  podSelector: {}\n  ingress:\n    - ports:\n        - port: 0\n          protocol: tcp\n",
);
const EMPTY_FROM = "  podSelector: {}\n  ingress:\n    - from: []\n";
const STACK = /\n\s+at .+:\d+:\d+/;

interface Found {
  readonly findings: readonly Readonly<Record<string, unknown>>[];
}

const idsOf = (stdout: string): unknown[] => (JSON.parse(stdout) as Found).findings.map(({ id }) => id);

describe("lint", () => {
  it("tells what the API server would refuse, field by field, and ends with 1", async () => {
    const path = file("wrong.yaml", WRONG);
    const { code, stdout, stderr } = await netverdict(["lint", "--manifests", path, "-o", "json"]);
    expect(code).toBe(1);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      findings: [
        {
          file: path,
          line: 10,
          column: 17,
          object: "NetworkPolicy shop/web",
          path: "spec.ingress[0].ports[0].port",
          type: "Invalid value",
          message: "must be between 1 and 65535, inclusive",
          severity: "error",
          id: "invalid-port-number",
        },
        {
          file: path,
          line: 11,
          column: 21,
          object: "NetworkPolicy shop/web",
          path: "spec.ingress[0].ports[0].protocol",
          type: "Unsupported value",
          message: 'supported values: "TCP", "UDP", "SCTP"',
          severity: "error",
          id: "invalid-protocol",
        },
      ],
    });
  });

  it("shows the line that is meant", async () => {
    const { code, stdout } = await netverdict(["lint", "--manifests", file("wrong.yaml", WRONG)]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "error: NetworkPolicy shop/web: spec.ingress[0].ports[0].port: Invalid value: 0: must be",
    );
    expect(stdout).toContain("10 |         - port: 0\n     |                 ^\n");
    expect(stdout).toContain("2 errors, 0 warnings (1 policy in 1 file)");
  });

  it("tells what can't be decoded, with the object, the field and the API server's words", async () => {
    const text = policy(
      "  podselector: {}\n  ingress:\n    - from: [{podSelector: {matchLabels: {a: yes}}}]\n",
    );
    const { code, stdout } = await netverdict([
      "lint",
      "--manifests",
      file("decode.yaml", text),
      "-o",
      "json",
    ]);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Found).findings).toMatchObject([
      {
        line: 7,
        object: "NetworkPolicy shop/web",
        path: "spec.podselector",
        type: "Strict decoding",
        message: 'unknown field "spec.podselector"',
        id: "unknown-field",
      },
      {
        line: 9,
        object: "NetworkPolicy shop/web",
        path: "spec.ingress[0].from[0].podSelector.matchLabels.a",
        type: "Strict decoding",
        message:
          "json: cannot unmarshal bool into Go struct field LabelSelector.spec.ingress.from.podSelector.matchLabels of type string",
        id: "wrong-type",
      },
    ]);
  });

  it("ends with 0 for warnings and with 1 for them when strict; reads standard input", async () => {
    const input = policy(EMPTY_FROM);
    const plain = await netverdict(["lint", "--manifests", "-"], { input });
    expect(plain.code).toBe(0);
    expect(plain.stdout).toContain("<stdin>:9:7: warning:");
    expect((await netverdict(["lint", "--manifests", "-", "--strict"], { input })).code).toBe(1);
  });

  it("leaves out what is disabled, by option and by annotation", async () => {
    const path = file("empty.yaml", policy(EMPTY_FROM));
    const args = ["lint", "--manifests", path, "--strict", "-o", "json"];
    expect(idsOf((await netverdict(args)).stdout)).toEqual(["empty-peer-list"]);
    const disabled = await netverdict([...args, "--disable", "dns-without-tcp,empty-peer-list"]);
    expect(disabled).toMatchObject({ code: 0, stdout: '{\n  "findings": []\n}\n' });
    const annotation = "  annotations: {netverdict.dev/lint-disable: empty-peer-list}\n";
    const annotated = file("annotated.yaml", policy(EMPTY_FROM, annotation));
    expect((await netverdict(["lint", "--manifests", annotated, "--strict"])).code).toBe(0);
  });

  it("knows the API server's version for ambiguous address blocks (V11)", async () => {
    const text = policy("  podSelector: {}\n  ingress:\n    - from: [{ipBlock: {cidr: 192.0.2.5/24}}]\n");
    const args = ["lint", "--manifests", file("block.yaml", text), "-o", "json"];
    const newest = await netverdict(args);
    expect(newest.code).toBe(1);
    expect((JSON.parse(newest.stdout) as Found).findings).toMatchObject([
      { id: "ambiguous-cidr", severity: "error", message: "must not have bits set beyond the prefix length" },
    ]);
    const older = await netverdict([...args, "--kubernetes-version", "v1.35.2"]);
    expect(older.code).toBe(0);
    expect((JSON.parse(older.stdout) as Found).findings).toMatchObject([
      {
        id: "ambiguous-cidr",
        severity: "warning",
        type: "Warning",
        message:
          'CIDR value "192.0.2.5/24" is ambiguous in this context (should be "192.0.2.0/24" or "192.0.2.5/32"?)',
      },
    ]);
  });

  it.each([
    [["lint"], "no cluster to talk to"],
    [
      ["lint", "--manifests", "scenarios/three-tier/manifests", "-n", "productoin"],
      "did you mean production?",
    ],
    [["lint", "--manifests", "/nonexistent"], "does not exist"],
    [["lint", "--manifests", "README.md", "-o", "jsn"], "did you mean json?"],
    [["lint", "--manifests", "README.md", "--disable", "empty-peer-lists"], "did you mean empty-peer-list?"],
    [["lint", "--manifests", "README.md", "--kubernetes-version", "new"], "such as 1.35"],
    [["lint", "--manifests", "README.md", "-o", "json", "-o", "sarif"], "standard output"],
    [
      ["lint", "--manifests", "scenarios/three-tier/manifests", "-o", "json=/nonexistent/x"],
      "cannot write /nonexistent/x",
    ],
  ])("ends with 2 for the mistake in %j, and says what was expected", async (args, said) => {
    const { code, stderr } = await netverdict(args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(STACK);
  });

  it("ends with 2 where there is nothing to look at", async () => {
    const path = file("nothing.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    const { code, stderr } = await netverdict(["lint", "--manifests", path]);
    expect(code).toBe(2);
    expect(stderr).toContain("no object to look at");
  });

  it("writes several formats at once", async () => {
    const sarif = join(folder, "out.sarif");
    const { code, stdout } = await netverdict([
      ...["lint", "--manifests", file("empty.yaml", policy(EMPTY_FROM))],
      ...["-o", `sarif=${sarif}`, "-o", "github"],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^::warning file=/);
    expect(JSON.parse(readFileSync(sarif, "utf8")).runs[0].results).toHaveLength(1);
  });
});
