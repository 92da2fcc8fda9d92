import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Common, fingerprintOf, readShard, shardsOf } from "../../src/cli/shard.ts";
import type { Flow, Scenario } from "../../src/model/scenario.ts";
import { loadScenarios } from "../../src/scenario/load-scenarios.ts";
import { UserError } from "../../src/source/errors.ts";
import { createTextFile, type TextFile } from "../../src/source/text-file.ts";

/** A scenario in which each source has as many flows as told. */
function scenario(flowsOf: Readonly<Record<string, number>>): { text: TextFile; flows: readonly Flow[] } {
  const sources = Object.keys(flowsOf).map((name) => `  ${name}: {labels: {app: ${name}}}\n`);
  const flows = Object.entries(flowsOf).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => `  - ${name} -> db:${8000 + index} should fail\n`),
  );
  const text = createTextFile(
    "shop.yaml",
    `apiVersion: netverdict.dev/v1alpha1
kind: Scenario
metadata: {name: shop}
defaults: {namespace: shop}
endpoints:
  db: {labels: {app: db}}
${sources.join("")}flows:
${flows.join("")}`,
  );
  const { scenarios, diagnostics } = loadScenarios([text]);
  expect(diagnostics).toEqual([]);
  return { text, flows: scenarios.flatMap((one: Scenario) => one.flows) };
}

const SHOP = scenario({ web: 5, api: 3, batch: 2, cron: 1, admin: 1 });

describe("the flows", () => {
  it("are split as evenly as whole sources can be", () => {
    const shards = shardsOf(SHOP.flows, 3);
    const loads = [1, 2, 3].map((index) => [...shards.values()].filter((shard) => shard === index).length);
    expect(loads).toEqual([5, 4, 3]);
  });

  it("are all in one shard where there is one, and leave shards empty where there are too many", () => {
    expect(new Set(shardsOf(SHOP.flows, 1).values())).toEqual(new Set([1]));
    expect(new Set(shardsOf(SHOP.flows, 9).values())).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it("of a source stay together, each in exactly one shard, whatever the order of the flows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.shuffledSubarray([...SHOP.flows], { minLength: SHOP.flows.length }),
        (count, shuffled) => {
          const shards = shardsOf(SHOP.flows, count);
          expect(shardsOf(shuffled, count)).toEqual(shards);
          expect([...shards.keys()].sort()).toEqual(SHOP.flows.map(({ id }) => id).sort());
          for (const own of Map.groupBy(SHOP.flows, ({ from }) => from.name).values()) {
            expect(new Set(own.map(({ id }) => shards.get(id))).size).toBe(1);
          }
          for (const shard of shards.values()) expect(shard >= 1 && shard <= count).toBe(true);
        },
      ),
      { seed: 7, numRuns: 50 },
    );
  });

  it("count for the balance only where they are to be tried", () => {
    const { flows } = scenario({ web: 3, api: 1, batch: 1 });
    const idle = flows.map((flow) => (flow.from.name === "web" ? { ...flow, observe: false } : flow));
    const shards = shardsOf(idle, 2);
    const of = (name: string): number | undefined =>
      shards.get(flows.find(({ from }) => from.name === name)?.id ?? "");
    expect(of("api")).not.toBe(of("batch"));
  });
});

describe("--shard", () => {
  it.each([
    ["1/4", {}, { index: 1, count: 4 }],
    ["4/4", {}, { index: 4, count: 4 }],
    ["index/4", { JOB_COMPLETION_INDEX: "0" }, { index: 1, count: 4 }],
    ["index/4", { JOB_COMPLETION_INDEX: "3" }, { index: 4, count: 4 }],
  ])("%s with %j is understood", (text, env, choice) => {
    expect(readShard(text, undefined, env)).toEqual(choice);
    expect(readShard(text, "build-7", env)).toEqual({ ...choice, group: "build-7" });
  });

  it.each([
    ["4", {}, "is no shard"],
    ["1/0", {}, "is no shard"],
    ["1/1001", {}, "is no shard"],
    ["-1/4", {}, "is no shard"],
    ["1/4/5", {}, "is no shard"],
    ["0/4", {}, "there is no shard 0 of 4"],
    ["5/4", {}, "there is no shard 5 of 4"],
    ["index/4", {}, "JOB_COMPLETION_INDEX, which is not set"],
    ["index/4", { JOB_COMPLETION_INDEX: "" }, 'JOB_COMPLETION_INDEX, which is ""'],
    ["index/4", { JOB_COMPLETION_INDEX: "4" }, "there is no shard 5 of 4"],
  ])("%s with %j is refused", (text, env, said) => {
    expect(() => readShard(text, undefined, env)).toThrow(UserError);
    expect(() => readShard(text, undefined, env)).toThrow(said);
  });
});

describe("the fingerprint", () => {
  const settings: Common["settings"] = {
    probeImage: "busybox:1.35",
    imagePullSecrets: [],
    tolerateAll: false,
    settleMs: 20_000,
    startupMs: 60_000,
    deadlineMs: 900_000,
    perPod: 100,
    canary: "auto",
    placement: "any",
    confirm: 0,
    standIns: false,
    strict: false,
    allowUnenforced: false,
    keep: false,
    reportConfigMap: undefined,
  };
  const common: Common = {
    server: "https://10.0.0.1:6443",
    scenarios: [SHOP.text],
    shards: shardsOf(SHOP.flows, 4),
    choice: { index: 1, count: 4 },
    settings,
  };
  const own = fingerprintOf(common);

  it.each<[string, Partial<Common>]>([
    ["the index", { choice: { index: 3, count: 4 } }],
    ["the scenario's path", { scenarios: [{ ...SHOP.text, path: "/scenarios/shop.yaml" }] }],
    ["where the report goes", { settings: { ...settings, reportConfigMap: "x-1-report", keep: true } }],
    ["the order of the flows", { shards: shardsOf([...SHOP.flows].reverse(), 4) }],
  ])("is the same whatever %s", (_, change) => {
    expect(fingerprintOf({ ...common, ...change })).toBe(own);
  });

  it.each<[string, Partial<Common>]>([
    ["cluster", { server: "https://10.0.0.2:6443" }],
    ["scenario", { scenarios: [{ ...SHOP.text, text: `${SHOP.text.text}# more\n` }] }],
    ["number of shards", { choice: { index: 1, count: 5 } }],
    ["group", { choice: { index: 1, count: 4, group: "build-7" } }],
    ["split", { shards: shardsOf(SHOP.flows, 3) }],
    ["filter", { settings: { ...settings, filter: "db" } }],
    ["canary", { settings: { ...settings, canary: "off" } }],
    ["strictness", { settings: { ...settings, strict: true } }],
    ["tolerance", { settings: { ...settings, allowUnenforced: true } }],
    ["confirmation", { settings: { ...settings, confirm: 1 } }],
    ["profile", { settings: { ...settings, profile: "cilium" } }],
  ])("is another for another %s", (_, change) => {
    expect(fingerprintOf({ ...common, ...change })).not.toBe(own);
  });
});
