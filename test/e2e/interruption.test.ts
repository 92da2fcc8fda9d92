import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, kubectl, leftovers, netverdict, production, sleep, start } from "./cluster.ts";

const QUICK = "scenarios/default-deny/scenario.yaml";

// Nothing listens there: the run asks again until its settle time is over, and can be interrupted in between.
const folder = mkdtempSync(join(tmpdir(), "netverdict-interruption-"));
const SCENARIO = join(folder, "slow.yaml");
writeFileSync(
  SCENARIO,
  `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: slow}
defaults: {namespace: locked}
endpoints:
  outsider: {namespace: default, labels: {app: outsider}, hypothetical: true}
  web: {labels: {app: web}}
  nobody: {ip: 203.0.113.10}
flows:
  - outsider -> nobody:9 should succeed
  - web -> nobody:9 should fail
`,
);

beforeAll(() => apply("scenarios/default-deny/manifests", "locked"));
afterAll(() => {
  rmSync(folder, { recursive: true });
  kubectl("delete", "namespace", "--wait=false", "locked");
});

async function untilCreated(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (leftovers().some((line) => line.startsWith("pods"))) return;
    await sleep(100);
  }
  throw new Error("no stand-in was created");
}

describe("an interrupted run", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("removes everything after %s and exits with %d", async (signal, code) => {
    const { child, done } = start(["run", SCENARIO]);
    await untilCreated();
    child.kill(signal);
    const finished = await done;
    expect(finished.code).toBe(code);
    expect(finished.stderr).toContain("cleaning up");
    expect(leftovers()).toEqual([]);
  });

  it("leaves at once after a second signal and says what stays", async () => {
    const { child, done } = start(["run", SCENARIO]);
    await untilCreated();
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const finished = await done;
    expect([130, 143]).toContain(finished.code);
    expect(finished.stderr).toMatch(/may stay in .*netverdict clean --run/);
    await netverdict("clean");
    expect(leftovers()).toEqual([]);
  });

  it("that was killed is cleaned by its id, and other runs stay", async () => {
    const before = production("locked");
    const { child, done } = start(["run", SCENARIO]);
    await untilCreated();
    child.kill("SIGKILL");
    await done;
    const left = leftovers();
    expect(left.length).toBeGreaterThan(0);
    const other = await netverdict("clean", "--run", "nobody");
    expect(other.stdout).toContain("nothing to remove");
    expect(leftovers()).toEqual(left);
    const young = await netverdict("clean", "--older-than", "1h");
    expect(young.stdout).toContain("nothing to remove");
    const runId = /netverdict-([0-9a-f]+)/.exec(left[0] ?? "")?.[1] ?? "";
    const cleaned = await netverdict("clean", "--run", runId);
    expect(cleaned.code).toBe(0);
    expect(leftovers()).toEqual([]);
    expect(production("locked").filter((line) => !line.includes("netverdict-"))).toEqual(before);
  });

  it("keeps its stand-ins on demand and says how to remove them", async () => {
    const kept = await netverdict("run", QUICK, "--keep");
    expect(kept.code).toBe(0);
    expect(kept.stderr).toMatch(/netverdict clean --run [0-9a-f]+/);
    expect(leftovers().length).toBeGreaterThan(0);
    const cleaned = await netverdict("clean");
    expect(cleaned.code).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  it("that nobody cleans is removed by the cluster after its deadline", async () => {
    const { child, done } = start(["run", SCENARIO, "--deadline", "60s"]);
    await untilCreated();
    child.kill("SIGKILL");
    await done;
    expect(leftovers().length).toBeGreaterThan(0);
    for (let tries = 0; tries < 100 && leftovers().length > 0; tries++) await sleep(1000);
    expect(leftovers()).toEqual([]);
  });
});
