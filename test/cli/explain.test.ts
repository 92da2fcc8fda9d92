import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { netverdict } from "./bundle.ts";

const THREE_TIER = ["--manifests", "scenarios/three-tier/manifests"];
const STACK = /\n\s+at .+:\d+:\d+/;

describe("netverdict explain", () => {
  it("answers first, then says why with file and line, and ends with 0 for a denial, too", async () => {
    const { code, stdout } = await netverdict([
      "explain",
      "deploy/frontend",
      "deploy/database:5432",
      ...THREE_TIER,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^deny {2}production\/deploy\/frontend -> production\/deploy\/database:5432\/TCP\n/,
    );
    expect(stdout).toMatch(/nearest rule: .*\n? *\(?scenarios\/three-tier\/manifests\/policies.yaml:105/);
    expect(stdout).toContain("to allow:");
  });

  it("prints JSON as its schema says", async () => {
    const { code, stdout } = await netverdict([
      "explain",
      "tier=web",
      "deploy/backend:8080",
      ...THREE_TIER,
      "-o",
      "json",
    ]);
    expect(code).toBe(0);
    const printed = await netverdict(["schema", "explain"]);
    const validate = new Ajv({ strict: true }).compile(JSON.parse(printed.stdout) as object);
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.parse(printed.stdout)).toEqual(
      JSON.parse(readFileSync("schema/explanation.schema.json", "utf8")),
    );
  });

  it("writes no colours into a file", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "netverdict-explain-")), "why.txt");
    const { stdout } = await netverdict([
      ...["--color", "always", "explain", "deploy/frontend", "deploy/database:5432", ...THREE_TIER],
      ...["-o", `text=${path}`],
    ]);
    const text = readFileSync(path, "utf8");
    rmSync(dirname(path), { recursive: true });
    expect(stdout).toContain("\u001b[");
    expect(text).toMatch(/^deny {2}production/);
    expect(text).not.toContain("\u001b[");
  });

  it.each([
    [["deploy/frontend", "deploy/databse:5432"], "database"],
    [["deploy/frontend", "svc/backend:8080"], "there is a Deployment of that name"],
    [["-n", "default", "deploy/frontend", "deploy/backend:8080"], "there is one in production"],
    [["deploy/frontend", "2001:db8::1:443"], "["],
    [
      ["deploy/frontend"],
      "FROM and TO:PORT are missing\n  hint: say them first: --manifests takes all that follows",
    ],
    [["deploy/frontend", "deploy/backend:8080", "-o", "yaml"], "known: text, json"],
  ])("ends with 2 for %j and says what was meant", async (args, said) => {
    const { code, stderr } = await netverdict(["explain", ...args, ...THREE_TIER]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(STACK);
  });
});
