import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-diff-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BEFORE = "scenarios/three-tier/manifests";
const SCENARIO = ["--scenario", "scenarios/three-tier/scenario.yaml"];
const after = join(folder, "after");
const policies = join(folder, "policies.yaml");
const opened = join(folder, "opened.yaml");

beforeAll(() => {
  cpSync(BEFORE, after, { recursive: true });
  const text = readFileSync(join(BEFORE, "policies.yaml"), "utf8");
  writeFileSync(policies, text);
  // The database lets the frontend in, too; its egress is open anyway.
  const wider = text.replace(/(name: database-policy[\s\S]*?tier: )backend/, "$1frontend");
  writeFileSync(join(after, "policies.yaml"), wider);
  const [, rest = ""] = wider.split("# 5. Database");
  writeFileSync(opened, `# 5. Database${rest}`);
});

describe("netverdict diff", () => {
  it("tells what closes, the policy with file and line, and the flows of scenarios that change", async () => {
    const { code, stdout } = await netverdict(["diff", BEFORE, after, ...SCENARIO]);
    expect(code).toBe(0);
    expect(stdout).toContain("- production/backend -> production/database: TCP 5432 (allow -> deny)");
    expect(stdout).toContain("changed spec.ingress[0] of production/database-policy");
    expect(stdout).toMatch(
      /production\/backend -> production\/database:5432\/TCP: expected allow,\s+predicted allow -> deny:\s+BREAKS/,
    );
  });

  it.each([
    ["opened", 0],
    ["closed", 1],
    ["any", 1],
  ])("ends with --fail-on %s by %i", async (change, expected) => {
    const { code } = await netverdict(["diff", BEFORE, after, "--fail-on", change, "-o", "json"]);
    expect(code).toBe(expected);
  });

  it("ends with 1 for --fail-on opened where something opens", async () => {
    const { code, stdout } = await netverdict([
      "diff",
      after,
      BEFORE,
      "--fail-on",
      "opened",
      "-o",
      "markdown",
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "| production/backend | production/database | TCP 5432 | deny -\\> allow |".replace("\\>", ">"),
    );
  });

  it("compares policies alone on the workloads of --with", async () => {
    const workloads = ["--with", join(BEFORE, "workloads.yaml"), join(BEFORE, "namespace.yaml")];
    const { code, stdout } = await netverdict(["diff", policies, opened, ...workloads, "-o", "json"]);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { workloads: number; changes: { kind: string }[] };
    expect(document.workloads).toBe(3);
    expect(document.changes.some(({ kind }) => kind === "opened")).toBe(true);
  });

  it("lays a part over the whole with --apply", async () => {
    const { stdout } = await netverdict(["diff", BEFORE, opened, "--apply", "-o", "json"]);
    const document = JSON.parse(stdout) as { policies: { status: string }[]; changes: { kind: string }[] };
    expect(document.policies.map(({ status }) => status)).toEqual(["changed"]);
    expect(document.changes.map(({ kind }) => kind)).toEqual(["closed"]);
  });

  it("reads one side from standard input", async () => {
    const input = readFileSync(policies, "utf8");
    const { code, stdout } = await netverdict(["diff", BEFORE, "-"], { input });
    expect(code).toBe(0);
    expect(stdout).toContain("AFTER holds no workloads");
    expect(stdout).toContain("nothing opens and nothing closes");
  });

  it.each([
    [[policies, opened], "neither side holds workloads"],
    [["live", "live"], "both sides are the cluster"],
    [["--with", BEFORE, policies, opened], "BEFORE and AFTER are missing"],
    [["-", "-"], "only once"],
    [[BEFORE, "/nonexistent"], "does not exist"],
    [[BEFORE, BEFORE, "--fail-on", "worse"], "Allowed choices"],
  ])("ends with 2 for %j", async (args, said) => {
    const { code, stderr } = await netverdict(["diff", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/);
  });
});
