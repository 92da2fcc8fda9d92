import { expect, it } from "vitest";
import { mishapOf, playMishaps } from "./random-faults.ts";

/** bench/random-faults.ts plays more. */
const RUNS = 10;
const SEED = 1;

it("random faults make no false green, no false red, and nothing undecided without a reason", async () => {
  const mishaps = Array.from({ length: RUNS }, (_, index) => mishapOf(SEED + index, { withSilence: false }));
  const outcomes = await playMishaps(mishaps, { labs: 2 });
  expect(outcomes).toHaveLength(RUNS);
  const wrong = outcomes.filter(
    ({ falseGreens, falseReds, troubles }) => falseGreens.length + falseReds.length + troubles.length > 0,
  );
  expect(wrong).toEqual([]);
  expect(new Set(outcomes.flatMap(({ kinds }) => kinds)).size).toBeGreaterThanOrEqual(6);
  expect(new Set(outcomes.map(({ exitCode }) => exitCode))).toEqual(new Set([0, 1, 2]));
});
