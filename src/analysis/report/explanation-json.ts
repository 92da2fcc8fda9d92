import type { ExplainedCase, ExplainedDirection, Explanation } from "../explanation.ts";

/** The document that `schema/explanation.schema.json` describes. */
export function explanationJson(explanations: readonly Explanation[]): string {
  const document = {
    apiVersion: "netverdict.dev/v1alpha1",
    kind: "Explanation",
    flows: explanations.map(({ cases, ...rest }) => ({ ...rest, cases: cases.map(caseJson) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function caseJson({ prediction, egress, ingress, ...rest }: ExplainedCase): object {
  const { value, reason, openPoint, knob } = prediction;
  return {
    prediction: value,
    reason,
    ...(openPoint === undefined ? {} : { openPoint }),
    ...(knob === undefined ? {} : { knob }),
    ...rest,
    egress: directionJson(egress),
    ingress: directionJson(ingress),
  };
}

function directionJson({ trace, tiers }: ExplainedDirection): object {
  const { direction: _, ...rest } = trace;
  return { ...rest, tiers };
}
