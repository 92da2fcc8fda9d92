import { describe, expect, it } from "vitest";
import type { MergedShard, RunReport } from "../../src/model/report.ts";
import { OUTPUT_FORMATS, renderReport } from "../../src/report/registry.ts";
import { buildReport } from "./build-report.ts";

const OPTIONS = { color: false, width: 140, ascii: false, verbose: false };

function mergedFrom(...indexes: readonly number[]): RunReport {
  const merged = indexes.map(
    (index): MergedShard => ({
      index,
      runId: `000000${index}`,
      startedAt: "2026-11-21T03:00:00.000Z",
      durationMs: 6100,
    }),
  );
  return buildReport({ runId: undefined, shards: { count: 2, merged } });
}

describe("the table", () => {
  it.each<[string, RunReport, string]>([
    [
      "which shard it is about",
      buildReport({ shard: { index: 2, count: 4, fingerprint: "f" } }),
      "run 7f3a2b1, shard 2 of 4, ",
    ],
    ["the runs that a merged report is made of", mergedFrom(1, 2), ", 2 shards (runs 0000001 0000002), "],
    ["how many of the shards were there", mergedFrom(2, 2), ", 1 of 2 shards (runs 0000002 0000002), "],
  ])("says %s", async (_, report, said) => {
    expect(await renderReport("table", report, OPTIONS)).toContain(said);
  });
});

it.each(OUTPUT_FORMATS)("a merged report can be had as %s", async (format) => {
  const text = await renderReport(format, mergedFrom(1, 2), OPTIONS);
  expect(text).toContain("staging/backend");
});
