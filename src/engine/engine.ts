import type { Protocol } from "../model/kubernetes.ts";
import type { Direction, PredictionValue } from "../model/prediction.ts";
import type { Profile } from "../model/profile.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { PodEnd } from "../model/traffic.ts";
import { unreadReason } from "../policy/namespace-labels.ts";
import { profileOf } from "../policy/profiles.ts";
import { formatAddress, parseAddress } from "../selectors/ip-address.ts";
import type { Classes } from "./classes.ts";
import { type EngineEnd, relationOf } from "./ends.ts";
import { EngineParts } from "./engine-parts.ts";
import { EnginePolicies } from "./engine-policies.ts";
import { PairJudge, toValue } from "./pair-judge.ts";
import { podEnds } from "./pod-ends.ts";
import { changedPolicies, type PolicyChange, subjectOf } from "./policy-change.ts";
import type { PortAtom, PortAtoms } from "./port-atoms.ts";
import { type Signature, signaturesOf } from "./signatures.ts";

/** What predictions depend on, with the pods as the evaluator sees them. */
export interface EngineWorld
  extends Pick<Snapshot, "namespaces" | "networkPolicies" | "adminPolicies" | "nodes" | "unread"> {
  readonly pods: readonly PodEnd[];
}

export interface EngineOptions {
  /** How the open points are decided; absent: `upstream`. */
  readonly profile?: Profile;
}

/** The engine of a snapshot: all its pods that have not ended. */
export function buildEngine(snapshot: Snapshot, options: EngineOptions = {}): Engine {
  return createEngine({ ...snapshot, pods: podEnds(snapshot) }, options);
}

export function createEngine(
  world: EngineWorld,
  { profile = profileOf("upstream") }: EngineOptions = {},
): Engine {
  const policies = EnginePolicies.of(world, profile);
  return new Engine(new EngineParts(world, policies), world, policies);
}

type Signatures = Readonly<Record<Direction, (Signature | undefined)[]>>;

/**
 * Answers for all pods at once what `createEvaluator` of src/policy answers for one connection. Pods that no policy tells
 * apart are one class; policies that apply together are one signature; what a signature allows on a port is one row of
 * bits, worked out when it is asked for.
 */
export class Engine {
  readonly classes: Classes;
  /** All ports of all protocols, cut where answers may change. */
  readonly ports: PortAtoms;
  readonly pods: readonly PodEnd[];
  readonly profile: Profile;
  /** Answers for classes by their index, and gives their rows. */
  readonly judge: PairJudge;
  readonly #parts: EngineParts;
  readonly #world: EngineWorld;
  readonly #policies: EnginePolicies;
  readonly #signatures: Signatures;

  /** Use `buildEngine` or `createEngine`. `known`: signatures that were found before. */
  constructor(parts: EngineParts, world: EngineWorld, policies: EnginePolicies, known?: Signatures) {
    this.#parts = parts;
    this.#world = world;
    this.#policies = policies;
    this.pods = parts.pods;
    this.classes = parts.classes;
    this.ports = parts.ports;
    this.profile = policies.profile;
    const none = (): undefined[] => new Array<undefined>(parts.classes.podClasses).fill(undefined);
    this.#signatures = known ?? { ingress: none(), egress: none() };
    this.judge = new PairJudge(
      parts.classes,
      parts.layers,
      policies.profile.knobs,
      parts.alike,
      (direction, index) => this.signature(direction, index),
    );
  }

  /** Which policies stand before the pods of a class. */
  signature(direction: Direction, index: number): Signature {
    return this.#signatures[direction][index] ?? this.#findSignature(direction, index);
  }

  /** Finds the policies of all classes, which is otherwise done for a namespace when one of its pods is asked about. */
  findSignatures(): void {
    for (let index = 0; index < this.classes.podClasses; index++) this.signature("ingress", index);
  }

  /** For all classes of the namespace at once. */
  #findSignature(direction: Direction, index: number): Signature {
    const { classes, selections, admin } = this.#parts;
    const namespace = classes.list[index]?.namespace;
    if (namespace === undefined) throw new Error(`class ${index} holds no pods`);
    const name = classes.namespaces[namespace] ?? "";
    const sources = {
      policies: this.#policies.inNamespace(name),
      unread: unreadReason(this.#world.unread, "networkpolicies", name) !== undefined,
      admin,
      adminUnread: this.hasUnreadTiers,
    };
    const found = signaturesOf(namespace, sources, classes, selections, () => this.#parts.nextSignatureId());
    const first = classes.starts[namespace] as number;
    for (const side of ["ingress", "egress"] as const) {
      for (const [at, signature] of found[side].entries()) this.#signatures[side][first + at] = signature;
    }
    return this.#signatures[direction][index] as Signature;
  }

  /** A pod by `namespace/name`; undefined where there is none. Ends are this engine's own. */
  pod(key: string): EngineEnd | undefined {
    return this.#parts.end(key);
  }

  /** An address that is no pod's; undefined where the text is no address. */
  address(text: string): EngineEnd | undefined {
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    const atom = this.classes.profiles.atoms.atomOf(address);
    return { index: this.classes.ofAtom[atom] as number, pod: undefined, address: formatAddress(address) };
  }

  /** An end outside of the cluster whose address is not known. */
  get unknownAddress(): EngineEnd {
    return { index: this.classes.unknownAddress, pod: undefined, address: undefined };
  }

  /** Policies of the admin tiers could not be read. */
  get hasUnreadTiers(): boolean {
    return this.#policies.unreadKinds.length > 0;
  }

  portAtom(protocol: Protocol, port: number): PortAtom {
    return this.ports.atoms[this.ports.indexOf(protocol, port)] as PortAtom;
  }

  query(from: EngineEnd, to: EngineEnd, protocol: Protocol, port: number): PredictionValue {
    const atom = this.portAtom(protocol, port);
    return toValue(this.judge.judge(from.index, to.index, atom, relationOf(from, to)));
  }

  /**
   * The engine after one change; this one stays as it is. Only what stands before the pods of the policy's namespace is
   * worked out anew, unless the policy speaks of labels, addresses or ports that no policy spoke of before.
   */
  apply(change: PolicyChange): Engine {
    const world = { ...this.#world, networkPolicies: changedPolicies(this.#world.networkPolicies, change) };
    const policies = this.#policies.apply(change, this.#parts);
    if (policies === undefined) return createEngine(world, { profile: this.profile });
    const { namespaces, starts } = this.classes;
    const namespace = namespaces.indexOf(subjectOf(change).namespace);
    const known = { ingress: [...this.#signatures.ingress], egress: [...this.#signatures.egress] };
    if (namespace >= 0) {
      for (const side of [known.ingress, known.egress]) {
        side.fill(undefined, starts[namespace], starts[namespace + 1]);
      }
    }
    return new Engine(this.#parts, world, policies, known);
  }
}
