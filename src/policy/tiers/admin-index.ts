import type { AdminPolicyKind, AdminTier } from "../../model/admin-policy.ts";
import type { Direction } from "../../model/prediction.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import type { PodEnd } from "../../model/traffic.ts";
import type { Cidr } from "../../selectors/cidr.ts";
import type { Match } from "../namespace-labels.ts";
import { type AdminSurroundings, matchSelection } from "./admin-match.ts";
import {
  type CompiledAdminPolicy,
  type CompiledAdminRule,
  compileAdminPolicy,
} from "./compiled-admin-policy.ts";
import { normaliseAdminPolicies } from "./normalise.ts";

/** A policy whose subject is the pod, or may be. */
export interface AdminCandidate {
  readonly kind: AdminPolicyKind;
  readonly name: string;
  readonly priority: number;
  /** Never `no`. */
  readonly subject: Match;
  /** Why the subject is not known. */
  readonly why: string | undefined;
  readonly rules: readonly CompiledAdminRule[];
}

/** What the admin tiers have for a pod in one direction. */
export interface AdminStack {
  /** In order of priority, then of name. */
  readonly tiers: Readonly<Record<AdminTier, readonly AdminCandidate[]>>;
  /** Blocks that tell addresses apart in any of the rules, those of nodes among them. */
  readonly blocks: readonly Cidr[];
  /** Policies of these kinds could not be read, and why. */
  readonly unread: readonly { readonly kind: AdminPolicyKind; readonly reason: string }[];
  /** Nothing in either tier, and all of it was read. */
  readonly isEmpty: boolean;
}

export interface AdminIndex {
  stackOf(pod: PodEnd, direction: Direction): AdminStack;
  /** Every policy, for those that by one slip do not select a pod. */
  readonly policies: readonly CompiledAdminPolicy[];
}

const RESOURCES = {
  clusternetworkpolicies: "ClusterNetworkPolicy",
  adminnetworkpolicies: "AdminNetworkPolicy",
  baselineadminnetworkpolicies: "BaselineAdminNetworkPolicy",
} as const;

/** The resource of the API that a kind is. */
export function resourceOf(kind: AdminPolicyKind): string {
  return `${kind.slice(0, -1).toLowerCase()}ies`;
}

const NOTHING: AdminStack = { tiers: { Admin: [], Baseline: [] }, blocks: [], unread: [], isEmpty: true };

/** Finds the admin policies whose subject a pod is. What was found for a `PodEnd` object is remembered with it. */
export function createAdminIndex(
  world: Pick<Snapshot, "adminPolicies" | "unread">,
  surroundings: AdminSurroundings,
): AdminIndex {
  const policies = normaliseAdminPolicies(world.adminPolicies).map(compileAdminPolicy);
  const unread = Object.entries(RESOURCES).flatMap(([resource, kind]) => {
    const entry = world.unread.find((candidate) => candidate.resource === resource);
    return entry === undefined ? [] : [{ kind, reason: entry.reason }];
  });
  const compute = (pod: PodEnd, direction: Direction): AdminStack => {
    const found = policies.flatMap(({ policy, subject, rules }) => {
      // T4: a policy without rules of this direction does not touch it.
      if (rules[direction].length === 0 || subject === undefined) {
        return [];
      }
      const { match, why } = matchSelection(subject, pod, surroundings.labelsOf);
      const { kind, name, priority, tier } = policy;
      return match === "no"
        ? []
        : [{ tier, kind, name, priority, subject: match, why, rules: rules[direction] }];
    });
    return {
      tiers: {
        Admin: found.filter(({ tier }) => tier === "Admin"),
        Baseline: found.filter(({ tier }) => tier === "Baseline"),
      },
      blocks: found.flatMap(({ rules: own }) => own.flatMap((rule) => blocksOf(rule, surroundings))),
      unread,
      isEmpty: found.length === 0 && unread.length === 0,
    };
  };
  const known: Record<Direction, WeakMap<PodEnd, AdminStack>> = {
    ingress: new WeakMap(),
    egress: new WeakMap(),
  };
  return {
    policies,
    stackOf: (pod, direction) => {
      // T6: pods in their node's network are nobody's subject.
      if ((policies.length === 0 && unread.length === 0) || pod.spec.hostNetwork === true) {
        return NOTHING;
      }
      let stack = known[direction].get(pod);
      if (stack === undefined) {
        stack = compute(pod, direction);
        known[direction].set(pod, stack);
      }
      return stack;
    },
  };
}

function blocksOf({ peers }: CompiledAdminRule, { nodes }: AdminSurroundings): readonly Cidr[] {
  return (peers ?? []).flatMap((peer) => {
    switch (peer.kind) {
      case "networks":
        return peer.blocks.map(({ cidr }) => cidr);
      case "nodes":
        return nodes.blocks;
      case "pods":
      case "domains":
        return [];
      default: {
        const never: never = peer;
        throw new Error(`unhandled peer ${JSON.stringify(never)}`);
      }
    }
  });
}
