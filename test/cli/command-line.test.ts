import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import type { RunReport } from "../../src/model/report.ts";
import { BUNDLE, netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const STACK = /\n\s+at .+:\d+:\d+/;

describe("the program", () => {
  it("prints help with the exit codes and ends with 0", async () => {
    const { code, stdout } = await netverdict(["--help"]);
    expect(code).toBe(0);
    for (const word of ["run", "predict", "probe", "clean", "schema", "Exit codes", "could not decide"]) {
      expect(stdout).toContain(word);
    }
  });

  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await netverdict(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.each([
    [[]],
    [["--nonsense"]],
    [["nonsense"]],
    [["run"]],
    [["run", "--settle", "soon", "x.yaml"]],
    [["schema", "nonsense"]],
    [["probe", "deploy/a"]],
  ])("ends with 2 for the usage error %j, without a stack", async (args) => {
    const { code, stderr } = await netverdict(args);
    expect(code).toBe(2);
    expect(stderr).not.toBe("");
    expect(stderr).not.toMatch(STACK);
  });

  it("calls itself kubectl netverdict when started as the plugin", async () => {
    const plugin = join(folder, "kubectl-netverdict");
    symlinkSync(BUNDLE, plugin);
    const { stdout } = await netverdict(["--help"], { script: plugin });
    expect(stdout).toContain("Usage: kubectl netverdict");
  });

  it.each([
    "14.21.3",
    "20.20.2",
    "22.18.0",
  ])("says in one line which Node it needs under Node %s", (version) => {
    const banner = readFileSync(BUNDLE, "utf8").split("\n").slice(1, 5).join("\n");
    let said = "";
    let code: number | undefined;
    const stub = {
      versions: { node: version },
      stderr: { write: (text: string) => (said += text) },
      exit: (given: number) => {
        code = given;
      },
    };
    runInNewContext(banner, { process: stub, require: () => ({}) });
    expect(said).toBe(`netverdict needs Node 22.19 or newer; this is Node ${version}\n`);
    expect(code).toBe(2);
  });

  it("is not stopped by a reader that goes away", () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${BUNDLE}" schema report | head -1`],
      {
        encoding: "utf8",
      },
    );
    expect(status).toBe(0);
    expect(stderr).toBe("");
  });
});

