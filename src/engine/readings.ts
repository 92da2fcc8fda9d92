import type { AdminPolicyKind } from "../model/admin-policy.ts";
import type { KnobName, KnobSettings, Knobs, Profile } from "../model/profile.ts";
import type { PodEnd } from "../model/traffic.ts";
import type { KnobReader } from "../policy/choices.ts";
import type { CompiledPolicy } from "../policy/compiled-policy.ts";
import type { CompiledAdminPolicy } from "../policy/tiers/compiled-admin-policy.ts";

/** The knobs that say what policies match; the others are asked where two ends meet. */
export const POLICY_KNOBS = [
  "ipBlockPods",
  "ipBlockNodes",
  "endPort",
  "namedPortInit",
  "namedPort",
  "npGatesBaseline",
  "samePriority",
  "clusterNetworkPolicy",
  "adminNetworkPolicy",
] as const satisfies readonly KnobName[];

export type PolicyKnob = (typeof POLICY_KNOBS)[number];

/** One way in which everything that is open about policies may be decided. */
export type PolicyReading = Pick<Knobs, PolicyKnob>;

/** All such ways; of knobs that make no difference to these policies only one value. */
export function readingsOf(
  { knobs }: Profile,
  matters: (knob: PolicyKnob) => boolean,
): readonly PolicyReading[] {
  return POLICY_KNOBS.reduce<readonly Partial<PolicyReading>[]>(
    (readings, knob) => {
      const values: readonly string[] = matters(knob) ? knobs[knob] : knobs[knob].slice(0, 1);
      return readings.flatMap((reading) => values.map((value) => ({ ...reading, [knob]: value })));
    },
    [{}],
  ) as readonly PolicyReading[];
}

/** The reading in the form in which src/policy asks for it. */
export function readerOf(reading: PolicyReading, settings: KnobSettings): KnobReader {
  return {
    read: <K extends KnobName>(knob: K): Knobs[K] =>
      ((reading as Partial<Knobs>)[knob] ?? settings[knob][0]) as Knobs[K],
  };
}

/** Which knobs can make a difference to any of these policies. */
export function knobsThatMatter(
  policies: readonly CompiledPolicy[],
  admin: readonly CompiledAdminPolicy[],
  unreadKinds: readonly AdminPolicyKind[],
  hasNodes: boolean,
  pods: readonly Pick<PodEnd, "spec">[],
): (knob: PolicyKnob) => boolean {
  const rules = policies.flatMap(({ rules: { ingress, egress } }) => [...ingress, ...egress]);
  const hasBlocks = rules.some(({ peers }) => peers?.some(({ kind }) => kind === "block"));
  const ports = rules.flatMap((rule) => rule.ports ?? []);
  const hasRanges = ports.some(({ numbers }) => numbers.kind === "range" && numbers.last > numbers.first);
  const hasNames = ports.some(({ numbers }) => numbers.kind === "named");
  const adminNames = admin.some(({ rules: own }) =>
    [...own.ingress, ...own.egress].some(({ rule }) => rule.ports?.some(({ kind }) => kind === "named")),
  );
  const kinds = new Set([...unreadKinds, ...admin.map(({ policy }) => policy.kind)]);
  const slots = admin.map(({ policy }) => `${policy.tier}/${policy.priority}`);
  const matters: Readonly<Record<PolicyKnob, boolean>> = {
    ipBlockPods: hasBlocks,
    ipBlockNodes: hasBlocks && hasNodes,
    endPort: hasRanges,
    namedPortInit:
      (hasNames || adminNames) &&
      pods.some(({ spec }) => spec.initContainers?.some(({ ports }) => (ports ?? []).length > 0)),
    namedPort: hasNames,
    npGatesBaseline: admin.some(({ policy }) => policy.tier === "Baseline"),
    samePriority: new Set(slots).size < slots.length,
    clusterNetworkPolicy: kinds.has("ClusterNetworkPolicy"),
    adminNetworkPolicy: kinds.has("AdminNetworkPolicy") || kinds.has("BaselineAdminNetworkPolicy"),
  };
  return (knob) => matters[knob];
}
