import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-matrix-"));
afterAll(() => rmSync(folder, { recursive: true }));

const THREE_TIER = ["matrix", "--manifests", "scenarios/three-tier/manifests"];

describe("netverdict matrix", () => {
  it("shows who reaches whom, the outside, new pods, and pods without a policy", async () => {
    const { code, stdout } = await netverdict(THREE_TIER);
    expect(code).toBe(0);
    expect(stdout).toMatch(/production\/frontend +TCP 8080 +- +\./);
    expect(stdout).toMatch(/production\/frontend +anywhere: TCP 80 +-/);
    expect(stdout).toContain("a pod without labels in a new namespace");
    expect(stdout).toContain("no pod is without a policy for ingress");
  });

  it("writes every format, also several at once", async () => {
    const file = (name: string): string => join(folder, name);
    const formats = ["csv", "json", "dot", "mermaid", "html"];
    const { code, stdout } = await netverdict([
      ...THREE_TIER,
      ...formats.flatMap((format) => ["-o", `${format}=${file(format)}`]),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("FROM / TO");
    expect(readFileSync(file("csv"), "utf8")).toContain("production/backend,production/database,TCP 5432,\n");
    expect(JSON.parse(readFileSync(file("json"), "utf8"))).toMatchObject({
      kind: "Matrix",
      counts: { pods: 3 },
    });
    expect(readFileSync(file("dot"), "utf8")).toContain("digraph");
    expect(readFileSync(file("mermaid"), "utf8")).toContain("flowchart LR");
    expect(readFileSync(file("html"), "utf8")).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  });

  it("asks about ports and namespaces only that are named", async () => {
    const { stdout } = await netverdict([...THREE_TIER, "-n", "production", "--port", "5432", "-o", "csv"]);
    expect(stdout).toBe("from,to,allowed,undetermined\nproduction/backend,production/database,TCP 5432,\n");
  });

  it("counts all pairs with --summary, with the time of each phase", async () => {
    const { code, stdout } = await netverdict([...THREE_TIER, "--summary", "-o", "json"]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as { pairs: number; phases: { name: string }[] };
    expect(summary.pairs).toBe(9);
    expect(summary.phases.map(({ name }) => name)).toEqual(["parse", "index", "rows", "combine"]);
  });

  it.each([
    [["-n", "productoin"], "did you mean production?"],
    [["--port", "http"], "Expected a port"],
    [["-o", "xml"], "known: table, csv, json, dot, mermaid, html"],
    [["--summary", "-n", "production"], "--summary counts all pods"],
    [["--profile", "weave"], "Allowed choices"],
  ])("ends with 2 for %j", async (args, said) => {
    const { code, stderr } = await netverdict([...THREE_TIER, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it("ends with 2 where no pod is there", async () => {
    const path = join(folder, "policies.yaml");
    writeFileSync(path, readFileSync("scenarios/three-tier/manifests/policies.yaml"));
    const { code, stderr } = await netverdict(["matrix", "--manifests", path]);
    expect(code).toBe(2);
    expect(stderr).toContain("there is no pod to tell of");
  });
});
