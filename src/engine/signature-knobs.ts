import type { CompiledRule } from "../policy/compiled-policy.ts";
import { POLICY_KNOBS, type PolicyKnob, type PolicyReading } from "./readings.ts";
import type { Signature } from "./signatures.ts";

/**
 * For each reading the first one that a signature cannot tell from it: knobs that none of its policies depends on make
 * no difference, so its rows are worked out for few of the readings.
 */
export class SignatureKnobs {
  readonly #readings: readonly PolicyReading[];
  readonly #unreadTiers: boolean;
  readonly #byRelevance = new Map<number, Int32Array>();
  readonly #known: (Int32Array | undefined)[] = [];

  constructor(readings: readonly PolicyReading[], unreadTiers: boolean) {
    this.#readings = readings;
    this.#unreadTiers = unreadTiers;
  }

  /** By the index of the reading: the index of the one that stands for it. */
  alike(signature: Signature): Int32Array {
    let alike = this.#known[signature.id];
    if (alike === undefined) {
      alike = this.#alikeFor(this.#relevance(signature));
      while (this.#known.length <= signature.id) this.#known.push(undefined);
      this.#known[signature.id] = alike;
    }
    return alike;
  }

  #relevance(signature: Signature): number {
    return POLICY_KNOBS.reduce(
      (bits, knob, at) => bits | (this.#dependsOn(signature, knob) ? 1 << at : 0),
      0,
    );
  }

  #alikeFor(relevance: number): Int32Array {
    let alike = this.#byRelevance.get(relevance);
    if (alike === undefined) {
      const firsts = new Map<string, number>();
      alike = Int32Array.from(this.#readings, (reading, index) => {
        const key = POLICY_KNOBS.map((knob, at) => (relevance & (1 << at) ? reading[knob] : "")).join();
        const first = firsts.get(key) ?? index;
        firsts.set(key, first);
        return first;
      });
      this.#byRelevance.set(relevance, alike);
    }
    return alike;
  }

  #dependsOn({ direction, policies, admin, oppositeIsolated, sample }: Signature, knob: PolicyKnob): boolean {
    const some = (holds: (rule: CompiledRule) => boolean | undefined): boolean =>
      policies.some(({ rules }) => rules[direction].some((rule) => holds(rule) === true));
    const candidates = [...admin.Admin, ...admin.Baseline];
    switch (knob) {
      case "ipBlockPods":
      case "ipBlockNodes":
        return some(({ peers }) => peers?.some(({ kind }) => kind === "block"));
      case "endPort":
        return some(({ ports }) =>
          ports?.some(({ numbers }) => numbers.kind === "range" && numbers.last > numbers.first),
        );
      case "namedPort":
        return some(({ ports }) => ports?.some(({ numbers }) => numbers.kind === "named"));
      case "namedPortInit":
        return (
          some(({ ports }) => ports?.some(({ numbers }) => numbers.kind === "named")) ||
          candidates.some(({ policy }) =>
            policy.rules[direction].some(({ rule }) => rule.ports?.some(({ kind }) => kind === "named")),
          )
        );
      case "npGatesBaseline":
        return oppositeIsolated && admin.Baseline.length > 0;
      case "samePriority":
        return admin.Admin.length > 1 || admin.Baseline.length > 1;
      case "clusterNetworkPolicy":
      case "adminNetworkPolicy":
        return candidates.length > 0 || (this.#unreadTiers && sample.spec.hostNetwork !== true);
      default: {
        const never: never = knob;
        throw new Error(`unhandled knob ${String(never)}`);
      }
    }
  }
}
