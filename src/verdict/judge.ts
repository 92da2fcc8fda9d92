import { classOf, type Observation } from "../model/observation.ts";
import type { Prediction } from "../model/prediction.ts";
import type { Cause, Evidence, Verdict } from "../model/report.ts";
import type { Application, Expectation } from "../model/scenario.ts";
import type { ForeignPolicies } from "../model/snapshot.ts";
import {
  adviceForUnknown,
  enforcementAdvice,
  FILTERS,
  openingAdvice,
  openPointAdvice,
  otherFilter,
  policyAdvice,
} from "./advice.ts";
import { isProven, missingProof } from "./evidence.ts";

/** What is known of one endpoint of a flow. */
export interface Outcome {
  readonly expect: Expectation;
  readonly application: Application["kind"];
  readonly prediction: Prediction;
  readonly observation: Observation;
  readonly evidence: Evidence;
  /** For targets that are names: what the policies say of the source's way to the cluster's DNS. */
  readonly dnsPrediction?: Prediction;
  readonly unreachableIsFine: boolean;
  /** The answers never held still. */
  readonly flapping: boolean;
  /** The node of one of our pods at its ends whose new pods were closed to the end, whatever policies allow. */
  readonly closedNode?: string;
}

export interface JudgeOptions {
  /** A block that is not NetworkPolicy's doing fails the flow. */
  readonly strict: boolean;
  /** A flow that is meant to work, works, and that the policies forbid passes with a warning. */
  readonly allowUnenforced: boolean;
  /** Named beside "enforcement", since they may be what filters. */
  readonly foreignPolicies: readonly ForeignPolicies[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly cause?: Cause;
  readonly reason: string;
  readonly advice?: string;
}

export type Agreement = "agrees" | "disagrees" | "undetermined";

/** Whether packets and policies say the same. */
export function agreement(prediction: Prediction, observation: Observation | undefined): Agreement {
  if (observation === undefined || prediction.value === "undetermined") return "undetermined";
  const seen = classOf(observation.kind);
  if (seen !== "open" && seen !== "closed") return "undetermined";
  return (seen === "open") === (prediction.value === "allow") ? "agrees" : "disagrees";
}

/** Expected x observed x predicted -> verdict: the table of verdicts in docs/verdicts.md, row by row. */
export function judge(outcome: Outcome, options: JudgeOptions): Judgement {
  const seen = classOf(outcome.observation.kind);
  if (outcome.flapping && seen !== "unknown") {
    return {
      verdict: "inconclusive",
      cause: "flapping",
      reason: "the answers changed to and fro until the settle time was over",
      advice:
        "look whether several things answer at that address, or the network plugin is still busy; a longer --settle gives it time",
    };
  }
  switch (seen) {
    case "unknown":
      return {
        verdict: "inconclusive",
        cause: "tool",
        reason: `the flow could not be observed: ${outcome.observation.reason}`,
        advice: adviceForUnknown(outcome.observation),
      };
    case "name-failed":
      return judgeNameFailure(outcome);
    case "open":
    case "closed":
      return outcome.expect === "allow"
        ? judgeAllowed(outcome, seen, options)
        : judgeDenied(outcome, seen, options);
    default: {
      const never: never = seen;
      throw new Error(`unhandled observation class ${String(never)}`);
    }
  }
}

function judgeNameFailure(outcome: Outcome): Judgement {
  if (outcome.expect === "deny") {
    return {
      verdict: "inconclusive",
      cause: "dns",
      reason: "the name did not resolve, so the flow itself was never tried",
      advice: "give the target as an address, or allow the source to reach DNS",
    };
  }
  if (outcome.dnsPrediction?.value === "deny") {
    return {
      verdict: "fail",
      cause: "policy",
      reason: `the name did not resolve: DNS is not allowed for the source (${outcome.dnsPrediction.reason})`,
      advice: "allow egress to the cluster's DNS pods on UDP 53 and TCP 53",
    };
  }
  if (outcome.closedNode !== undefined) return notOpenYet(outcome.closedNode);
  return {
    verdict: "fail",
    cause: "dns",
    reason: `the name did not resolve: ${outcome.observation.reason}`,
    advice: "check that the name is right and that the cluster's DNS answers",
  };
}

function notOpenYet(node: string): Judgement {
  return {
    verdict: "inconclusive",
    cause: "evidence",
    reason: `not even the canary on ${node} reached what its policy allows: new pods are still closed there, or cut off`,
    advice: `give the network plugin time by a longer --settle; if that is no help, look after it on ${node}`,
  };
}

function judgeAllowed(outcome: Outcome, seen: "open" | "closed", options: JudgeOptions): Judgement {
  const { prediction, observation, evidence } = outcome;
  if (seen === "open") {
    if (observation.kind === "closed-early") {
      return {
        verdict: "fail",
        cause: "application",
        reason: "the connection was accepted and then closed without an HTTP answer",
        advice: "no policy is in the way: look at the server, or ask without http:// if it speaks no HTTP",
      };
    }
    if (prediction.value === "deny") {
      const reason = `it works although the policies forbid it: ${prediction.reason}`;
      if (options.allowUnenforced) {
        return { verdict: "pass", reason: `${reason} (accepted by --allow-unenforced)` };
      }
      return {
        verdict: "fail",
        cause: "enforcement",
        reason,
        advice: enforcementAdvice(options.foreignPolicies),
      };
    }
    return { verdict: "pass", reason: passReason(prediction, "connected as expected") };
  }
  if (prediction.value === "deny") {
    return {
      verdict: "fail",
      cause: "policy",
      reason: `the policies forbid it: ${prediction.reason}`,
      advice: policyAdvice(prediction, outcome.application),
    };
  }
  if (outcome.closedNode !== undefined) return notOpenYet(outcome.closedNode);
  if (prediction.value === "undetermined") {
    return {
      verdict: "fail",
      cause: "open-point",
      reason: `it is blocked, and the API leaves open whether it should be: ${prediction.reason}`,
      advice: openPointAdvice(prediction),
    };
  }
  if (isProven(observation.kind, evidence)) {
    return {
      verdict: "fail",
      cause: "enforcement",
      reason: `the policies allow it (${prediction.reason}), the server listens, and the network blocks it`,
      advice: `${otherFilter(options.foreignPolicies)}: check the network plugin on both nodes, ${FILTERS}`,
    };
  }
  return {
    verdict: "fail",
    cause: "application",
    reason:
      observation.kind === "refused"
        ? `the policies allow it (${prediction.reason}), but the packet came back refused: nothing listens there, or something else rejects it`
        : `the policies allow it (${prediction.reason}), but nothing answered, and it is not proven that anything listens there`,
    advice: `check that the server is up and listens on that port; if it does, ${otherFilter(options.foreignPolicies)}: ${FILTERS}`,
  };
}

function judgeDenied(outcome: Outcome, seen: "open" | "closed", options: JudgeOptions): Judgement {
  const { prediction, observation, evidence } = outcome;
  if (seen === "open") {
    if (prediction.value === "allow") {
      return {
        verdict: "fail",
        cause: "policy",
        reason: `no policy stops it: ${prediction.reason}`,
        advice: openingAdvice(prediction),
      };
    }
    if (prediction.value === "deny") {
      return {
        verdict: "fail",
        cause: "enforcement",
        reason: `it works although the policies forbid it: ${prediction.reason}`,
        advice: enforcementAdvice(options.foreignPolicies),
      };
    }
    return {
      verdict: "fail",
      cause: "open-point",
      reason: `it works, and the API leaves open whether it should: ${prediction.reason}`,
      advice: openPointAdvice(prediction),
    };
  }
  if (!isProven(observation.kind, evidence, { listenerWaived: outcome.unreachableIsFine })) {
    const missing = missingProof(observation.kind, evidence);
    return { verdict: "inconclusive", cause: "evidence", reason: missing.reason, advice: missing.advice };
  }
  if (prediction.value === "allow") {
    const reason = `blocked, but not by NetworkPolicy (${prediction.reason}): do not rely on it`;
    const advice = `${otherFilter(options.foreignPolicies)} blocks it: ${FILTERS}`;
    return options.strict
      ? { verdict: "fail", cause: "policy", reason, advice }
      : { verdict: "pass", reason, advice };
  }
  return { verdict: "pass", reason: passReason(prediction, "blocked as expected") };
}

function passReason(prediction: Prediction, text: string): string {
  return prediction.value === "undetermined"
    ? `${text}; undetermined: ${prediction.reason}`
    : `${text}: ${prediction.reason}`;
}
