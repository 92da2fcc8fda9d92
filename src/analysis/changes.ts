import { type DirectionTrace, type PolicyRef, type Prediction, policyName } from "../model/prediction.ts";
import type { TrafficEnd, TrafficProtocol } from "../model/traffic.ts";
import type { Change } from "./explanation.ts";
import { ruleProposal, tellingLabels } from "./rule-proposal.ts";

/** The connection that a prediction is about. */
export interface AskedConnection {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  readonly port: number;
  readonly protocol: TrafficProtocol;
}

/** What would have to change for the other answer: for a denial in each direction that denies, else in one of them. */
export function changesFor(prediction: Prediction, asked: AskedConnection): readonly Change[] {
  const { value, egress, ingress } = prediction;
  switch (value) {
    case "deny":
      return [egress, ingress]
        .filter((trace) => trace.value === "deny")
        .flatMap((trace) => toAllow(trace, asked));
    case "allow":
      return [egress, ingress].flatMap((trace) => toDeny(trace, asked));
    case "undetermined":
      return prediction.knob === undefined
        ? []
        : [
            {
              kind: "profile",
              text: `--profile says how this is decided (knob ${prediction.knob}); \`portable\` rules avoid it`,
            },
          ];
    default: {
      const never: never = value;
      throw new Error(`unhandled value ${String(never)}`);
    }
  }
}

function toAllow(trace: DirectionTrace, asked: AskedConnection): readonly Change[] {
  const { direction, deniedBy, nearest, isolatedBy } = trace;
  if (deniedBy !== undefined) {
    return [
      {
        kind: "policy",
        text: `${direction}: take the connection out of ${ruleText(deniedBy)}, or accept it in a rule that is asked before`,
        at: deniedBy,
      },
    ];
  }
  const [first] = isolatedBy;
  const policy = isolatedBy.find((ref) => ref.name === nearest?.rule.name) ?? first;
  if (policy === undefined) return [];
  const [subject, other] = direction === "ingress" ? [asked.to, asked.from] : [asked.from, asked.to];
  const rule =
    subject.kind === "pod"
      ? ruleProposal(direction, subject.namespace, other, asked.port, asked.protocol)
      : undefined;
  const condition: readonly Change[] =
    nearest === undefined || missesMore(nearest)
      ? []
      : [
          {
            kind: "condition",
            text: `${direction}: mend what the nearest rule misses by: ${nearest.text}`,
            at: nearest.condition,
          },
        ];
  const or = condition.length === 0 ? "" : "or ";
  return [
    ...condition,
    {
      kind: "rule",
      text:
        rule === undefined
          ? `${direction}: no rule can name the other end; ${or}open a block of addresses in ${policyName(policy)}`
          : `${direction}: ${or}add a rule to ${policyName(policy)}, or to another policy for the same pods`,
      at: policy,
      ...(rule === undefined ? {} : { rule: `${direction}:\n${rule}` }),
    },
  ];
}

/** A rule that misses by several conditions is about something else: mending one of them does not help. */
function missesMore({ text }: NonNullable<DirectionTrace["nearest"]>): boolean {
  return text.includes("; also ") || text.includes("selectors match pods only");
}

function toDeny(trace: DirectionTrace, asked: AskedConnection): readonly Change[] {
  const { direction, allowedBy, isolatedBy, subject, tier } = trace;
  if (subject === undefined) return [];
  if (allowedBy !== undefined) {
    return [{ kind: "rule", text: `${direction}: narrow or remove ${ruleText(allowedBy)}`, at: allowedBy }];
  }
  const end = direction === "ingress" ? asked.to : asked.from;
  if (isolatedBy.length > 0 || tier !== "default" || end.kind !== "pod") return [];
  const labels = Object.entries(tellingLabels(end.labels))
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
  const type = direction === "ingress" ? "Ingress" : "Egress";
  return [
    {
      kind: "policy",
      text: `${direction}: a NetworkPolicy in ${end.namespace} that selects ${labels === "" ? "it" : labels} with policyTypes: [${type}]`,
    },
  ];
}

function ruleText(ref: PolicyRef): string {
  return ref.path === undefined ? policyName(ref) : `${ref.path} of ${policyName(ref)}`;
}
