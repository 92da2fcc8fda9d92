import type { Prediction } from "../model/prediction.ts";
import { foldTraces } from "./prediction-fold.ts";

/** The prediction for one of several endpoints that a connection may end at. */
export interface EndpointPrediction {
  /** For people: `shop/database-0:5432`. */
  readonly display: string;
  readonly prediction: Prediction;
}

/**
 * One prediction for a connection that may end at any of several endpoints (S40): theirs, if they agree; else
 * undetermined and `mixed`, with the result of each. Without any endpoint: undetermined, `no endpoints`.
 */
export function combinePredictions(parts: readonly EndpointPrediction[]): Prediction {
  const [first, ...rest] = [...parts].sort((a, b) =>
    a.display < b.display ? -1 : a.display > b.display ? 1 : 0,
  );
  if (first === undefined) {
    return noEndpoints();
  }
  if (rest.every(({ prediction }) => prediction.value === first.prediction.value)) {
    const { prediction } = first;
    return rest.length === 0
      ? prediction
      : { ...prediction, reason: `${parts.length} endpoints alike: ${prediction.reason}` };
  }
  const results = [first, ...rest].map(({ display, prediction }) => `${prediction.value} for ${display}`);
  const why = `mixed (S40): ${results.join(", ")}`;
  const fold = (direction: "egress" | "ingress"): Prediction["egress"] =>
    foldTraces([first.prediction[direction], ...rest.map(({ prediction }) => prediction[direction])], why);
  return { value: "undetermined", reason: why, egress: fold("egress"), ingress: fold("ingress") };
}

function noEndpoints(): Prediction {
  const why = "no endpoints: the connection ends nowhere";
  const open = { value: "undetermined", isolatedBy: [], undetermined: why, reason: why } as const;
  return {
    value: "undetermined",
    reason: why,
    egress: { direction: "egress", ...open },
    ingress: { direction: "ingress", ...open },
  };
}
