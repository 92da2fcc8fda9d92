import type { DirectionTrace, Prediction, PredictionValue } from "../model/prediction.ts";
import type { EndView } from "./end-view.ts";
import type { Judgement } from "./judgement.ts";
import type { Outcome } from "./prediction-fold.ts";

/** The record of an outcome; `open`: what it hangs on as a whole, if it does. */
export function toPrediction(
  { value, egress, ingress }: Outcome,
  open: Pick<Judgement, "openPoint" | "knob">,
  from: EndView,
  to: EndView,
  notes: readonly string[],
): Prediction {
  const directions = [egress, ingress];
  const inner = directions.find(({ openPoint, knob }) => openPoint !== undefined || knob !== undefined);
  const openPoint = open.openPoint ?? inner?.openPoint;
  const knob = open.knob ?? inner?.knob;
  return {
    value,
    reason:
      value === "allow" ? whyAllowed(egress.trace, ingress.trace, from, to) : reasonsFor(directions, value),
    ...(value === "undetermined" && openPoint !== undefined ? { openPoint } : {}),
    ...(value === "undetermined" && knob !== undefined ? { knob } : {}),
    ...(notes.length === 0 ? {} : { notes }),
    egress: egress.trace,
    ingress: ingress.trace,
  };
}

/** The reasons of the directions that decide. */
function reasonsFor(directions: readonly Judgement[], value: PredictionValue): string {
  const deciding = directions.filter(({ trace }) => trace.value === value);
  const [first, second] = deciding.map(({ trace }) => trace.reason);
  return second === undefined || first === second ? `${first}` : `${first}; ${second}`;
}

function whyAllowed(egress: DirectionTrace, ingress: DirectionTrace, from: EndView, to: EndView): string {
  const decided = [egress, ingress].filter(
    ({ subject, tier, isolatedBy }) => subject !== undefined && (tier !== "default" || isolatedBy.length > 0),
  );
  if (decided.length > 0) {
    return [...new Set(decided.map(({ reason }) => reason))].join("; ");
  }
  const open = [
    ...(egress.subject === undefined ? [] : [`${from.display} for egress`]),
    ...(ingress.subject === undefined ? [] : [`${to.display} for ingress`]),
  ];
  return open.length === 0
    ? "neither end is a pod that policies select"
    : `no policy isolates ${open.join(" or ")}`;
}
