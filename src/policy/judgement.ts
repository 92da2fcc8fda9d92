import type { Direction, DirectionTrace, PredictionValue } from "../model/prediction.ts";
import type { KnobName } from "../model/profile.ts";
import type { PodEnd, ServiceHop, TrafficProtocol } from "../model/traffic.ts";
import { contains } from "../selectors/cidr.ts";
import { type AddressFamily, formatAddress } from "../selectors/ip-address.ts";
import type { Choices } from "./choices.ts";
import { type EndView, singles } from "./end-view.ts";
import { describeSplit, type SampleValue } from "./sample-split.ts";

/** One direction of a connection, judged at the pod in `subject`. */
export interface DirectionQuestion {
  readonly direction: Direction;
  readonly subject: EndView;
  readonly other: EndView;
  readonly port: number;
  readonly protocol: TrafficProtocol;
  /** The family that the connection uses; undefined: any address of the other end will do. */
  readonly family: AddressFamily | undefined;
  /** The Service that the connection goes by, where `other` is one of its endpoints. */
  readonly via: ServiceHop | undefined;
  /** A pod and itself: its own address (T13), or by way of a Service where NetworkPolicies do not filter that (S34). */
  readonly toSelf: "address" | "exempt-service" | undefined;
  readonly knobs: Choices;
}

export interface Judgement {
  readonly trace: DirectionTrace;
  /** The rule of semantics.md that leaves an undetermined direction open. */
  readonly openPoint?: string;
  readonly knob?: KnobName;
}

export type TraceBase = Pick<DirectionTrace, "direction" | "subject" | "isolatedBy"> &
  Partial<Pick<DirectionTrace, "nearest" | "admin">>;

export function undetermined(
  base: TraceBase,
  why: string,
  open: Pick<Judgement, "openPoint" | "knob"> = {},
): Judgement {
  return { trace: { ...base, value: "undetermined", undetermined: why, reason: why }, ...open };
}

/** What was denied, allowed after all. */
export function lifted({ trace }: Judgement, reason: string): Judgement {
  const { direction, subject, isolatedBy } = trace;
  return {
    trace: {
      direction,
      ...(subject === undefined ? {} : { subject }),
      isolatedBy,
      value: "allow",
      reason,
    },
  };
}

export function notReadable(reason: string | undefined, what: string): string {
  return `not readable (${reason}): ${what}`;
}

/** The other end is an address of the node that the pod runs on, and nothing else (S35). */
export function isOwnNode(pod: PodEnd, { other, family }: DirectionQuestion): boolean {
  if (other.pod !== undefined || other.address !== "exact" || pod.nodeIps === undefined) {
    return false;
  }
  const nodes = singles(pod.nodeIps);
  return other.ranges
    .filter((range) => family === undefined || range.family === family)
    .every((range) => nodes.some((node) => node.family === range.family && node.first === range.first));
}

/** A range speaks of its addresses as ordinary ones; that the pod's own node is among them is only said. */
export function exemptNode(pod: PodEnd, { other }: DirectionQuestion): string {
  if (other.address !== "range") {
    return "";
  }
  const node = singles(pod.nodeIps ?? [])
    .map(({ family, first }) => ({ family, value: first }))
    .find((address) => other.ranges.some((range) => contains(range, address)));
  return node === undefined ? "" : `, its own node ${formatAddress(node)} aside (S35)`;
}

/** One judgement for all addresses that the other end may have: theirs, if they agree. */
export function overSamples(
  judged: readonly (SampleValue & { readonly judgement: Judgement })[],
  other: EndView,
): Judgement {
  const [first] = judged;
  if (first === undefined) {
    throw new Error("an end without any address was judged");
  }
  const differs = (value: PredictionValue): boolean => value !== first.value;
  if (!judged.some(({ value }) => differs(value))) {
    return first.judgement;
  }
  const traces = judged.map(({ judgement }) => judgement.trace);
  const { direction, subject, isolatedBy } = first.judgement.trace;
  const nearest = traces.find((trace) => trace.nearest !== undefined)?.nearest;
  const admin = traces.find((trace) => trace.admin !== undefined)?.admin;
  return undetermined(
    {
      direction,
      ...(subject === undefined ? {} : { subject }),
      isolatedBy,
      ...(nearest === undefined ? {} : { nearest }),
      ...(admin === undefined ? {} : { admin }),
    },
    describeSplit(judged, other),
  );
}
