import type { Choices } from "./choices.ts";
import type { EndView } from "./end-view.ts";
import type { ConnectionQuery } from "./evaluator.ts";
import { type Judgement, lifted } from "./judgement.ts";
import { bothDirections, type Outcome } from "./prediction-fold.ts";

/** Nothing judges it, and nothing would. */
export function alwaysAllowed(from: EndView, to: EndView, reason: string): Outcome {
  const trace = (direction: "egress" | "ingress", subject: EndView): Judgement => ({
    trace: {
      direction,
      value: "allow",
      ...(subject.pod === undefined ? {} : { subject: subject.display }),
      isolatedBy: [],
      reason,
    },
  });
  return bothDirections(trace("egress", from), trace("ingress", to));
}

/** What the network itself does, beyond policies: with SCTP and ICMP (S32), and with connections that stand (S39). */
export function afterNetwork(
  outcome: Outcome,
  { protocol, established }: ConnectionQuery,
  from: EndView,
  to: EndView,
  choices: Choices,
): Outcome {
  const touchesPods = from.pod !== undefined || to.pod !== undefined;
  if (protocol === "SCTP" && touchesPods && outcome.value !== "deny" && choices.read("sctp") === "dropped") {
    const dropped = ({ trace }: Judgement): Judgement => {
      const { allowedBy: _, undetermined: __, ...rest } = trace;
      return { trace: { ...rest, value: "deny", reason: "the network passes no SCTP (S32)" } };
    };
    return bothDirections(
      from.pod === undefined ? outcome.egress : dropped(outcome.egress),
      to.pod === undefined ? outcome.ingress : dropped(outcome.ingress),
    );
  }
  if (outcome.value === "allow") {
    return outcome;
  }
  const reason =
    protocol === "ICMP" && choices.read("icmp") === "allowed"
      ? "ICMP is never filtered (S32)"
      : established === true && choices.read("established") === "kept"
        ? "a connection that stood before the policies goes on (S39)"
        : undefined;
  if (reason === undefined) {
    return outcome;
  }
  const lift = (judgement: Judgement): Judgement =>
    judgement.trace.value === "allow" ? judgement : lifted(judgement, reason);
  return bothDirections(lift(outcome.egress), lift(outcome.ingress));
}
