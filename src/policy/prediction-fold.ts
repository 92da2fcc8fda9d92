import type { DirectionTrace, PredictionValue } from "../model/prediction.ts";
import type { Judgement } from "./judgement.ts";

/** Both directions of a connection under one reading of what is open. */
export interface Outcome {
  readonly value: PredictionValue;
  readonly egress: Judgement;
  readonly ingress: Judgement;
}

/** S6: a connection needs both directions. A denial decides, whatever the other one is. */
export function bothDirections(egress: Judgement, ingress: Judgement): Outcome {
  return { value: conjunction(egress.trace.value, ingress.trace.value), egress, ingress };
}

export function conjunction(a: PredictionValue, b: PredictionValue): PredictionValue {
  if (a === "deny" || b === "deny") {
    return "deny";
  }
  return a === "undetermined" || b === "undetermined" ? "undetermined" : "allow";
}

/**
 * One trace for several readings of the same direction: theirs, if they agree; else undetermined, with what the first
 * one that has it says of isolation and the nearest rule.
 */
export function foldTraces(
  traces: readonly [DirectionTrace, ...DirectionTrace[]],
  why: string,
): DirectionTrace {
  const [first] = traces;
  if (traces.every((trace) => trace.value === first.value)) {
    return first;
  }
  const subject = traces.find((trace) => trace.subject !== undefined)?.subject;
  const isolated = traces.find((trace) => trace.isolatedBy.length > 0);
  const nearest = traces.find((trace) => trace.nearest !== undefined)?.nearest;
  return {
    direction: first.direction,
    value: "undetermined",
    ...(subject === undefined ? {} : { subject }),
    isolatedBy: isolated?.isolatedBy ?? [],
    ...(nearest === undefined ? {} : { nearest }),
    undetermined: why,
    reason: why,
  };
}

/** The outcome on which all readings agree, or an undetermined one that `why` explains. */
export function foldOutcomes(
  outcomes: readonly [Outcome, ...Outcome[]],
  why: (values: readonly PredictionValue[]) => string,
  openPoint?: string,
): Outcome {
  const [first, ...rest] = outcomes;
  if (rest.every((outcome) => outcome.value === first.value)) {
    return first;
  }
  const text = why(outcomes.map((outcome) => outcome.value));
  const fold = (pick: (outcome: Outcome) => Judgement): Judgement => {
    const trace = foldTraces([pick(first).trace, ...rest.map((outcome) => pick(outcome).trace)], text);
    const changed = trace.value === "undetermined" && trace.undetermined === text;
    return changed && openPoint !== undefined ? { trace, openPoint } : changed ? { trace } : pick(first);
  };
  return {
    value: "undetermined",
    egress: fold((outcome) => outcome.egress),
    ingress: fold((outcome) => outcome.ingress),
  };
}
