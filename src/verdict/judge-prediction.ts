import type { Prediction } from "../model/prediction.ts";
import type { Application, Expectation } from "../model/scenario.ts";
import { openingAdvice, openPointAdvice, policyAdvice } from "./advice.ts";
import type { Judgement } from "./judge.ts";

/** Expected against predicted, without packets. */
export function judgePrediction(
  expect: Expectation,
  application: Application["kind"],
  prediction: Prediction,
): Judgement {
  if (prediction.value === "undetermined") {
    return {
      verdict: "inconclusive",
      cause: "open-point",
      reason: `undetermined: ${prediction.reason}`,
      advice: openPointAdvice(prediction),
    };
  }
  if (prediction.value === expect) return { verdict: "pass", reason: prediction.reason };
  return expect === "allow"
    ? {
        verdict: "fail",
        cause: "policy",
        reason: `the policies forbid it: ${prediction.reason}`,
        advice: policyAdvice(prediction, application),
      }
    : {
        verdict: "fail",
        cause: "policy",
        reason: `no policy stops it: ${prediction.reason}`,
        advice: openingAdvice(prediction),
      };
}
