import type { Observation } from "../model/observation.ts";
import { type PolicyRef, type Prediction, policyName } from "../model/prediction.ts";
import type { Application } from "../model/scenario.ts";
import type { ForeignPolicies } from "../model/snapshot.ts";

/** What else filters traffic beside NetworkPolicy. */
export const FILTERS = "cloud firewall, host firewall, service mesh, a policy kind that is not read";

function foreignText(foreign: readonly ForeignPolicies[]): string {
  return foreign.map((f) => (f.count === undefined ? f.kind : `${f.count} ${f.kind}`)).join(", ");
}

export function enforcementAdvice(foreign: readonly ForeignPolicies[]): string {
  const base =
    "the network does not do what the policies say: check that the cluster's network plugin enforces NetworkPolicy on both nodes";
  return foreign.length === 0
    ? base
    : `${base}; or policies that are not read decide here (${foreignText(foreign)})`;
}

export function otherFilter(foreign: readonly ForeignPolicies[]): string {
  return foreign.length === 0
    ? "enforcement, or another filter"
    : `enforcement, or policies that are not read (${foreignText(foreign)})`;
}

export function adviceForUnknown(observation: Observation): string {
  switch (observation.kind) {
    case "exec-error":
      return "run it again; if it stays, try the command below by hand (exec needs get and create on pods/exec)";
    case "not-run":
      return "look at the stand-ins and problems that the run names, mend them and run it again";
    default:
      return "look at the raw output; a full busybox image has nc with -z, timeout and wget (--probe-image)";
  }
}

export function openPointAdvice({ openPoint, knob }: Prediction): string {
  if (openPoint === undefined)
    return "the reason names what is not known here; a run on the cluster knows it";
  const decides = knob === undefined ? "" : `, or decide it by --profile (knob ${knob})`;
  return `implementations differ here (${openPoint}): write the policy so that it does not depend on it${decides}, or expect what your network plugin does`;
}

/** What would have to change so that a denied flow is allowed. */
export function policyAdvice(prediction: Prediction, application: Application["kind"]): string {
  const blocking = [prediction.egress, prediction.ingress].filter((trace) => trace.value === "deny");
  const parts = blocking.map((trace) => {
    const subject = trace.subject ?? "the pod";
    if (application === "dns" && trace.direction === "egress") {
      return `no rule allows ${subject} to ask the cluster's DNS: allow egress to its pods on UDP 53 and TCP 53`;
    }
    if (trace.nearest === undefined && trace.deniedBy !== undefined) {
      return `${trace.direction}: ${formatRule(trace.deniedBy)} denies it, and no rule before it lets it through`;
    }
    if (trace.nearest === undefined) {
      return `${trace.direction}: no rule comes near: a policy that selects ${subject} must allow it`;
    }
    return `${trace.direction}: nearest rule is ${formatRule(trace.nearest.rule)}: ${trace.nearest.text}`;
  });
  return parts.join("; ");
}

function formatRule(rule: PolicyRef): string {
  return `${rule.path ?? "a rule"} of ${rule.kind === "NetworkPolicy" ? "policy " : ""}${policyName(rule)}`;
}

/** What would have to select the pods so that an open flow is blocked. */
export function openingAdvice(prediction: Prediction): string {
  const parts: string[] = [];
  for (const trace of [prediction.ingress, prediction.egress]) {
    if (trace.subject === undefined) continue;
    if (trace.allowedBy !== undefined) {
      parts.push(`${trace.direction} is allowed by ${formatRule(trace.allowedBy)}`);
    } else if (trace.isolatedBy.length === 0) {
      parts.push(`no policy selects ${trace.subject} for ${trace.direction}`);
    }
  }
  const what = parts.length === 2 ? "one of the two directions must deny it" : "that direction must deny it";
  return `${parts.join("; ")}: ${what}`;
}
