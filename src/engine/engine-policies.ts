import type { AdminPolicyKind } from "../model/admin-policy.ts";
import type { Profile } from "../model/profile.ts";
import { type CompiledPolicy, compilePolicy } from "../policy/compiled-policy.ts";
import { type CompiledAdminPolicy, compileAdminPolicy } from "../policy/tiers/compiled-admin-policy.ts";
import { normaliseAdminPolicies } from "../policy/tiers/normalise.ts";
import type { NodeAddress } from "./address-atoms.ts";
import type { EngineWorld } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { NodeSelectors } from "./node-selectors.ts";
import { type PolicyChange, subjectOf } from "./policy-change.ts";
import { knobsThatMatter, type PolicyKnob, type PolicyReading, readingsOf } from "./readings.ts";
import { Vocabulary } from "./vocabulary.ts";

const ADMIN_RESOURCES = {
  clusternetworkpolicies: "ClusterNetworkPolicy",
  adminnetworkpolicies: "AdminNetworkPolicy",
  baselineadminnetworkpolicies: "BaselineAdminNetworkPolicy",
} as const;

type ByNamespace = ReadonlyMap<string, readonly CompiledPolicy[]>;

/** What follows from the policies before any class of pods is looked at. */
interface Consequences {
  readonly vocabulary: Vocabulary;
  readonly admin: readonly CompiledAdminPolicy[];
  readonly unreadKinds: readonly AdminPolicyKind[];
  readonly readings: readonly PolicyReading[];
  readonly nodes: NodeSelectors;
  readonly nodeAddresses: readonly NodeAddress[];
  readonly matters: (policies: readonly CompiledPolicy[]) => (knob: PolicyKnob) => boolean;
}

/** All policies, taken apart. */
export class EnginePolicies {
  readonly profile: Profile;
  readonly #consequences: Consequences;
  readonly #byNamespace: ByNamespace;

  private constructor(profile: Profile, byNamespace: ByNamespace, consequences: Consequences) {
    this.profile = profile;
    this.#byNamespace = byNamespace;
    this.#consequences = consequences;
  }

  static of(world: EngineWorld, profile: Profile): EnginePolicies {
    const policies = world.networkPolicies.map(compilePolicy);
    const admin = normaliseAdminPolicies(world.adminPolicies).map(compileAdminPolicy);
    const vocabulary = new Vocabulary();
    for (const policy of policies) vocabulary.addPolicy(policy);
    for (const policy of admin) vocabulary.addAdminPolicy(policy);
    const unreadKinds = Object.entries(ADMIN_RESOURCES).flatMap(([resource, kind]) =>
      world.unread.some((entry) => entry.resource === resource) ? [kind] : [],
    );
    const nodes = new NodeSelectors(world, admin);
    const matters = (list: readonly CompiledPolicy[]) =>
      knobsThatMatter(list, admin, unreadKinds, nodes.hasNodes, world.pods);
    const nodesDiffer = profile.knobs.ipBlockNodes.includes("no-match") || !nodes.isEmpty;
    return new EnginePolicies(
      profile,
      Map.groupBy(policies, ({ namespace }) => namespace),
      {
        vocabulary,
        admin,
        unreadKinds,
        readings: readingsOf(profile, matters(policies)),
        nodes,
        nodeAddresses: nodesDiffer ? nodes.addresses() : [],
        matters,
      },
    );
  }

  /** What the policies speak of. */
  get vocabulary(): Vocabulary {
    return this.#consequences.vocabulary;
  }

  /** Policies of the admin tiers, by priority and then by name. */
  get admin(): readonly CompiledAdminPolicy[] {
    return this.#consequences.admin;
  }

  /** Kinds of the admin tiers that could not be read. */
  get unreadKinds(): readonly AdminPolicyKind[] {
    return this.#consequences.unreadKinds;
  }

  /** The ways in which what is open about these policies may be decided. */
  get readings(): readonly PolicyReading[] {
    return this.#consequences.readings;
  }

  get nodes(): NodeSelectors {
    return this.#consequences.nodes;
  }

  /** Addresses of nodes that are not like the addresses around them; empty: there are none such. */
  get nodeAddresses(): readonly NodeAddress[] {
    return this.#consequences.nodeAddresses;
  }

  /** NetworkPolicies of a namespace, by name. */
  inNamespace(name: string): readonly CompiledPolicy[] {
    return this.#byNamespace.get(name) ?? [];
  }

  /** The policies after a change; undefined where classes, ports or readings of these parts do not do for them. */
  apply(change: PolicyChange, { classes, ports }: EngineParts): EnginePolicies | undefined {
    const { namespace, name } = subjectOf(change);
    const others = this.inNamespace(namespace).filter((policy) => policy.name !== name);
    if (change.kind === "removed") return this.#with(namespace, others);
    const policy = compilePolicy(change.policy);
    const { profile, vocabulary } = this;
    const words = new Vocabulary();
    words.addPolicy(policy);
    const isKnown =
      isWithin(words.labelKeys, vocabulary.labelKeys) &&
      isWithin(words.portNames, vocabulary.portNames) &&
      classes.profiles.atoms.tellsApart(words.blocks) &&
      ports.tellsApart(words.cuts);
    if (!isKnown) return undefined;
    const readings = readingsOf(profile, this.#consequences.matters([policy]));
    const isRead = readings.every((reading) => this.readings.some((known) => sameReading(reading, known)));
    return isRead ? this.#with(namespace, [...others, policy].sort(byName)) : undefined;
  }

  #with(namespace: string, policies: readonly CompiledPolicy[]): EnginePolicies {
    const byNamespace = new Map(this.#byNamespace).set(namespace, policies);
    return new EnginePolicies(this.profile, byNamespace, this.#consequences);
  }
}

function sameReading(a: PolicyReading, b: PolicyReading): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((word) => whole.has(word));
}

function byName(a: CompiledPolicy, b: CompiledPolicy): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
