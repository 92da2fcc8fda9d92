import { type DirectionTrace, type PolicyRef, type Prediction, policyName } from "../model/prediction.ts";
import type { Detail } from "./detail.ts";
import { placeOf } from "./words.ts";

/** Policies named by the reason of a direction itself (policy/direction-text.ts); more are listed below it. */
const NAMED_BY_REASON = 2;

/**
 * Both directions: first what decides, with the nearest rule that did not match and where all of it stands, then what
 * would have let it through.
 */
export function traceDetails({ value, egress, ingress }: Prediction): readonly Detail[] {
  const decides = (trace: DirectionTrace): boolean => trace.value === value;
  const both = [egress, ingress];
  return [...both.filter(decides), ...both.filter((trace) => !decides(trace))].map((trace) => ({
    label: trace.direction,
    lines: [
      { text: `${trace.value}: ${trace.reason}` },
      ...(decides(trace) ? partsOf(trace) : []).map((text) => ({ text, kind: "sub" as const })),
    ],
  }));
}

function partsOf(trace: DirectionTrace): readonly string[] {
  const { value, isolatedBy, allowedBy, deniedBy, nearest } = trace;
  const passed = (trace.admin ?? [])
    .filter(({ action }) => action === "Pass")
    .map(({ rule }) => `passed on by: ${ruleText(rule)}`);
  if (value === "allow") {
    return [...passed, ...(allowedBy?.position === undefined ? [] : [`rule: ${ruleText(allowedBy)}`])];
  }
  const denied = deniedBy?.position === undefined ? [] : [`rule: ${ruleText(deniedBy)}`];
  const near =
    nearest === undefined
      ? []
      : [
          `nearest rule: ${ruleText(nearest.rule)}`,
          `it misses by: ${nearest.text}${conditionPlace(nearest.condition)}`,
        ];
  return [...passed, ...denied, ...near, ...isolationLines(isolatedBy)];
}

function isolationLines(isolatedBy: readonly PolicyRef[]): readonly string[] {
  if (isolatedBy.some(({ position }) => position !== undefined)) {
    return isolatedBy.map((ref) => `isolated by: ${ruleText(ref)}`);
  }
  return isolatedBy.length > NAMED_BY_REASON ? [`isolated by: ${isolatedBy.map(ruleText).join(", ")}`] : [];
}

/** `spec.ingress[0] of shop/database-policy (policies.yaml:105)` */
function ruleText(ref: PolicyRef): string {
  const { path, position } = ref;
  const policy = policyName(ref);
  const rule = path === undefined ? policy : `${path} of ${policy}`;
  return position === undefined ? rule : `${rule} (${placeOf(position)})`;
}

function conditionPlace({ path, position }: PolicyRef): string {
  if (position !== undefined) return ` (${placeOf(position)})`;
  return path === undefined ? "" : ` (${path})`;
}
