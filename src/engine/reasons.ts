import type { Protocol } from "../model/kubernetes.ts";
import type { Direction, PredictionValue } from "../model/prediction.ts";
import type { KnobReader } from "../policy/choices.ts";
import type { PolicyRule } from "../policy/compiled-policy.ts";
import { formatPath } from "../policy/field-path.ts";
import { createNamespaceLabels } from "../policy/namespace-labels.ts";
import { answerOf, type RuleQuestion } from "../policy/rule-match.ts";
import { type IpAddress, parseAddress } from "../selectors/ip-address.ts";
import { NO_FAMILY } from "./address-profiles.ts";
import { hasBit } from "./bits.ts";
import type { EngineEnd } from "./ends.ts";
import type { Engine, EngineWorld } from "./engine.ts";
import type { Signature } from "./signatures.ts";

/** Says in a few words which policy decides, for answers that NetworkPolicies alone give. */
export class Reasons {
  readonly #engine: Engine;
  readonly #labelsOf: ReturnType<typeof createNamespaceLabels>;
  readonly #knobs: KnobReader;
  readonly #rules = new Map<number, readonly PolicyRule[]>();

  constructor(engine: Engine, world: Pick<EngineWorld, "namespaces" | "unread">) {
    this.#engine = engine;
    this.#labelsOf = createNamespaceLabels(world);
    const { knobs } = engine.profile;
    this.#knobs = { read: (knob) => knobs[knob][0] };
  }

  /** Undefined: the answer hangs on more than that, and `createEvaluator` of src/policy has to say on what. */
  of(
    from: EngineEnd,
    to: EngineEnd,
    protocol: Protocol,
    port: number,
    value: PredictionValue,
  ): string | undefined {
    const { judge } = this.#engine;
    const isSpecial = [from, to].some(({ pod }) => pod?.spec.hostNetwork === true);
    if (value === "undetermined" || isSpecial || judge.layers.length !== 1) return undefined;
    if (from.pod !== undefined && from.pod.key === to.pod?.key) return undefined;
    const egress = this.#direction("egress", from, to, protocol, port);
    const ingress = this.#direction("ingress", to, from, protocol, port);
    if (egress === undefined || ingress === undefined) return undefined;
    const denials = [egress, ingress].filter(({ denied }) => denied).map(({ text }) => text);
    if (value === "deny") return denials.length === 0 ? undefined : `denied: ${denials.join("; ")}`;
    if (denials.length > 0) return undefined;
    const allowances = [egress, ingress].map(({ text }) => text).filter((text) => text !== "");
    return allowances.length === 0 ? "not isolated" : `allowed by ${allowances.join(" and ")}`;
  }

  /** What decides one direction; an empty text where nothing isolates the pod. */
  #direction(
    direction: Direction,
    subject: EngineEnd,
    other: EngineEnd,
    protocol: Protocol,
    port: number,
  ): { readonly denied: boolean; readonly text: string } | undefined {
    if (subject.pod === undefined) return { denied: false, text: "" };
    const signature = this.#engine.signature(direction, subject.index);
    if (!signature.withoutTiers || signature.unread || this.#engine.hasUnreadTiers) return undefined;
    if (signature.policies.length === 0) return { denied: false, text: "" };
    const address = addressOf(other);
    const question: RuleQuestion = {
      pod: other.pod,
      address,
      port,
      protocol,
      destination: direction === "ingress" ? subject.pod.spec : other.pod?.spec,
      knobs: this.#knobs,
      isNode: () => false,
    };
    const answer = answerOf(this.#rulesOf(signature), question, this.#labelsOf);
    switch (answer.match) {
      case "yes": {
        const { policy, rule } = answer.by;
        return { denied: false, text: `${policy.namespace}/${policy.name} ${formatPath(rule.path)}` };
      }
      case "no": {
        // Without a single known address a rule with a block may match all the same.
        if (address === undefined && this.#mayMatch(direction, subject, other, protocol, port))
          return undefined;
        const names = signature.policies.map(({ namespace, name }) => `${namespace}/${name}`);
        const more = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
        const text = `${direction} of ${subject.pod.display} is isolated by ${more.join(", ")} and no rule matches`;
        return { denied: true, text };
      }
      case "unknown":
        return undefined;
      default: {
        const never: never = answer;
        throw new Error(`unhandled match ${JSON.stringify(never)}`);
      }
    }
  }

  #mayMatch(
    direction: Direction,
    subject: EngineEnd,
    other: EngineEnd,
    protocol: Protocol,
    port: number,
  ): boolean {
    const { judge } = this.#engine;
    const row = judge.row(0, direction, subject.index, this.#engine.portAtom(protocol, port));
    return hasBit(row.byFamily[NO_FAMILY].may, other.index);
  }

  #rulesOf(signature: Signature): readonly PolicyRule[] {
    let rules = this.#rules.get(signature.id);
    if (rules === undefined) {
      rules = signature.policies.flatMap((policy) =>
        policy.rules[signature.direction].map((rule) => ({ policy, rule })),
      );
      this.#rules.set(signature.id, rules);
    }
    return rules;
  }
}

/** The only address of an end; undefined where there are more, or none is known. */
function addressOf({ pod, address }: EngineEnd): IpAddress | undefined {
  if (pod === undefined) return address === undefined ? undefined : parseAddress(address);
  const [only, second] = pod.ips ?? [];
  return only === undefined || second !== undefined ? undefined : parseAddress(only);
}
