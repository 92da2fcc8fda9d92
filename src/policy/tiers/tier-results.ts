import type { AdminPolicyKind } from "../../model/admin-policy.ts";
import type { KnobReader } from "../choices.ts";
import type { AdminCandidate } from "./admin-index.ts";
import {
  type AdminMatch,
  type AdminQuestion,
  type AdminSurroundings,
  matchAdminRule,
} from "./admin-match.ts";
import type { CompiledAdminRule } from "./compiled-admin-policy.ts";

/** One way in which a tier may end: with the rule that decides, or (`by` undefined) with none. */
export interface TierResult {
  readonly by: CompiledAdminRule | undefined;
}

/** All the ways in which a tier may end. */
export interface TierResults {
  readonly results: readonly TierResult[];
  /** What it depends on which it is; undefined where there are several: on the order of equal priorities (T2). */
  readonly why: string | undefined;
}

const NONE: TierResult = { by: undefined };

/**
 * Asks the policies of one tier, by priority and then rule by rule; the first that matches decides (T1, T3), and where
 * none does the tier has nothing to say (T4). A rule of which it is not known whether it matches may decide or not, and
 * of policies of one priority any that matches may (T2).
 */
export function askTier(
  candidates: readonly AdminCandidate[],
  question: AdminQuestion,
  surroundings: AdminSurroundings,
): TierResults {
  const results: TierResult[] = [];
  let why: string | undefined;
  for (const group of groupsOf(candidates, question.knobs)) {
    let isDecided = false;
    for (const candidate of group) {
      const answer = askPolicy(candidate, question, surroundings);
      results.push(...answer.matched.map((by) => ({ by })));
      why ??= answer.why;
      isDecided ||= answer.isCertain;
    }
    if (isDecided) {
      return { results, why };
    }
  }
  return { results: [...results, NONE], why };
}

/** Policies of one priority together, unless names decide among them. */
function groupsOf(
  candidates: readonly AdminCandidate[],
  knobs: KnobReader,
): readonly (readonly AdminCandidate[])[] {
  const inForce = candidates.filter(({ kind }) => isEnforced(kind, knobs));
  if (inForce.length < 2 || knobs.read("samePriority") === "by-name") {
    return inForce.map((candidate) => [candidate]);
  }
  return [...Map.groupBy(inForce, ({ priority }) => priority).values()];
}

/** Whether the network reads policies of this version of the API at all. */
export function isEnforced(kind: AdminPolicyKind, knobs: KnobReader): boolean {
  return kind === "ClusterNetworkPolicy"
    ? knobs.read("clusterNetworkPolicy") === "enforced"
    : knobs.read("adminNetworkPolicy") === "enforced";
}

interface PolicyAnswer {
  /** The rules that may be the first to match. */
  readonly matched: readonly CompiledAdminRule[];
  /** One of them is sure to. */
  readonly isCertain: boolean;
  readonly why: string | undefined;
}

function askPolicy(
  candidate: AdminCandidate,
  question: AdminQuestion,
  surroundings: AdminSurroundings,
): PolicyAnswer {
  const matched: CompiledAdminRule[] = [];
  let why = candidate.why;
  for (const rule of candidate.rules) {
    const answer: AdminMatch = matchAdminRule(rule, question, surroundings);
    if (answer.match === "no") {
      continue;
    }
    matched.push(rule);
    if (answer.match === "yes") {
      return { matched, isCertain: candidate.subject === "yes", why };
    }
    why ??= answer.why;
  }
  return { matched, isCertain: false, why: matched.length === 0 ? undefined : why };
}
