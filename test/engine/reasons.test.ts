import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { Reasons } from "../../src/engine/reasons.ts";
import type { PolicyRef } from "../../src/model/prediction.ts";
import { createEvaluator } from "../../src/policy/evaluator.ts";
import { arbitraryWorld } from "../policy/arbitrary-world.ts";
import { allQueries, propertyRuns } from "../policy/property-runs.ts";

function ruleText({ namespace, name, path }: PolicyRef): string {
  return `${namespace}/${name} ${path}`;
}

describe("the engine's reasons", () => {
  it("name the rules and directions that the evaluator names", () => {
    const given = { allowed: 0, denied: 0, open: 0 };
    fc.assert(
      fc.property(arbitraryWorld, (cluster) => {
        const engine = createEngine(cluster);
        const reasons = new Reasons(engine, cluster);
        const evaluator = createEvaluator({ ...cluster, locate: () => undefined });
        for (const query of allQueries(cluster)) {
          const { from, to, port, protocol } = query;
          if (from.kind !== "pod" || to.kind !== "pod") continue;
          const [source, target] = [engine.pod(from.key), engine.pod(to.key)];
          if (source === undefined || target === undefined) throw new Error("a pod is missing");
          const { value, egress, ingress } = evaluator.connection(query);
          const reason = reasons.of(source, target, protocol, port, value);
          if (reason === undefined) {
            given.open += 1;
          } else if (value === "deny") {
            given.denied += 1;
            const parts = [egress, ingress].map((trace) => (trace.value === "deny" ? trace.direction : ""));
            const named = ["egress", "ingress"].map((side) => (reason.includes(`${side} of `) ? side : ""));
            expect({ query, named }).toEqual({ query, named: parts });
          } else {
            given.allowed += 1;
            const rules = [egress.allowedBy, ingress.allowedBy]
              .filter((rule) => rule !== undefined)
              .map(ruleText);
            const expected = rules.length === 0 ? "not isolated" : `allowed by ${rules.join(" and ")}`;
            // Of a pod with several addresses, or none that is known, one rule for all of them or one for each allows.
            const isOne = [from, to].every(({ ips }) => ips?.length === 1);
            if (isOne) expect({ query, reason }).toEqual({ query, reason: expected });
            else
              expect({ query, open: reason === "not isolated" }).toEqual({ query, open: rules.length === 0 });
          }
        }
      }),
      propertyRuns(150),
    );
    expect(given.allowed).toBeGreaterThan(1000);
    expect(given.denied).toBeGreaterThan(1000);
  }, 600_000);
});
