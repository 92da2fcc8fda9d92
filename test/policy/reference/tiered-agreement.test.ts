import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PredictionValue } from "../../../src/model/prediction.ts";
import { createEvaluator } from "../../../src/policy/evaluator.ts";
import { profileOf } from "../../../src/policy/profiles.ts";
import { arbitraryTieredWorld, someQueries } from "../arbitrary-tiers.ts";
import { ALL_KNOBS } from "../build.ts";
import { propertyRuns } from "../property-runs.ts";
import { referenceConnection } from "./reference-evaluator.ts";

describe("the evaluator and the naive reference, with admin tiers and profiles", () => {
  it("agree on random clusters under every profile, on direct traffic and by way of Services", () => {
    const seen: Record<PredictionValue, number> = { allow: 0, deny: 0, undetermined: 0 };
    const decidedBy = new Map<string, number>();
    const knobs = new Set<string>();
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile, salt }) => {
        const { knobs: settings } = profileOf(profile);
        const evaluator = createEvaluator(
          { ...cluster, locate: () => undefined },
          { profile: profileOf(profile) },
        );
        for (const query of someQueries(cluster, salt, 14)) {
          const expected = referenceConnection(cluster, query, settings);
          const { value, reason, knob, egress, ingress } = evaluator.connection(query);
          seen[value] += 1;
          for (const { tier } of [egress, ingress]) {
            decidedBy.set(tier ?? "none", (decidedBy.get(tier ?? "none") ?? 0) + 1);
          }
          if (knob !== undefined) {
            knobs.add(knob);
          }
          if (value !== expected) {
            const { from, to, port, protocol, via } = query;
            expect.fail(
              `${profile}: ${from.display} -> ${to.display} ${protocol} ${port}${via === undefined ? "" : ` by ${JSON.stringify(via)}`}: ${value} (${reason}), reference ${expected}`,
            );
          }
        }
      }),
      propertyRuns(2_000),
    );
    // A generator that has gone stale would agree on nothing worth agreeing on.
    const total = seen.allow + seen.deny + seen.undetermined;
    expect(seen.allow / total).toBeGreaterThan(0.1);
    expect(seen.deny / total).toBeGreaterThan(0.1);
    expect(seen.undetermined / total).toBeGreaterThan(0.03);
    for (const tier of ["Admin", "NetworkPolicy", "Baseline", "default"]) {
      expect(decidedBy.get(tier), tier).toBeGreaterThan(total * 0.02);
    }
    // Some knobs seldom decide before another does; each has tests of its own (open-points.test.ts).
    expect(knobs.size).toBeGreaterThanOrEqual(ALL_KNOBS.length - 5);
  }, 600_000);
});
