import type { FlippedFlow } from "../analysis/report/diff-json.ts";
import type { PredictionValue } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Expectation, Scenario } from "../model/scenario.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { predictFlow } from "../plan/predict-flow.ts";
import { createEvaluator } from "../policy/evaluator.ts";
import { resolveScenarios } from "../resolve/resolve.ts";

type Answer = PredictionValue | "unresolved";

/** The flows of the scenarios that are not predicted alike on both sides. */
export function flippedFlows(
  scenarios: readonly Scenario[],
  before: Snapshot,
  after: Snapshot,
  profile: Profile,
): readonly FlippedFlow[] {
  const [was, is] = [answersIn(scenarios, before, profile), answersIn(scenarios, after, profile)];
  return scenarios
    .flatMap(({ flows }) => flows)
    .flatMap(({ id, expect, range }): FlippedFlow[] => {
      const [old, now] = [was.get(id) ?? "unresolved", is.get(id) ?? "unresolved"];
      const position = { file: range.file, ...range.start };
      return old === now ? [] : [{ id, position, expected: expect, before: old, after: now }];
    });
}

function answersIn(
  scenarios: readonly Scenario[],
  snapshot: Snapshot,
  profile: Profile,
): ReadonlyMap<string, Answer> {
  const evaluator = createEvaluator(snapshot, { profile });
  const { flows } = resolveScenarios(scenarios, snapshot, { standIns: false, predictOnly: true });
  return new Map(
    flows.map((resolved) => {
      const values = predictFlow(resolved, evaluator).map(({ value }) => value);
      return [resolved.flow.id, worst(values, resolved.flow.expect)];
    }),
  );
}

/** Every target has to meet the expectation, so the one that is furthest from it tells. */
function worst(values: readonly PredictionValue[], expected: Expectation): Answer {
  if (values.length === 0) return "unresolved";
  const unwanted = expected === "allow" ? "deny" : "allow";
  return values.find((value) => value === unwanted) ?? values.find((value) => value !== expected) ?? expected;
}
