import type { AdminTier } from "../model/admin-policy.ts";
import type { Direction } from "../model/prediction.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { CompiledPolicy } from "../policy/compiled-policy.ts";
import type { CompiledAdminPolicy } from "../policy/tiers/compiled-admin-policy.ts";
import { hasBit } from "./bits.ts";
import type { Classes } from "./classes.ts";
import type { Selection, Selections } from "./selections.ts";

/** A policy of an admin tier whose subject the pods are, or may be. */
export interface AdminCandidate {
  readonly policy: CompiledAdminPolicy;
  /** Whether they are for certain. */
  readonly certain: boolean;
}

/** What stands between the network and the pods of some classes in one direction: the same for all of them. */
export interface Signature {
  /** Counted from 0 in an engine. */
  readonly id: number;
  readonly direction: Direction;
  /** Index of the pods' namespace. */
  readonly namespace: number;
  /** NetworkPolicies that isolate the pods (S4), by name; empty: not isolated. */
  readonly policies: readonly CompiledPolicy[];
  /** There may be more NetworkPolicies than these. */
  readonly unread: boolean;
  /** By priority, then by name. */
  readonly admin: Readonly<Record<AdminTier, readonly AdminCandidate[]>>;
  /** Nothing in the admin tiers; unread policies of them do not count here. */
  readonly withoutTiers: boolean;
  /** NetworkPolicies isolate the pods in the other direction (T5). */
  readonly oppositeIsolated: boolean;
  /** The other end's address may matter. */
  readonly readsAddress: boolean;
  /** One of the pods: port names of ingress rules are looked up on it. */
  readonly sample: PodEnd;
  /** Alike for pods whose port names stand for the same numbers. */
  readonly portsId: number;
}

/** Signatures of the classes of one namespace, by class less the namespace's first one. */
export type NamespaceSignatures = Readonly<Record<Direction, readonly Signature[]>>;

/** The policies that signatures are made of. */
export interface PolicySources {
  /** Of one namespace, by name. */
  readonly policies: readonly CompiledPolicy[];
  readonly unread: boolean;
  readonly admin: readonly { readonly policy: CompiledAdminPolicy; readonly subject: Selection }[];
  /** Policies of the admin tiers could not be read. */
  readonly adminUnread: boolean;
}

/** Finds which policies apply to which classes of a namespace; classes that share them have one signature. */
export function signaturesOf(
  namespace: number,
  sources: PolicySources,
  classes: Classes,
  selections: Selections,
  nextId: () => number,
): NamespaceSignatures {
  const { policies, unread, admin, adminUnread } = sources;
  const first = classes.starts[namespace] ?? 0;
  const count = (classes.starts[namespace + 1] ?? 0) - first;
  const applying = Array.from({ length: count }, (): number[] => []);
  for (const [at, policy] of policies.entries()) {
    selections.each(namespace, policy.subject, (index) => applying[index - first]?.push(at));
  }
  const isolating = (places: readonly number[], direction: Direction): readonly number[] =>
    places.filter((at) => policies[at]?.isolates[direction]);

  const ofDirection = (direction: Direction): Signature[] => {
    const known = new Map<string, Signature>();
    const inTier = admin.filter(({ policy }) => policy.rules[direction].length > 0); // T4
    const hasBaseline = inTier.some(({ policy }) => policy.policy.tier === "Baseline");
    return applying.map((places, offset) => {
      const end = classes.list[first + offset];
      if (end?.sample === undefined) throw new Error("a class of pods without a pod");
      const own = isolating(places, direction);
      const other =
        hasBaseline && isolating(places, direction === "ingress" ? "egress" : "ingress").length > 0;
      const candidates: AdminCandidate[] = [];
      let key = `${own.join()}|${other ? "o" : ""}|${end.host ? "h" : ""}|`;
      for (const [at, { policy, subject }] of inTier.entries()) {
        if (!hasBit(subject.may, end.index)) continue;
        const certain = hasBit(subject.must, end.index);
        candidates.push({ policy, certain });
        key += `${at}${certain ? "" : "?"},`;
      }
      const ownPolicies = own.map((at) => policies[at]).filter((policy) => policy !== undefined);
      if (direction === "ingress" && (ownPolicies.some(namesPorts) || candidates.some(namesAdminPorts))) {
        key += `|${end.ports}`;
      }
      let signature = known.get(key);
      if (signature === undefined) {
        const withoutTiers = candidates.length === 0;
        signature = {
          id: nextId(),
          direction,
          namespace,
          policies: ownPolicies,
          unread,
          admin: {
            Admin: candidates.filter(({ policy }) => policy.policy.tier === "Admin"),
            Baseline: candidates.filter(({ policy }) => policy.policy.tier === "Baseline"),
          },
          withoutTiers,
          oppositeIsolated: other,
          readsAddress:
            !withoutTiers ||
            (adminUnread && !end.host) ||
            ownPolicies.some((policy) => hasBlocks(policy, direction)),
          sample: end.sample,
          portsId: end.ports,
        };
        known.set(key, signature);
      }
      return signature;
    });
  };
  return { ingress: ofDirection("ingress"), egress: ofDirection("egress") };
}

function namesPorts({ rules }: CompiledPolicy): boolean {
  return rules.ingress.some(({ ports }) => ports?.some(({ numbers }) => numbers.kind === "named"));
}

function namesAdminPorts({ policy }: AdminCandidate): boolean {
  return policy.rules.ingress.some(({ rule }) => rule.ports?.some(({ kind }) => kind === "named"));
}

function hasBlocks({ rules }: CompiledPolicy, direction: Direction): boolean {
  return rules[direction].some(({ peers }) => peers?.some(({ kind }) => kind === "block"));
}