describe("schema", () => {
  it.each(["scenario", "report"])("prints the JSON Schema of the %s", async (name) => {
    const { code, stdout } = await netverdict(["schema", name]);
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as { $schema: string };
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(new Ajv({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true);
  });
});

describe("a scenario with mistakes", () => {
  it("shows all of them with file, line, column and the text underlined, and ends with 2", async () => {
    const path = file(
      "wrong.yaml",
      `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: wrong}
endpoints:
  frontend: {labels: {tier: frontend}}
  backend: {label: {tier: backend}}
flows:
  - fronted -> backend:8080 should succeed
  - frontend -> backend:99999 should fail
`,
    );
    const { code, stdout, stderr } = await netverdict([
      "predict",
      path,
      "--manifests",
      "scenarios/three-tier/manifests",
    ]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`${path}:6:`);
    expect(stderr).toContain(`${path}:8:5: error:`);
    expect(stderr).toContain('did you mean "frontend"?');
    expect(stderr).toMatch(/\n\s+\|\s+\^+\n/);
    expect(stderr).toContain("99999");
    expect(stderr).not.toMatch(STACK);
  });

  it("that is not there is said by its path", async () => {
    const { code, stderr } = await netverdict(["run", join(folder, "missing.yaml")]);
    expect(code).toBe(2);
    expect(stderr).toContain("missing.yaml");
    expect(stderr).not.toMatch(STACK);
  });

  it("that is empty is no success", async () => {
    const { code, stderr } = await netverdict([
      "predict",
      file("empty.yaml", ""),
      "--manifests",
      "scenarios/three-tier/manifests",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("empty.yaml");
  });
});

describe("predict", () => {
  const threeTier = [
    "predict",
    "scenarios/three-tier/scenario.yaml",
    "--manifests",
    "scenarios/three-tier/manifests",
  ];
  const broken = [
    "predict",
    "scenarios/three-tier-broken/scenario.yaml",
    "--manifests",
    "scenarios/three-tier-broken/manifests",
  ];

  it("passes the three-tier example", async () => {
    const { code, stdout } = await netverdict(threeTier);
    expect(stdout).toContain("14 passed (14 flows");
    expect(code).toBe(0);
  });

  it("finds the mistake in the broken one and names policy, rule, file and line", async () => {
    const { code, stdout } = await netverdict(broken);
    expect(code).toBe(1);
    expect(stdout).toContain("spec.ingress[0] of staging/database-policy");
    expect(stdout).toContain("label tier=back-end wanted, pod has tier=backend");
    expect(stdout).toMatch(/scenarios\/three-tier-broken\/manifests\/policies\.yaml:\d+/);
  });

  it("reads manifests from standard input", async () => {
    const text = ["namespace", "policies", "workloads"]
      .map((name) => readFileSync(`scenarios/three-tier/manifests/${name}.yaml`, "utf8"))
      .join("---\n");
    const { code } = await netverdict(["predict", "scenarios/three-tier/scenario.yaml", "--manifests", "-"], {
      input: text,
    });
    expect(code).toBe(0);
  });

  it("writes several formats at once, JSON as its schema says", async () => {
    const junit = join(folder, "junit.xml");
    const { code, stdout } = await netverdict([...broken, "-o", "json", "-o", `junit=${junit}`]);
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as RunReport;
    const schema = JSON.parse(readFileSync("schema/report.schema.json", "utf8")) as object;
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report.summary).toEqual({ flows: 14, passed: 12, failed: 2, inconclusive: 0, skipped: 0 });
    expect(readFileSync(junit, "utf8")).toMatch(/<testsuites [^>]*failures="2"/);
  });

  it("still prints the report when a file cannot be written, and ends with 2", async () => {
    const { code, stdout, stderr } = await netverdict([...threeTier, "-o", "junit=/nonexistent/x.xml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("/nonexistent/x.xml");
    // The table that is on stdout anyway, whole and with nothing between.
    expect(stdout).toMatch(/^FLOW .*14 passed \(14 flows, [^)]*\)\n$/s);
    expect(stdout).not.toContain("<testsuites");
  });

  it("refuses a misspelt field instead of dropping it", async () => {
    const policy = readFileSync("scenarios/three-tier/manifests/policies.yaml", "utf8").replace(
      "podSelector:",
      "podselector:",
    );
    const { code, stderr } = await netverdict([
      "predict",
      "scenarios/three-tier/scenario.yaml",
      "--manifests",
      file("p.yaml", policy),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("podselector");
    expect(stderr).toMatch(/p\.yaml:\d+:\d+: error/);
  });

  it("refuses what the API server would refuse, in its words", async () => {
    const policy = readFileSync("scenarios/three-tier/manifests/policies.yaml", "utf8").replace(
      "port: 5432",
      "port: 0",
    );
    const { code, stderr } = await netverdict([
      "predict",
      "scenarios/three-tier/scenario.yaml",
      "--manifests",
      file("q.yaml", policy),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("must be between 1 and 65535, inclusive");
  });

  it("says which path holds no manifests", async () => {
    const { code, stderr } = await netverdict([
      "predict",
      "scenarios/three-tier/scenario.yaml",
      "--manifests",
      "/nonexistent",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("/nonexistent");
    expect(stderr).not.toMatch(STACK);
  });
});

describe("run without a cluster", () => {
  it("says what it looked for, and never tries localhost", async () => {
    const { code, stderr } = await netverdict(["run", "scenarios/three-tier/scenario.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/kubeconfig/i);
    expect(stderr).not.toMatch(/localhost|ECONNREFUSED/);
    expect(stderr).not.toMatch(STACK);
  });

  it("names the server that does not answer", async () => {
    const kubeconfig = file(
      "kubeconfig",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "x",
        clusters: [{ name: "x", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "x", user: { token: "secret-token" } }],
        contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      }),
    );
    const { code, stderr } = await netverdict(["run", "scenarios/three-tier/scenario.yaml"], {
      env: { KUBECONFIG: kubeconfig },
    });
    expect(code).toBe(2);
    expect(stderr).toContain("127.0.0.1:1");
    expect(stderr).not.toContain("secret-token");
    expect(stderr).not.toMatch(STACK);
  });
});
