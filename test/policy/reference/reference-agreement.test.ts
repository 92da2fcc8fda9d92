import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PredictionValue } from "../../../src/model/prediction.ts";
import { createEvaluator } from "../../../src/policy/evaluator.ts";
import { arbitraryWorld } from "../arbitrary-world.ts";
import { allQueries, propertyRuns } from "../property-runs.ts";
import { referenceConnection } from "./reference-evaluator.ts";

describe("the evaluator and the naive reference", () => {
  it("agree on every pair of ends, port and protocol of random clusters", () => {
    const seen: Record<PredictionValue, number> = { allow: 0, deny: 0, undetermined: 0 };
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const evaluator = createEvaluator({ ...cluster, locate: () => undefined });
        for (const query of allQueries(cluster)) {
          const expected = referenceConnection(cluster, query);
          const { value, reason } = evaluator.connection(query);
          seen[value] += 1;
          if (value !== expected) {
            const { from, to, port, protocol } = query;
            expect.fail(
              `${from.display} -> ${to.display} ${protocol} ${port}: ${value} (${reason}), reference ${expected}`,
            );
          }
        }
      }),
      propertyRuns(300),
    );
    // A generator that has gone stale would agree on nothing but open clusters.
    const total = seen.allow + seen.deny + seen.undetermined;
    expect(seen.allow / total).toBeGreaterThan(0.1);
    expect(seen.deny / total).toBeGreaterThan(0.1);
    expect(seen.undetermined / total).toBeGreaterThan(0.03);
  }, 600_000);
});
