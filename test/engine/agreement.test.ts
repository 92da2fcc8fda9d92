import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PairCounter } from "../../src/engine/count-pairs.ts";
import type { EngineEnd } from "../../src/engine/ends.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { PredictionValue } from "../../src/model/prediction.ts";
import type { TrafficEnd } from "../../src/model/traffic.ts";
import { profileOf } from "../../src/policy/profiles.ts";
import { arbitraryTieredWorld } from "../policy/arbitrary-tiers.ts";
import { arbitraryWorld } from "../policy/arbitrary-world.ts";
import { allQueries, propertyRuns } from "../policy/property-runs.ts";
import { referenceConnection } from "../policy/reference/reference-evaluator.ts";

/** The end as the engine knows it; undefined for ranges and names, which it is not asked about. */
function engineEnd(engine: Engine, end: TrafficEnd): EngineEnd | undefined {
  switch (end.kind) {
    case "pod":
      return engine.pod(end.key);
    case "cidr":
      return /\/(?:32|128)$/.test(end.cidr) ? engine.address(end.cidr.split("/")[0] ?? "") : undefined;
    case "unknown-address":
      return end.host === undefined ? engine.unknownAddress : undefined;
  }
}

type Seen = Record<PredictionValue, number>;

/** A generator that has gone stale would agree on nothing worth agreeing on. */
function expectVariety(seen: Seen): void {
  const total = seen.allow + seen.deny + seen.undetermined;
  expect(seen.allow / total).toBeGreaterThan(0.1);
  expect(seen.deny / total).toBeGreaterThan(0.1);
  expect(seen.undetermined / total).toBeGreaterThan(0.03);
}

describe("the engine and the naive reference", () => {
  it("agree on every pair of ends, port and protocol of random clusters with NetworkPolicies", () => {
    const seen: Seen = { allow: 0, deny: 0, undetermined: 0 };
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const engine = createEngine(cluster);
        for (const query of allQueries(cluster)) {
          const { from, to, port, protocol } = query;
          const [source, target] = [engineEnd(engine, from), engineEnd(engine, to)];
          if (source === undefined || target === undefined) continue;
          const value = engine.query(source, target, protocol, port);
          const expected = referenceConnection(cluster, query);
          seen[value] += 1;
          if (value !== expected) {
            expect.fail(
              `${from.display} -> ${to.display} ${protocol} ${port}: ${value}, reference ${expected}`,
            );
          }
        }
      }),
      propertyRuns(700),
    );
    expectVariety(seen);
  }, 600_000);

  it("agree on random clusters with admin tiers and nodes under every profile", () => {
    const seen: Seen = { allow: 0, deny: 0, undetermined: 0 };
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile, salt }) => {
        const engine = createEngine(cluster, { profile: profileOf(profile) });
        let at = salt;
        for (const query of allQueries(cluster)) {
          const { from, to, port, protocol } = query;
          at += 1;
          if (at % 9 !== 0) continue;
          const [source, target] = [engineEnd(engine, from), engineEnd(engine, to)];
          if (source === undefined || target === undefined) continue;
          const value = engine.query(source, target, protocol, port);
          const expected = referenceConnection(cluster, query, profileOf(profile).knobs);
          seen[value] += 1;
          if (value !== expected) {
            expect.fail(
              `${profile}: ${from.display} -> ${to.display} ${protocol} ${port}: ${value}, reference ${expected}`,
            );
          }
        }
      }),
      propertyRuns(1500),
    );
    expectVariety(seen);
  }, 600_000);
});

describe("counting all pairs", () => {
  it("gives what asking about each pair of pods gives", () => {
    let undetermined = 0;
    fc.assert(
      fc.property(arbitraryTieredWorld, ({ cluster, profile }) => {
        const engine = createEngine(cluster, { profile: profileOf(profile) });
        const counter = new PairCounter(engine);
        for (const atom of engine.ports.atoms) {
          const counts: Seen = { allow: 0, deny: 0, undetermined: 0 };
          for (const from of cluster.pods) {
            for (const to of cluster.pods) {
              const [source, target] = [engine.pod(from.key), engine.pod(to.key)];
              if (source === undefined || target === undefined) throw new Error("a pod is missing");
              counts[engine.query(source, target, atom.protocol, atom.first)] += 1;
            }
          }
          undetermined += counts.undetermined;
          expect(counter.count(atom)).toEqual(counts);
        }
      }),
      propertyRuns(500),
    );
    expect(undetermined).toBeGreaterThan(1000);
  }, 600_000);
});
