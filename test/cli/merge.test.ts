import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readReports } from "../../src/cli/read-reports.ts";
import type { RunReport, Verdict } from "../../src/model/report.ts";
import { exitCode } from "../../src/verdict/exit-code.ts";
import { mergeReports } from "../../src/verdict/merge-reports.ts";
import { buildFlow, buildReport } from "../report/build-report.ts";
import { netverdict } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "netverdict-merge-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One of two shards, with one flow of its own. */
function shard(index: number, verdict: Verdict = "pass", fingerprint = "f00d"): RunReport {
  const flows = [1, 2].map((owner) => {
    const own = owner === index ? { verdict } : { verdict: "skipped" as const, observed: null, targets: [] };
    return { ...buildFlow({ id: `shop/pod-${owner} -> shop/db:5432/TCP`, ...own }), shard: owner };
  });
  const report = buildReport({
    flows,
    enforcement: { canary: "off", grade: "off", reason: "left out by --canary off", nodes: [] },
    shard: { index, count: 2, fingerprint },
  });
  return { ...report, exitCode: exitCode(report) };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const reportFile = (name: string, report: RunReport): string => file(name, JSON.stringify(report));

const FIRST = reportFile("first.json", shard(1));
const SECOND = reportFile("second.json", shard(2));

/** What kubectl prints of a ConfigMap of `--report-configmap`. */
function configMap(name: string, report: RunReport, zipped = false): object {
  const text = JSON.stringify(report);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    ...(zipped
      ? { binaryData: { "report.json.gz": gzipSync(text).toString("base64") } }
      : { data: { "report.json": text, "exit-code": "0" } }),
  };
}

describe("netverdict merge", () => {
  it("makes one green report of two shards", async () => {
    const { code, stdout, stderr } = await netverdict(["merge", FIRST, SECOND]);
    expect(stdout).toContain("2 passed (2 flows");
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("writes every format that is asked for", async () => {
    const junit = join(folder, "junit.xml");
    const { code, stdout } = await netverdict(["merge", FIRST, SECOND, "-o", "json", "-o", `junit=${junit}`]);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { passed: 2 }, shards: { count: 2 }, exitCode: 0 });
    expect(code).toBe(0);
  });

  it("takes what kubectl prints of ConfigMaps, plain and compressed, from standard input", async () => {
    const list = { kind: "List", items: [configMap("a", shard(1)), configMap("b", shard(2), true)] };
    expect(await netverdict(["merge", "-"], { input: JSON.stringify(list) })).toMatchObject({ code: 0 });
    const one = JSON.stringify(configMap("a", shard(1)));
    expect(await netverdict(["merge", SECOND, "-"], { input: one })).toMatchObject({ code: 0 });
  });

  it("takes compressed files", async () => {
    const zipped = file("second.json.gz", gzipSync(JSON.stringify(shard(2))));
    expect(await netverdict(["merge", FIRST, zipped])).toMatchObject({ code: 0 });
  });

  it("ends with 1 where a flow failed in one of them", async () => {
    const failed = reportFile("failed.json", shard(2, "fail"));
    const { code, stdout } = await netverdict(["merge", FIRST, failed]);
    expect([code, stdout.includes("1 failed")]).toEqual([1, true]);
  });

  it.each<[string, () => readonly string[], string]>([
    ["a missing shard", () => [FIRST], "there is no report of shard 2 of 2"],
    ["one shard twice", () => [FIRST, SECOND, SECOND], "shard 2 of 2 is there 2 times"],
    [
      "a foreign report",
      () => [FIRST, SECOND, reportFile("foreign.json", shard(2, "pass", "0dd"))],
      "is the report of another run",
    ],
    [
      "a file that is not there",
      () => [FIRST, SECOND, join(folder, "nowhere.json")],
      "cannot be read: ENOENT",
    ],
    [
      "a file that is cut",
      () => [FIRST, SECOND, file("cut.json", '{"apiVersion": "netv')],
      "cannot be read: ",
    ],
    ["an empty file", () => [FIRST, SECOND, file("empty.json", "")], "it is empty"],
    [
      "another document",
      () => [FIRST, SECOND, file("other.json", '{"kind": "Pod"}')],
      "other.json is no report",
    ],
    [
      "a report with a verdict that is none",
      () => [FIRST, SECOND, file("odd.json", JSON.stringify(shard(2)).replace('"pass"', '"passed"'))],
      "/verdict must be equal to one of the allowed values",
    ],
    [
      "an empty list",
      () => [FIRST, SECOND, file("list.json", '{"kind": "List", "items": []}')],
      "holds no report",
    ],
    [
      "a ConfigMap without a report",
      () => [FIRST, SECOND, file("cm.json", '{"kind": "ConfigMap", "metadata": {"name": "x"}}')],
      "ConfigMap x holds neither report.json nor report.json.gz",
    ],
    [
      "a ConfigMap whose report is no gzip",
      () => [
        FIRST,
        SECOND,
        file("bad.json", '{"kind": "ConfigMap", "binaryData": {"report.json.gz": "H4sIAAAA"}}'),
      ],
      "cannot be read: ConfigMap without a name: ",
    ],
  ])("is never green with %s, and says so", async (_, files, said) => {
    const { reports, problems } = await readReports(files(), process.stdin);
    const merged = mergeReports(reports, problems);
    expect(merged.problems.map(({ message }) => message).join("\n")).toContain(said);
    expect(merged).toMatchObject({ exitCode: 2 });
  });

  it("ends with 2 where a shard is missing", async () => {
    const { code, stdout } = await netverdict(["merge", FIRST]);
    expect(stdout).toContain("there is no report of shard 2 of 2");
    expect(code).toBe(2);
  });

  it("ends with 2 and without a stack where nothing is a shard's report", async () => {
    const whole = reportFile("whole.json", buildReport());
    const { code, stdout, stderr } = await netverdict(["merge", whole]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("there is no shard's report to merge");
    expect(stderr).toContain("is of a whole run, not of a shard");
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("ends with 2 where the merged report cannot be written", async () => {
    const { code, stdout } = await netverdict(["merge", FIRST, SECOND, "-o", `json=${folder}/no/where.json`]);
    expect(code).toBe(2);
    expect(stdout).toContain("2 passed");
  });
});

describe("netverdict run --shard", () => {
  it.each([
    [["--shard", "5/4"], "there is no shard 5 of 4"],
    [["--shard-group", "x"], "there is no --shard"],
  ])("%j is a mistake before anything is read", async (args, said) => {
    const { code, stderr } = await netverdict(["run", join(folder, "none.yaml"), ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("none.yaml");
  });
});
