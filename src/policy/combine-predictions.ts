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
 * undetermined and `mixed`, with the result of each. Without any endpoint: `no endpoints`, which is undetermined on a
 * cluster, where they may come, and a denial where the world is as it is.
 */
export function combinePredictions(
  parts: readonly EndpointPrediction[],
  { withoutEndpoints = "undetermined" }: { readonly withoutEndpoints?: "undetermined" | "deny" } = {},
): Prediction {
  const [first, ...rest] = [...parts].sort((a, b) =>
    a.display < b.display ? -1 : a.display > b.display ? 1 : 0,
  );
  if (first === undefined) {
    return noEndpoints(withoutEndpoints);
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
  const open = [first, ...rest].map(({ prediction }) => prediction).find(({ knob }) => knob !== undefined);
  return {
    value: "undetermined",
    reason: why,
    ...(open?.openPoint === undefined ? {} : { openPoint: open.openPoint }),
    ...(open?.knob === undefined ? {} : { knob: open.knob }),
    egress: fold("egress"),
    ingress: fold("ingress"),
  };
}

function noEndpoints(value: "undetermined" | "deny"): Prediction {
  const why = "no endpoints: the connection ends nowhere";
  const open = {
    value,
    isolatedBy: [],
    ...(value === "undetermined" ? { undetermined: why } : {}),
    reason: why,
  };
  return {
    value,
    reason: why,
    egress: { direction: "egress", ...open },
    ingress: { direction: "ingress", ...open },
  };
}
