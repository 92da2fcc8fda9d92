import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classOf } from "../../src/model/observation.ts";
import type { RunReport } from "../../src/model/report.ts";
import { kubectl, leftovers, netverdict, runReport } from "./cluster.ts";
import { builtImage } from "./image.ts";
import { RUNNER_NAMESPACE, runJob } from "./job.ts";
import { RunnerManifests } from "./runner-manifests.ts";

/** The applications, in namespaces that no other suite uses. */
const GOOD = "sharded";
const BROKEN = "sharded-broken";
const SHARDS = 4;

const manifests = new RunnerManifests(GOOD);
const at = (path: string): string => manifests.at(path);
const folder = mkdtempSync(join(tmpdir(), "netverdict-shards-"));

beforeAll(async () => {
  manifests.useImage(await builtImage());
  manifests.application("three-tier", "production", GOOD);
  manifests.application("three-tier-broken", "staging", BROKEN);
  const good = readFileSync(at("overlays/three-tier/scenario.yaml"), "utf8");
  const broken = readFileSync("scenarios/three-tier-broken/scenario.yaml", "utf8");
  const sharded = { components: ["sharded"] };
  manifests.overlay("sharded", good, sharded);
  manifests.overlay("sharded-broken", broken.replaceAll("staging", BROKEN), {
    ...sharded,
    rbac: ["--cluster-role"],
  });
  await manifests.install(GOOD);
}, 600_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  manifests.remove();
});

/** What each shard of a Job has left, as files. */
function reportsOf(job: string): readonly string[] {
  return Array.from({ length: SHARDS }, (_, index) => {
    const name = `${job}-${index}-report`;
    const path = join(folder, `${name}.json`);
    writeFileSync(path, kubectl("-n", RUNNER_NAMESPACE, "get", "configmap", name, "-o", "json"));
    return path;
  });
}

async function merge(...files: readonly string[]): Promise<{ code: number; report: RunReport }> {
  const { code, stdout, stderr } = await netverdict("merge", ...files, "-o", "json");
  if (stdout === "") throw new Error(`no report (exit code ${code}): ${stderr}`);
  return { code, report: JSON.parse(stdout) as RunReport };
}

/** Whether a block is seen as refused or as a time-out is the engine's affair: it rations its answers. */
const answersOf = ({ flows }: RunReport): readonly unknown[] =>
  flows.map(({ id, verdict, predicted, observed, cause }) => {
    return { id, verdict, predicted, seen: observed === null ? null : classOf(observed), cause };
  });

describe("an Indexed Job of four shards", () => {
  it("passes, and comes to the same as one run; without one of its reports it is undecided", async () => {
    const run = await runJob(at("overlays/sharded"));
    expect(run.stdout, run.stderr).toContain("14 passed (14 flows");
    expect([run.code, run.condition]).toEqual([0, "Complete"]);
    expect(run.stderr).toContain(`exit code 0, merged from ${SHARDS} of ${SHARDS} shards`);
    expect(leftovers()).toEqual([]);

    const reports = reportsOf(run.name);
    const { code, report } = await merge(...reports);
    expect(code).toBe(0);
    const each = await Promise.all(
      reports.map(async (path) => (await netverdict("merge", path, "-o", "json")).stdout),
    );
    for (const text of each) {
      const { summary } = JSON.parse(text) as RunReport;
      expect(summary.passed).toBeGreaterThan(0);
      expect(summary.passed).toBeLessThan(14);
    }
    const whole = await runReport("run", at("overlays/sharded/scenario.yaml"));
    expect(whole.code).toBe(0);
    expect(answersOf(report)).toEqual(answersOf(whole.report));
    expect(report.enforcement?.grade).toBe("proven");

    const partial = await merge(...reports.slice(1));
    expect(partial.code).toBe(2);
    expect(partial.report.problems.map(({ message }) => message)).toContain(
      `there is no report of shard 1 of ${SHARDS}`,
    );
    expect(partial.report.summary.inconclusive).toBeGreaterThan(0);
    const twice = await merge(...reports, ...reports.slice(0, 1));
    expect(twice.code).toBe(2);
  });

  it("fails for a broken policy, and says nothing else than one run; its reports fit to no other Job's", async () => {
    const run = await runJob(at("overlays/sharded-broken"));
    expect([run.code, run.condition]).toEqual([1, "Failed"]);
    expect(run.stdout).toContain("label tier=back-end wanted, pod has tier=backend");
    expect(leftovers()).toEqual([]);
    const reports = reportsOf(run.name);
    const { code, report } = await merge(...reports);
    const whole = await runReport("run", at("overlays/sharded-broken/scenario.yaml"));
    expect([code, whole.code]).toEqual([1, 1]);
    expect(answersOf(report)).toEqual(answersOf(whole.report));

    const other = await runJob(at("overlays/sharded"));
    const mixed = await merge(...reportsOf(other.name).slice(1), ...reports.slice(0, 1));
    expect(mixed.code).toBe(2);
    expect(
      mixed.report.problems.some(({ message }) => message.includes("is the report of another run")),
    ).toBe(true);
  });
});
