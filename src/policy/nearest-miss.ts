import type { Direction, NearMiss } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { PolicyRule } from "./compiled-policy.ts";
import type { EndView } from "./end-view.ts";
import type { Miss } from "./miss.ts";
import { missesOfPeer } from "./peer-miss.ts";
import type { Isolation } from "./policy-index.ts";
import type { RefOf } from "./policy-ref.ts";
import { missOfPorts } from "./port-miss.ts";
import { type LabelsOfNamespace, matchRule, type RuleQuestion } from "./rule-match.ts";
import type { SlippedPolicy } from "./slipped-policy.ts";

/** A direction that rules do not allow. */
export interface MissedDirection {
  readonly direction: Direction;
  readonly subject: PodEnd;
  readonly other: EndView;
  readonly question: RuleQuestion;
}

interface Candidate extends PolicyRule {
  readonly distance: number;
  readonly misses: readonly Miss[];
}

/**
 * The rule that came nearest to allowing and what it failed on: of the policies that isolate the pod, or of one that
 * would allow the traffic but by one slip is not in force for the pod. Undefined: there is no such rule.
 */
export function nearestMiss(
  isolation: Isolation,
  missed: MissedDirection,
  labelsOf: LabelsOfNamespace,
  refOf: RefOf,
): NearMiss | undefined {
  let nearest: Candidate | undefined;
  const consider = (candidate: Candidate | undefined): void => {
    if (candidate !== undefined && candidate.distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
      nearest = candidate;
    }
  };
  for (const policyRule of isolation.rules) {
    consider(missesOfRule(policyRule, missed, labelsOf));
  }
  for (const slipped of isolation.slipped) {
    consider(ruleThatWouldAllow(slipped, missed, labelsOf));
  }
  return nearest === undefined ? undefined : toNearMiss(nearest, refOf);
}

function missesOfRule(
  { policy, rule }: PolicyRule,
  { direction, subject, other, question }: MissedDirection,
  labelsOf: LabelsOfNamespace,
): Candidate {
  const peers = (rule.peers ?? []).map((peer) => missesOfPeer(peer, policy, question, other, labelsOf));
  const destination = direction === "ingress" ? subject.display : other.display;
  const port = rule.ports === undefined ? undefined : missOfPorts(rule.ports, question, destination);
  const misses = [...nearestOf(peers), ...(port === undefined ? [] : [port])];
  return { policy, rule, misses, distance: distanceOf(misses) };
}

/** The peer with the least to complain about; the first of equals. */
function nearestOf(peers: readonly (readonly Miss[])[]): readonly Miss[] {
  return peers.reduce(
    (nearest, misses) => (distanceOf(misses) < distanceOf(nearest) ? misses : nearest),
    peers[0] ?? [],
  );
}

function distanceOf(misses: readonly Miss[]): number {
  return misses.reduce((sum, miss) => sum + miss.distance, 0);
}

function ruleThatWouldAllow(
  { policy, miss }: SlippedPolicy,
  { direction, question }: MissedDirection,
  labelsOf: LabelsOfNamespace,
): Candidate | undefined {
  const rule = policy.rules[direction].find(
    (candidate) => matchRule({ policy, rule: candidate }, question, labelsOf) === "yes",
  );
  return rule === undefined ? undefined : { policy, rule, misses: [miss], distance: miss.distance };
}

function toNearMiss({ policy, rule, misses }: Candidate, refOf: RefOf): NearMiss | undefined {
  const [first, second] = misses;
  if (first === undefined) {
    return undefined;
  }
  const more = misses.length - 2;
  const also = second === undefined ? "" : `; also ${second.text()}`;
  return {
    rule: refOf(policy, rule.path),
    condition: refOf(policy, first.path),
    text: `${first.text()}${also}${more > 0 ? ` (and ${more} more)` : ""}`,
  };
}
